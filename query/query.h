#pragma once

// The query language's doors, its execution and its answer. docs/query.md is for users.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "query/data_source.h"
#include "query/result.h"
#include "query/spec.h"

namespace pagepulse {

// What a key that is not there means; of a list, its items with commas.
struct KeyDefault {
  std::string_view key, value;
};

// Three doors to one spec. Errors say what is wrong, where, and the nearest known name
// (base/error.h): INVALID_ARGUMENT.
absl::StatusOr<QuerySpec> ParseQueryParams(
    const std::vector<std::pair<std::string, std::string>>& params);  // decoded URL parameters
absl::StatusOr<QuerySpec> ParseQueryJson(std::string_view json,
                                         absl::Span<const KeyDefault> defaults = {});
absl::StatusOr<QuerySpec> ParseQueryWords(
    std::string_view words);  // `page=a metrics=views …`, or one JSON object

// The JSON body that ParseQueryJson reads as this spec.
std::string QueryJson(const QuerySpec& spec);

// Resolves names and times, plans, scans, merges. NOT_FOUND: an unknown page; INVALID_ARGUMENT:
// what the rollups cannot answer, with the finest that can be had. ABORTED: rows of the cut have
// reached the end of their retention; Engine::Run takes another one.
absl::StatusOr<QueryResult> RunQuery(const QuerySpec& spec, const Catalog& catalog, const Cut& cut,
                                     int64_t now_ms);

std::string FormatResult(const QueryResult& result, OutputFormat format, bool bom);
std::string_view ContentType(OutputFormat format);

}  // namespace pagepulse
