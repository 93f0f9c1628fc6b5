// Two of the doors: URL parameters, and the words of the command line.

#include <fmt/format.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "query/query.h"
#include "query/spec_builder.h"

namespace pagepulse {
namespace {

// `source=facebook,source=zalo`; an item without a key goes on with the key before it.
absl::Status AddFilters(const std::string& value, SpecBuilder* builder) {
  if (value.empty()) return builder->Set(QueryKey::kWhere, value);
  std::string_view name;
  for (const absl::string_view piece : absl::StrSplit(value, ',')) {
    std::string_view item = ToStd(piece);
    if (const size_t equals = item.find('='); equals != std::string_view::npos) {
      name = item.substr(0, equals);
      item.remove_prefix(equals + 1);
    } else if (name.empty()) {
      return builder->Set(QueryKey::kWhere, item.empty() ? value : item);
    }
    RETURN_IF_ERROR(builder->AddFilter(name, item));
  }
  return absl::OkStatus();
}

// In a URL `+` stands for a space, so an offset that was not escaped arrives with one.
std::string RestorePlus(std::string value) {
  if (value.size() > 16 && value[value.size() - 6] == ' ' && value[value.size() - 3] == ':') {
    value[value.size() - 6] = '+';
  }
  return value;
}

absl::Status AddParam(std::string_view name, const std::string& value, SpecBuilder* builder) {
  ASSIGN_OR_RETURN(const QueryKey key, FindQueryKey(name));
  if (key == QueryKey::kWhere) return AddFilters(value, builder);
  if (key == QueryKey::kFrom || key == QueryKey::kTo) return builder->Set(key, RestorePlus(value));
  if (!IsListKey(key)) return builder->Set(key, value);
  for (const absl::string_view item : absl::StrSplit(value, ',')) {
    RETURN_IF_ERROR(builder->Set(key, ToStd(item)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<QuerySpec> ParseQueryParams(
    const std::vector<std::pair<std::string, std::string>>& params) {
  SpecBuilder builder;
  for (const auto& [name, value] : params) RETURN_IF_ERROR(AddParam(name, value, &builder));
  return builder.Finish();
}

absl::StatusOr<QuerySpec> ParseQueryWords(std::string_view words) {
  words = ToStd(absl::StripAsciiWhitespace(ToAbsl(words)));
  if (!words.empty() && words[0] == '{') return ParseQueryJson(words);
  std::vector<std::pair<std::string, std::string>> params;
  for (const absl::string_view piece :
       absl::StrSplit(ToAbsl(words), absl::ByAnyChar(" \t\r\n\v\f"), absl::SkipEmpty())) {
    const std::string_view word = ToStd(piece);
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "bad_query",
          fmt::format("`{}` is not of the form key=value", word),
          "write page=ID metrics=views last=30d; a name with a space in it needs JSON");
    }
    params.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return ParseQueryParams(params);
}

}  // namespace pagepulse
