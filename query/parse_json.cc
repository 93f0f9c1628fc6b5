// The door for programs: one JSON object, in which a list is an array.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "model/time_zone.h"
#include "query/json_fields.h"
#include "query/query.h"
#include "query/spec_builder.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

absl::Status Bad(std::string_view message, std::string_view hint = "") {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_value", message, hint);
}

absl::Status AddWhere(const JsonField& field, SpecBuilder* builder) {
  if (!field.nested) {
    return Bad("`where` is an object", R"(write "where":{"source":["facebook","zalo"]})");
  }
  if (field.items.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "empty_value",
                     fmt::format("`where` lists nothing under `{}`", field.subkey));
  }
  for (const JsonField::Item& item : field.items) {
    if (item.text && !item.is_string) {
      return Bad(fmt::format("`where`: {} is not a string", *item.text));
    }
    RETURN_IF_ERROR(builder->AddFilter(field.subkey, item.text));
  }
  return absl::OkStatus();
}

// Numbers and booleans stand where they are natural, and nowhere else.
bool MayBeBare(QueryKey key) {
  return key == QueryKey::kFrom || key == QueryKey::kTo || key == QueryKey::kLimit ||
         key == QueryKey::kOffset || key == QueryKey::kBom;
}

absl::Status AddField(const JsonField& field, SpecBuilder* builder) {
  ASSIGN_OR_RETURN(const QueryKey key, FindQueryKey(field.key));
  if (key == QueryKey::kWhere) return AddWhere(field, builder);
  if (field.nested || (field.is_list && !IsListKey(key))) {
    return Bad(
        fmt::format("`{}` is one value, not {}", field.key, field.nested ? "an object" : "a list"));
  }
  if (field.items.empty()) return builder->Set(key, "");
  for (const JsonField::Item& item : field.items) {
    if (!item.text) return Bad(fmt::format("`{}` is null", field.key), "leave the key out");
    if (!item.is_string && !MayBeBare(key)) {
      return Bad(fmt::format("`{}`: {} is not a string", field.key, *item.text));
    }
    if (IsListKey(key) && key != QueryKey::kPage && item.text->find(',') != std::string::npos) {
      return Bad(fmt::format("`{}`: `{}` is not one name", field.key, *item.text),
                 "in JSON a list is an array of strings");
    }
    RETURN_IF_ERROR(builder->Set(key, *item.text));
  }
  return absl::OkStatus();
}

void AppendList(std::string_view key, const std::vector<std::string>& items, std::string* out) {
  fmt::format_to(std::back_inserter(*out), ",\"{}\":[", key);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out->push_back(',');
    AppendJsonString(items[i], out);
  }
  out->push_back(']');
}

void AppendText(std::string_view key, std::string_view value, std::string* out) {
  fmt::format_to(std::back_inserter(*out), ",\"{}\":", key);
  AppendJsonString(value, out);
}

std::string BoundText(const TimeBound& bound, const absl::TimeZone& zone) {
  return bound.is_day ? absl::FormatCivilTime(bound.day) : FormatMinute(bound.minute, zone);
}

void AppendRange(const QuerySpec& spec, std::string* out) {
  const absl::TimeZone zone = LoadZone(spec.tz).value_or(absl::UTCTimeZone());
  if (spec.from) AppendText("from", BoundText(*spec.from, zone), out);
  if (spec.to) AppendText("to", BoundText(*spec.to, zone), out);
  if (spec.last) AppendText("last", LastText(*spec.last), out);
}

void AppendWhere(const QuerySpec& spec, std::string* out) {
  std::string filters;
  if (!spec.sources.empty() || spec.no_source) {
    AppendList("source", spec.sources, &filters);
    if (spec.no_source) {
      filters.pop_back();
      filters += spec.sources.empty() ? "null]" : ",null]";
    }
  }
  if (!spec.posts.empty()) AppendList("post", spec.posts, &filters);
  if (!filters.empty())
    fmt::format_to(std::back_inserter(*out), ",\"where\":{{{}}}", filters.substr(1));
}

}  // namespace

absl::StatusOr<QuerySpec> ParseQueryJson(std::string_view json,
                                         absl::Span<const KeyDefault> defaults) {
  ASSIGN_OR_RETURN(const std::vector<JsonField> fields, ReadJsonFields(json));
  SpecBuilder builder;
  for (const JsonField& field : fields) RETURN_IF_ERROR(AddField(field, &builder));
  for (const auto& [key, value] : defaults) {
    const auto is_key = [&key = key](const JsonField& field) { return field.key == key; };
    if (std::any_of(fields.begin(), fields.end(), is_key)) continue;
    ASSIGN_OR_RETURN(const QueryKey known, FindQueryKey(key));
    for (const absl::string_view item : absl::StrSplit(ToAbsl(value), ',')) {
      RETURN_IF_ERROR(builder.Set(known, ToStd(item)));
    }
  }
  return builder.Finish();
}

std::string QueryJson(const QuerySpec& spec) {
  std::string out;
  AppendList("page", spec.all_pages ? std::vector<std::string>{"*"} : spec.pages, &out);
  AppendList("metrics", spec.metrics, &out);
  AppendRange(spec, &out);
  if (!spec.by.empty()) {
    std::vector<std::string> by;
    for (const Grouping grouping : spec.by) {
      by.emplace_back(GroupingName(grouping));
      if (grouping == Grouping::kTime)
        fmt::format_to(std::back_inserter(by.back()), ":{}", StepName(spec.step));
    }
    AppendList("by", by, &out);
  }
  AppendWhere(spec, &out);
  if (!spec.order.empty()) {
    std::vector<std::string> order;
    for (const OrderTerm& term : spec.order) {
      order.push_back(fmt::format("{}{}", term.descending ? "-" : "", term.name));
    }
    AppendList("order", order, &out);
  }
  if (spec.limit) fmt::format_to(std::back_inserter(out), ",\"limit\":{}", *spec.limit);
  if (spec.offset > 0) fmt::format_to(std::back_inserter(out), ",\"offset\":{}", spec.offset);
  if (!spec.tz.empty()) AppendText("tz", spec.tz, &out);
  if (spec.compare != Compare::kNone) AppendText("compare", CompareName(spec.compare), &out);
  if (spec.fill != Fill::kZero) AppendText("fill", FillName(spec.fill), &out);
  if (spec.format != OutputFormat::kJson) AppendText("format", FormatName(spec.format), &out);
  if (spec.bom) out += ",\"bom\":true";
  out[0] = '{';
  return out + "}";
}

}  // namespace pagepulse
