#pragma once

// Deltas -> partial rows of every scope and level, sorted by key. This is the whole of a
// checkpoint's arithmetic: the same deltas in any order give the same bytes.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "rollup/delta.h"
#include "rollup/row_key.h"

namespace pagepulse {

// Partial rows in ascending key order, no key twice. Values view `bytes`, where equal ones may
// share their place.
struct Partials {
  struct Row {
    RowKey key;
    size_t offset;
    size_t length;
  };
  std::vector<Row> rows;
  std::string bytes;

  std::string_view value(const Row& row) const {
    return std::string_view(bytes).substr(row.offset, row.length);
  }
};

struct AggregateOptions {
  std::function<absl::TimeZone(uint32_t page)> zone_of;
  // Minute rows of UTC days that ended at or before this minute are not made.
  int64_t minute_horizon = 0;
};

// Keeps its memory from one run to the next: to touch fresh memory costs more than the arithmetic.
// Not thread-safe.
class Aggregator {
 public:
  Aggregator();
  ~Aggregator();
  // Valid until the next run.
  const Partials& Run(absl::Span<const Delta> deltas, const AggregateOptions& options);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

Partials Aggregate(absl::Span<const Delta> deltas, const AggregateOptions& options);

}  // namespace pagepulse
