#pragma once

// The answer to a query, before it is written in some format. Plain values that view nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/spec.h"

namespace pagepulse {

enum class MetricKind : uint8_t { kAdditive, kNet, kDistinct, kRatio, kReported };

// Null, a count (of people too: estimates are rounded), or a ratio.
using Value = std::variant<std::monostate, int64_t, double>;

struct MetricColumn {
  std::string name;
  MetricKind kind = MetricKind::kAdditive;
  // Of a distinct metric: false once any value of this answer is an estimate, and then how far off
  // it may be: the standard error as a fraction of the value.
  bool exact = true;
  double relative_standard_error = 0;
  // The pages on which what the platform reports makes it (docs/reported.md, "Authority"), and
  // those on which nothing measures it because of that; by name, sorted.
  std::vector<std::string> platforms_pages, unmeasured_pages;
  // Of a reported one: the times of buckets that show, in a row at least, a total since the
  // beginning and not a figure of their days, and `totals`; whether all that is shown is such.
  std::vector<std::string> total_times;
  bool only_totals = false;
  // The first and the last day of which there is a figure, whatever was asked; empty: of none.
  std::vector<std::string> reported_days;
  // Of a reported one whose days end elsewhere than the page's: when one does, RFC 3339; else
  // empty.
  std::string days_end;
};

// A day within the range, or between it and the one it is compared with, on which a platform
// changed what it counts.
struct CrossedDefinition {
  std::string metric;  // of this answer
  std::string report;  // as the dictionary names it: "views"
  std::string since;   // the first day of the new one: "2025-11-15"
};

// A metric that is our own count, of which the range holds none, though a platform reports some.
struct OnlyReported {
  std::string page;
  std::string metric;  // of this answer
  // The keys of the page's `authority` in the configuration under which its totals would count;
  // none where what it reports is shown alone.
  std::vector<std::string> authority;
};

struct ResultRow {
  // One for each of QueryResult::groupings; a time is RFC 3339 in the query's zone, nullopt is the
  // group without a name (events without a source).
  std::vector<std::optional<std::string>> labels;
  std::vector<Value> values;  // one for each metric
  // With a comparison alone: the same bucket of the other range, null where it has none.
  std::optional<std::string> compare_time;
  std::vector<Value> compare_values;
};

struct QueryResult {
  // As resolved: from and to are instants, tz is set, by holds what the rows are labelled with.
  QuerySpec query;

  std::vector<std::string> groupings;  // "time", "post", …: the labels of a row, in order
  std::vector<MetricColumn> metrics;
  std::vector<ResultRow> rows;
  // Over the whole range and all that matches, whatever limit and offset show.
  std::vector<Value> totals;
  std::vector<Value> compare_totals;  // with a comparison alone

  std::optional<TimeBound> compare_from, compare_to;  // instants, with a comparison alone
  int64_t complete_until_ms = 0;                      // everything acknowledged before it is in
  std::vector<std::string> partial;  // times of buckets cut by the range's ends, or not over yet
  std::vector<std::string> warnings;
  // Each is among the warnings too.
  std::vector<CrossedDefinition> definitions;
  std::vector<OnlyReported> only_reported;
  int64_t matching_rows = 0;  // rows that there are; more than offset + rows.size(): truncated
};

}  // namespace pagepulse
