#pragma once

// Our count beside the platform's, and the difference: docs/reported.md, "Reconciling". A question
// is an ordinary query of our metrics; what is asked for is each with its `reported.` one.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "query/result.h"
#include "query/spec.h"

namespace pagepulse {

// As ParseQueryParams, ParseQueryJson and ParseQueryWords (query.h), but that `metrics` may be left
// out (views, reach and interactions are meant then) and so may `by` (time:day).
absl::StatusOr<QuerySpec> ParseReconcileParams(
    std::vector<std::pair<std::string, std::string>> params);
absl::StatusOr<QuerySpec> ParseReconcileJson(std::string_view json);
absl::StatusOr<QuerySpec> ParseReconcileWords(std::string_view words);

// The query that answers it. INVALID_ARGUMENT `unsupported`: a metric that no platform reports, a
// comparison.
absl::StatusOr<QuerySpec> WithReports(QuerySpec spec);

// Adds `difference.<metric>` behind each pair of an answer to that query: ours minus theirs, null
// where either is. Warns of pages on which nothing of ours was counted for so long that it is no
// chance, and of metrics that are not our own count.
void AddDifferences(QueryResult* result);

}  // namespace pagepulse
