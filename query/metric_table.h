#pragma once

// From the names of metrics to the counters and sets they are made of.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "query/data_source.h"
#include "query/result.h"
#include "rollup/row.h"

namespace pagepulse {

// One summand of a metric: a position in MetricTable::counters, times +1 or -1.
struct MetricTerm {
  uint16_t counter;
  int8_t sign;
};

struct Metric {
  std::string name;
  MetricKind kind = MetricKind::kAdditive;
  std::vector<MetricTerm> terms;    // additive and net; of a ratio, what is above the line
  std::vector<MetricTerm> divisor;  // of a ratio
  People people = People::kReach;   // of a distinct metric
  // Of a reported one: its place among those of the query, and Catalog::FindReport; 0: not yet.
  size_t report = 0;
  uint16_t report_id = 0;
  // With by=reaction: terms, kind by kind.
  std::vector<std::vector<MetricTerm>> terms_of_kind;
};

// How the name of a metric that a platform reports begins.
inline constexpr std::string_view kReportedPrefix = "reported.";

struct MetricTable {
  std::vector<Metric> metrics;      // as asked
  std::vector<CounterId> counters;  // ascending: all that a scan must add up
  bool wants[2] = {false, false};   // by People
  size_t reports = 0;               // reported ones
};

// INVALID_ARGUMENT `unknown_metric`, naming the nearest one.
absl::StatusOr<MetricTable> ResolveMetrics(const std::vector<std::string>& names, bool by_reaction,
                                           const Catalog& catalog);

}  // namespace pagepulse
