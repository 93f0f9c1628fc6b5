#include "ingest/type_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "model/metric.h"

namespace pagepulse {
namespace {

constexpr std::string_view kIgnoredWord = "-", kItselfWord = "*";

absl::Status BadMeaning(std::string_view words, std::string_view why) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, "bad_type_table",
      fmt::format("`{}` is no type of event: {}", words, why),
      "a type, with an op or a kind of reaction behind it (\"view\", \"reaction love\", "
      "\"comment remove\", \"sos_alert\"), \"-\" to ignore it, \"*\" for its own name");
}

std::string Plain(std::string_view name, bool keep_dots) {
  std::string key;
  bool gap = false;
  for (const char c : name) {
    const bool letter = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                        static_cast<unsigned char>(c) >= 0x80 || (keep_dots && c == '.');
    if (!letter) {
      gap = true;
      continue;
    }
    if (gap && !key.empty()) key.push_back('_');
    gap = false;
    key.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  return key;
}

}  // namespace

std::string NameKey(std::string_view name) { return Plain(name, false); }
std::string TypeFromName(std::string_view name) { return Plain(name, true); }

absl::StatusOr<TypeMeaning> ParseTypeMeaning(std::string_view words) {
  TypeMeaning meaning;
  if (words == kIgnoredWord || words == kItselfWord) {
    meaning.action = words == kIgnoredWord ? TypeMeaning::kIgnored : TypeMeaning::kItself;
    return meaning;
  }
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(words), ' ', absl::SkipWhitespace());
  if (parts.empty()) return BadMeaning(words, "it is empty");
  meaning.type = parts[0];
  const std::optional<EventType> type = ParseBuiltInType(meaning.type);
  if (!type && !IsCustomTypeName(meaning.type)) {
    return BadMeaning(words, "a type of your own is [a-z][a-z0-9_.]{0,31}");
  }
  if (!type && IsReservedTypeName(meaning.type)) {
    return BadMeaning(words, "that is the name of a metric or grouping");
  }
  for (size_t i = 1; i < parts.size(); ++i) {
    if (type && IsFact(*type) && ParseOp(parts[i]) && meaning.op.empty()) {
      meaning.op = parts[i];
    } else if (type == EventType::kReaction && ParseReaction(parts[i]) &&
               meaning.reaction.empty()) {
      meaning.reaction = parts[i];
    } else {
      return BadMeaning(words, fmt::format("`{}` is no op or reaction of it", parts[i]));
    }
  }
  return meaning;
}

absl::StatusOr<TypeTable> TypeTable::Make(const std::map<std::string, std::string>& entries) {
  TypeTable table;
  table.other_.action = entries.empty() ? TypeMeaning::kItself : TypeMeaning::kIgnored;
  for (const auto& [name, words] : entries) {
    ASSIGN_OR_RETURN(const TypeMeaning meaning, ParseTypeMeaning(words));
    if (name == "*") {
      table.other_ = meaning;
    } else if (name.starts_with("*.")) {
      table.suffixes_[NameKey(name)] = meaning;
    } else if (name.ends_with('*')) {
      table.prefixes_.emplace_back(name.substr(0, name.size() - 1), meaning);
    } else {
      table.names_[name] = meaning;
    }
  }
  // What is written exactly so comes before what only resembles it.
  for (const auto& [name, words] : entries) {
    const auto exact = table.names_.find(name);
    if (exact != table.names_.end())
      table.names_.try_emplace(NameKey(name), TypeMeaning(exact->second));
  }
  std::stable_sort(table.prefixes_.begin(), table.prefixes_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  return table;
}

const TypeMeaning& TypeTable::Find(std::string_view name) const {
  if (const auto exact = names_.find(ToAbsl(name)); exact != names_.end()) return exact->second;
  if (const auto alike = names_.find(NameKey(name)); alike != names_.end()) return alike->second;
  for (size_t dot = name.find('.'); !suffixes_.empty() && dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    const auto it = suffixes_.find(NameKey(name.substr(dot + 1)));
    if (it != suffixes_.end()) return it->second;
  }
  for (const auto& [prefix, meaning] : prefixes_) {
    if (name.starts_with(prefix)) return meaning;
  }
  return other_;
}

}  // namespace pagepulse
