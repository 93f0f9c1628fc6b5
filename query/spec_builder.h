#pragma once

// What the doors of the language share: each key is set here and nowhere else, so that a word means
// the same in a URL, in a JSON body and on the command line.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "query/spec.h"

namespace pagepulse {

enum class QueryKey : uint8_t {
  kPage,
  kMetrics,
  kFrom,
  kTo,
  kLast,
  kBy,
  kWhere,
  kOrder,
  kLimit,
  kOffset,
  kTz,
  kCompare,
  kFill,
  kFormat,
  kBom,
};

// INVALID_ARGUMENT `unknown_key` naming the nearest one.
absl::StatusOr<QueryKey> FindQueryKey(std::string_view name);
std::string_view QueryKeyName(QueryKey key);
bool IsListKey(QueryKey key);  // page, metrics, by, order; where is neither list nor single

std::string_view StepName(Step step);              // "15min"
std::string_view GroupingName(Grouping grouping);  // "time"
std::string_view CompareName(Compare compare);
std::string_view FillName(Fill fill);
std::string_view FormatName(OutputFormat format);

class SpecBuilder {
 public:
  // One item of a list key, or the one value of another (`duplicate_key` when it comes again).
  absl::Status Set(QueryKey key, std::string_view value);
  // `name` is source or post; nullopt: events without one.
  absl::Status AddFilter(std::string_view name, std::optional<std::string_view> value);

  // What can be said without looking anything up: required keys, keys that exclude each other.
  absl::StatusOr<QuerySpec> Finish();

 private:
  absl::Status AddGrouping(std::string_view value);
  void AddOrder(std::string_view value);
  absl::Status CheckRange() const;
  absl::Status CheckGroupings() const;
  absl::Status CheckOrder() const;

  QuerySpec spec_;
  uint32_t seen_ = 0;  // a bit for each single key that was set
};

}  // namespace pagepulse
