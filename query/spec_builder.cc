#include "query/spec_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

// Each in the order of its enum.
constexpr std::array<std::string_view, 15> kKeys = {"page", "metrics", "from",  "to",     "last",
                                                    "by",   "where",   "order", "limit",  "offset",
                                                    "tz",   "compare", "fill",  "format", "bom"};
constexpr std::array<std::string_view, 8> kSteps = {"minute", "15min", "hour", "day",
                                                    "week",   "month", "year", "total"};
constexpr std::array<std::string_view, 5> kGroupings = {"time", "page", "post", "source",
                                                        "reaction"};
constexpr std::array<std::string_view, 4> kCompares = {"none", "previous", "year", "weekday"};
constexpr std::array<std::string_view, 3> kFills = {"zero", "null", "none"};
constexpr std::array<std::string_view, 4> kFormats = {"json", "csv", "ndjson", "table"};
// Longer than any id, zone or time; what is longer is a mistake or worse.
constexpr size_t kMaxValue = 128;
constexpr std::array<std::string_view, 2> kFilters = {"source", "post"};

absl::Status Bad(std::string_view code, std::string_view message, std::string_view hint = "") {
  return MakeError(absl::StatusCode::kInvalidArgument, code, message, hint);
}

// "`x`, `y` or `z`"
template <typename Names>
std::string Either(const Names& names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    fmt::format_to(std::back_inserter(out), "`{}`", names[i]);
  }
  return out;
}

template <typename Names>
std::string Suggest(std::string_view name, const Names& names) {
  const std::string_view nearest = name.size() > kMaxValue ? "" : NearestName(name, names);
  return nearest.empty() ? fmt::format("it is one of {}", Either(names))
                         : fmt::format("did you mean `{}`?", nearest);
}

template <typename Enum, size_t N>
absl::Status SetEnum(std::string_view key, std::string_view value,
                     const std::array<std::string_view, N>& names, Enum* out) {
  const auto it = std::find(names.begin(), names.end(), value);
  if (it == names.end()) {
    return Bad("bad_value", fmt::format("`{}={}` is not known", key, value), Suggest(value, names));
  }
  *out = static_cast<Enum>(it - names.begin());
  return absl::OkStatus();
}

absl::Status SetCount(std::string_view key, std::string_view value, int64_t least, int64_t* out) {
  if (value.find_first_not_of("0123456789") != std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(value), out) || *out < least) {
    return Bad("bad_value",
               fmt::format("`{}={}` is not a whole number of {} or more", key, value, least));
  }
  return absl::OkStatus();
}

absl::Status SetFlag(std::string_view key, std::string_view value, bool* out) {
  *out = value == "1" || value == "true";
  if (*out || value == "0" || value == "false") return absl::OkStatus();
  return Bad("bad_value", fmt::format("`{}={}` is neither 1 nor 0", key, value));
}

size_t Replacements(std::string_view text) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find("\xEF\xBF\xBD", at)) != std::string_view::npos; ++at) ++n;
  return n;
}

// Names in the store are UTF-8, so nothing else can be meant.
absl::Status CheckText(std::string_view key, std::string_view value) {
  if (value.size() > kMaxValue) {
    return Bad("bad_value", fmt::format("`{}`: a value is longer than {} bytes", key, kMaxValue));
  }
  std::string json;
  AppendJsonString(value, &json);  // replaces what is not UTF-8
  if (Replacements(json) != Replacements(value)) {
    return Bad("bad_value", fmt::format("`{}`: a value is not UTF-8", key));
  }
  return absl::OkStatus();
}

void RemoveRepeats(std::vector<std::string>* names) {
  absl::flat_hash_set<std::string> seen;
  std::erase_if(*names, [&](const std::string& name) { return !seen.insert(name).second; });
}

}  // namespace

absl::StatusOr<QueryKey> FindQueryKey(std::string_view name) {
  const auto it = std::find(kKeys.begin(), kKeys.end(), name);
  if (it != kKeys.end()) return static_cast<QueryKey>(it - kKeys.begin());
  return Bad("unknown_key", fmt::format("`{}` is not a key of a query", name),
             Suggest(name, kKeys));
}

