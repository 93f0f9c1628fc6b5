#pragma once

// Which rows make up which buckets: every bucket is covered exactly, by the coarsest rows that fit.

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "query/kept_rows.h"
#include "rollup/row_key.h"

namespace pagepulse {

// Cells are numbered through: minutes and quarters since the epoch, days and months since 1970. A
// segment is [first, last) of them.
struct Segment {
  int64_t first, last;
  int32_t bucket;
};

struct LevelPlan {
  Level level;
  std::vector<Segment> segments;                       // ascending, apart
  std::vector<std::pair<uint32_t, uint32_t>> periods;  // of the rows to read, both included

  // table[slot] = the bucket of that cell of the period's row, -1: none. Slots up to 1439.
  void FillSlots(uint32_t period, std::vector<int32_t>* table) const;
};

using Plan = std::vector<LevelPlan>;

// edges: of contiguous buckets; one may be empty. zone: the pages'. INVALID_ARGUMENT `too_fine`
// with the finest that can be had; its message speaks in the query's zone.
absl::StatusOr<Plan> MakePlan(absl::Span<const int64_t> edges, const absl::TimeZone& page_zone,
                              const KeptRows& kept, const absl::TimeZone& query_zone);

}  // namespace pagepulse
