#include "config/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/string_view.h"
#include "config/units.h"

namespace pagepulse {

TomlReader::TomlReader(const toml::table& table, std::string section, std::string_view file,
                       absl::Status* error)
    : table_(table), section_(std::move(section)), file_(file), error_(error) {}

const toml::node* TomlReader::Find(std::string_view key) {
  known_.emplace_back(key);
  return error_->ok() ? table_.get(key) : nullptr;
}

void TomlReader::FailAt(const toml::source_region& where, std::string_view message,
                        std::string_view hint) {
  if (!error_->ok()) return;
  *error_ = MakeError(absl::StatusCode::kInvalidArgument, "bad_config",
                      fmt::format("{}:{}: {}", file_, where.begin.line, message), hint);
}

void TomlReader::FailType(const toml::node& node, std::string_view key, std::string_view wanted) {
  FailAt(node.source(), fmt::format("`{}` must be {}", key, wanted), "");
}

void TomlReader::Fail(std::string_view message, std::string_view hint) {
  FailAt(table_.source(), message, hint);
}

void TomlReader::String(std::string_view key, std::string* out) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  if (const auto* text = node->as_string()) {
    *out = text->get();
  } else {
    FailType(*node, key, "a string");
  }
}

void TomlReader::Strings(std::string_view key, std::vector<std::string>* out) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  const toml::array* list = node->as_array();
  if (list == nullptr) return FailType(*node, key, "a list of strings");
  out->clear();
  for (const toml::node& item : *list) {
    const auto* text = item.as_string();
    if (text == nullptr) return FailType(item, key, "a list of strings");
    out->push_back(text->get());
  }
}

void TomlReader::StringOrStrings(std::string_view key, std::vector<std::string>* out) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  if (const auto* text = node->as_string()) {
    *out = {text->get()};
  } else if (node->is_array()) {
    Strings(key, out);
  } else {
    FailType(*node, key, "a string or a list of strings");
  }
}

void TomlReader::StringTable(std::string_view key, std::map<std::string, std::string>* out) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  const toml::table* table = node->as_table();
  if (table == nullptr) return FailType(*node, key, "a table of strings");
  for (const auto& [name, item] : *table) {
    const auto* text = item.as_string();
    if (text == nullptr) return FailType(item, name.str(), "a string");
    (*out)[std::string(name.str())] = text->get();
  }
}

void TomlReader::Bool(std::string_view key, bool* out) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  if (const auto* value = node->as_boolean()) {
    *out = value->get();
  } else {
    FailType(*node, key, "true or false");
  }
}

void TomlReader::Unsigned(std::string_view key, uint64_t low, uint64_t high, uint64_t* out) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  const auto* value = node->as_integer();
  if (value == nullptr || value->get() < 0 || static_cast<uint64_t>(value->get()) < low ||
      static_cast<uint64_t>(value->get()) > high) {
    return FailType(*node, key, fmt::format("an integer from {} to {}", low, high));
  }
  *out = static_cast<uint64_t>(value->get());
}

void TomlReader::Bytes(std::string_view key, uint64_t low, uint64_t high, uint64_t* out) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  uint64_t bytes = 0;
  if (const auto* value = node->as_integer(); value != nullptr && value->get() >= 0) {
    bytes = static_cast<uint64_t>(value->get());
  } else if (const auto* text = node->as_string()) {
    const absl::StatusOr<uint64_t> parsed = ParseBytes(text->get());
    if (!parsed.ok()) {
      return FailAt(node->source(), fmt::format("`{}`: {}", key, ToStd(parsed.status().message())),
                    ErrorHint(parsed.status()));
    }
    bytes = *parsed;
  } else {
    return FailType(*node, key, "a size, such as \"16MiB\"");
  }
  if (bytes < low || bytes > high) {
    return FailType(*node, key, fmt::format("from {} to {} bytes", low, high));
  }
  *out = bytes;
}

void TomlReader::Span(std::string_view key, int64_t unit_seconds, bool with_forever, int64_t* out) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  const auto* text = node->as_string();
  const auto* number = node->as_integer();
  if (with_forever && number != nullptr && number->get() == 0) {
    *out = 0;
    return;
  }
  if (text == nullptr) return FailType(*node, key, "a duration in quotes, such as \"48h\"");
  const absl::StatusOr<int64_t> seconds =
      with_forever ? ParseRetentionSeconds(text->get()) : ParseSpanSeconds(text->get());
  if (!seconds.ok()) {
    return FailAt(node->source(), fmt::format("`{}`: {}", key, ToStd(seconds.status().message())),
                  ErrorHint(seconds.status()));
  }
  if (*seconds % unit_seconds != 0) {
    return FailType(*node, key, fmt::format("a multiple of {} seconds", unit_seconds));
  }
  *out = *seconds / unit_seconds;
}

void TomlReader::Parsed(std::string_view key,
                        const std::function<absl::Status(std::string_view)>& parse) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  const auto* text = node->as_string();
  if (text == nullptr) return FailType(*node, key, "a string");
  if (const absl::Status status = parse(text->get()); !status.ok()) {
    FailAt(node->source(), fmt::format("`{}`: {}", key, ToStd(status.message())),
           ErrorHint(status));
  }
}

void TomlReader::Table(std::string_view key, const std::function<void(TomlReader&)>& visit) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  const toml::table* table = node->as_table();
  if (table == nullptr) return FailType(*node, key, "a table");
  TomlReader reader(*table, std::string(key), file_, error_);
  visit(reader);
  reader.Finish();
}

void TomlReader::Tables(std::string_view key,
                        const std::function<void(const std::string&, TomlReader&)>& visit) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  const toml::table* tables = node->as_table();
  if (tables == nullptr) return FailType(*node, key, "a table of tables");
  for (const auto& [name, item] : *tables) {
    const toml::table* table = item.as_table();
    if (table == nullptr) return FailType(item, name.str(), "a table");
    TomlReader reader(*table, fmt::format("{}.\"{}\"", key, name.str()), file_, error_);
    visit(std::string(name.str()), reader);
    reader.Finish();
  }
}

void TomlReader::TableArray(std::string_view key, const std::function<void(TomlReader&)>& visit) {
  const toml::node* node = Find(key);
  if (node == nullptr) return;
  const toml::array* list = node->as_array();
  if (list == nullptr) return FailType(*node, key, fmt::format("written as [[{}]]", key));
  for (const toml::node& item : *list) {
    const toml::table* table = item.as_table();
    if (table == nullptr) return FailType(item, key, fmt::format("written as [[{}]]", key));
    TomlReader reader(*table, std::string(key), file_, error_);
    visit(reader);
    reader.Finish();
  }
}

void TomlReader::Finish() {
  for (const auto& [key, node] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    const std::string_view near = NearestName(key.str(), known_);
    FailAt(key.source(),
           fmt::format("unknown key `{}`{}", key.str(),
                       section_.empty() ? "" : fmt::format(" in [{}]", section_)),
           near.empty() ? fmt::format("known here: {}", fmt::join(known_, ", "))
                        : fmt::format("did you mean `{}`?", near));
  }
}

}  // namespace pagepulse