std::string_view QueryKeyName(QueryKey key) { return kKeys[static_cast<int>(key)]; }
std::string_view StepName(Step step) { return kSteps[static_cast<int>(step)]; }
std::string_view GroupingName(Grouping grouping) { return kGroupings[static_cast<int>(grouping)]; }
std::string_view CompareName(Compare compare) { return kCompares[static_cast<int>(compare)]; }
std::string_view FillName(Fill fill) { return kFills[static_cast<int>(fill)]; }
std::string_view FormatName(OutputFormat format) { return kFormats[static_cast<int>(format)]; }

bool IsListKey(QueryKey key) {
  return key == QueryKey::kPage || key == QueryKey::kMetrics || key == QueryKey::kBy ||
         key == QueryKey::kOrder;
}

absl::Status SpecBuilder::Set(QueryKey key, std::string_view value) {
  const std::string_view name = QueryKeyName(key);
  if (value.empty()) return Bad("empty_value", fmt::format("`{}` has no value", name));
  RETURN_IF_ERROR(CheckText(name, value));
  if (!IsListKey(key)) {
    const uint32_t bit = 1u << static_cast<int>(key);
    if (seen_ & bit) return Bad("duplicate_key", fmt::format("`{}` is given twice", name));
    seen_ |= bit;
  }
  switch (key) {
    case QueryKey::kPage:
      if (value == "*") {
        spec_.all_pages = true;
      } else {
        spec_.pages.emplace_back(value);
      }
      return absl::OkStatus();
    case QueryKey::kMetrics:
      spec_.metrics.emplace_back(value);
      return absl::OkStatus();
    case QueryKey::kFrom: {
      ASSIGN_OR_RETURN(spec_.from, ParseTimeBound(name, value));
      return absl::OkStatus();
    }
    case QueryKey::kTo: {
      ASSIGN_OR_RETURN(spec_.to, ParseTimeBound(name, value));
      return absl::OkStatus();
    }
    case QueryKey::kLast: {
      ASSIGN_OR_RETURN(spec_.last, ParseLast(value));
      return absl::OkStatus();
    }
    case QueryKey::kBy:
      return AddGrouping(value);
    case QueryKey::kWhere:
      return Bad("bad_value", fmt::format("`where={}` names no key to filter by", value),
                 "write where=source=facebook or where=post=ID");
    case QueryKey::kOrder:
      AddOrder(value);
      return absl::OkStatus();
    case QueryKey::kLimit: {
      spec_.limit.emplace();
      return SetCount(name, value, 1, &*spec_.limit);
    }
    case QueryKey::kOffset:
      return SetCount(name, value, 0, &spec_.offset);
    case QueryKey::kTz:
      spec_.tz = value;
      return absl::OkStatus();
    case QueryKey::kCompare:
      return SetEnum(name, value, kCompares, &spec_.compare);
    case QueryKey::kFill:
      return SetEnum(name, value, kFills, &spec_.fill);
    case QueryKey::kFormat:
      return SetEnum(name, value, kFormats, &spec_.format);
    case QueryKey::kBom:
      return SetFlag(name, value, &spec_.bom);
  }
  return absl::InternalError("a query key without its case");
}

absl::Status SpecBuilder::AddGrouping(std::string_view value) {
  const std::string_view name = value.substr(0, value.find(':'));
  const bool has_step = name.size() < value.size();
  Grouping grouping = Grouping::kTime;
  RETURN_IF_ERROR(SetEnum("by", name, kGroupings, &grouping));
  if (std::find(spec_.by.begin(), spec_.by.end(), grouping) != spec_.by.end()) {
    return Bad("duplicate_key", fmt::format("`by` groups by `{}` twice", name));
  }
  if (has_step != (grouping == Grouping::kTime)) {
    return Bad("bad_value",
               fmt::format("`by={}`: {} a step", value, has_step ? "only time has" : "time needs"),
               "write by=time:day; the steps are " + Either(kSteps));
  }
  if (has_step) RETURN_IF_ERROR(SetEnum("by", value.substr(name.size() + 1), kSteps, &spec_.step));
  spec_.by.push_back(grouping);
  return absl::OkStatus();
}

