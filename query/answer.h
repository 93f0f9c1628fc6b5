#pragma once

// From what was added up to rows, in order, and totals.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "query/authorities.h"
#include "query/data_source.h"
#include "query/metric_table.h"
#include "query/reported.h"
#include "query/result.h"
#include "query/tally.h"
#include "query/time_range.h"

namespace pagepulse {

// Members from here up are names that the store does not know, by their place in a list.
inline constexpr uint32_t kFirstUnknownMember = 1u << 31;
inline constexpr size_t kMaxRows = 100'000;  // of one answer

// All of it outlives the call.
struct AnswerInput {
  const QuerySpec& spec;  // `by` as the rows are to be labelled
  const Catalog& catalog;
  const MetricTable& table;
  const Tally& tally;
  const ReportedValues& reported;
  const Authorities& authorities;
  const Buckets& buckets;
  const Buckets* other;  // null without a comparison; its buckets follow in the tally
  Scope scope;           // of the rows that were read
  const std::vector<std::string>& unknown;  // kFirstUnknownMember + i
  size_t named_groups;                      // the first groups of the tally were asked for by name
  absl::TimeZone zone;
};

// Fills metrics, rows, totals and matching_rows. INVALID_ARGUMENT `too_large`: more rows than a
// format can hold that has no place to say what is left out.
absl::Status WriteAnswer(const AnswerInput& input, QueryResult* result);

}  // namespace pagepulse