void SpecBuilder::AddOrder(std::string_view value) {
  const bool descending = value[0] == '-';
  const std::string name(value.substr(descending ? 1 : 0));
  const auto same = [&](const OrderTerm& term) { return term.name == name; };
  // A second time it has nothing left to decide.
  if (std::any_of(spec_.order.begin(), spec_.order.end(), same)) return;
  spec_.order.push_back({name, descending});
}

absl::Status SpecBuilder::AddFilter(std::string_view name, std::optional<std::string_view> value) {
  if (std::find(kFilters.begin(), kFilters.end(), name) == kFilters.end()) {
    return Bad("unknown_key", fmt::format("`where` cannot filter by `{}`", name),
               Suggest(name, kFilters));
  }
  if (value && value->empty()) {
    return Bad("empty_value", fmt::format("`where={}=` has no value", name),
               "in JSON, null asks for events without a source");
  }
  if (value) RETURN_IF_ERROR(CheckText("where", *value));
  if (name == "source") {
    if (value) {
      spec_.sources.emplace_back(*value);
    } else {
      spec_.no_source = true;
    }
    return absl::OkStatus();
  }
  if (!value) {
    return Bad("unsupported", "events without a post are not kept apart",
               "ask for the page, and for its posts, and subtract what is additive");
  }
  spec_.posts.emplace_back(*value);
  return absl::OkStatus();
}

absl::Status SpecBuilder::CheckRange() const {
  if (spec_.last && (spec_.from || spec_.to)) {
    return Bad("bad_range", "`last` stands instead of `from` and `to`", "drop one of them");
  }
  if (!spec_.last && !spec_.from) {
    return Bad("missing_key", "a query needs `from` or `last`",
               "say last=30d, or from=2025-07-01 (until now, unless there is a `to`)");
  }
  return absl::OkStatus();
}

absl::Status SpecBuilder::CheckGroupings() const {
  const auto has = [&](Grouping g) {
    return std::find(spec_.by.begin(), spec_.by.end(), g) != spec_.by.end();
  };
  const bool posts = has(Grouping::kPost) || !spec_.posts.empty();
  const bool sources = has(Grouping::kSource) || !spec_.sources.empty() || spec_.no_source;
  if (posts && sources) {
    return Bad("unsupported",
               "posts are not kept by source, so that one query cannot use both `post` and "
               "`source`, be it in `by` or in `where`",
               "ask by post for all sources together, or by source for all posts together");
  }
  if (!has(Grouping::kReaction)) return absl::OkStatus();
  for (const std::string& metric : spec_.metrics) {
    if (metric != "reactions" && metric != "reactions.added" && metric != "reactions.removed") {
      return Bad("unsupported",
                 fmt::format("by=reaction goes with `reactions`, `reactions.added` and "
                             "`reactions.removed` alone, not with `{}`",
                             metric),
                 "ask for the others in a query of their own");
    }
  }
  return absl::OkStatus();
}

absl::Status SpecBuilder::CheckOrder() const {
  std::vector<std::string_view> names(spec_.metrics.begin(), spec_.metrics.end());
  for (const Grouping grouping : spec_.by) names.push_back(GroupingName(grouping));
  for (const OrderTerm& term : spec_.order) {
    if (std::find(names.begin(), names.end(), term.name) == names.end()) {
      return Bad("bad_order",
                 fmt::format("`order={}` is neither among the metrics nor in `by`", term.name),
                 fmt::format("it is one of {}, with - before it for descending", Either(names)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<QuerySpec> SpecBuilder::Finish() {
  if (!spec_.all_pages && spec_.pages.empty()) {
    return Bad("missing_key", "a query needs a `page`", "page=ID, page=a,b or page=*");
  }
  if (spec_.metrics.empty()) {
    return Bad("missing_key", "a query needs `metrics`", "metrics=views,reach,interactions");
  }
  if (spec_.all_pages) spec_.pages.clear();
  RemoveRepeats(&spec_.pages);
  RemoveRepeats(&spec_.metrics);
  RemoveRepeats(&spec_.posts);
  RemoveRepeats(&spec_.sources);
  RETURN_IF_ERROR(CheckRange());
  RETURN_IF_ERROR(CheckGroupings());
  RETURN_IF_ERROR(CheckOrder());
  return std::move(spec_);
}

}  // namespace pagepulse
