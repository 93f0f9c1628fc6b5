#pragma once

// From what was asked to instants: the range, its buckets, and the range to compare with. All times
// are UTC minutes since the epoch, all intervals half-open.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "query/kept_rows.h"
#include "query/spec.h"

namespace pagepulse {

struct TimeRange {
  absl::TimeZone zone;
  int64_t from = 0, to = 0;
  bool ends_now = false;  // `to` is the end of the minute, or quarter, that is running
  bool rolling = false;   // last=24h: `from` may be moved to where rows begin
  int64_t days = 0;       // civil days that it touches, where it begins with one; else 0
};

struct Buckets {
  std::vector<int64_t> edges;   // one more than there are buckets, never falling
  std::vector<int64_t> labels;  // the first instant of each bucket, be it before the range or not
  std::vector<bool> partial;    // cut by an end of the range, or not over yet

  size_t size() const { return labels.size(); }
};

// INVALID_ARGUMENT `bad_range`. Appends to *warnings what was moved.
absl::StatusOr<TimeRange> ResolveRange(const QuerySpec& spec, const absl::TimeZone& zone,
                                       int64_t now_ms, const KeptRows& kept,
                                       std::vector<std::string>* warnings);

inline constexpr size_t kMaxBuckets = 100'000;

// Covers the range. INVALID_ARGUMENT `too_large` above kMaxBuckets.
absl::StatusOr<Buckets> MakeBuckets(Step step, const TimeRange& range, int64_t now_ms);

// The same buckets in the range to compare with; one that does not exist there has no length.
Buckets ShiftBuckets(const Buckets& buckets, const TimeRange& range, Compare compare,
                     const KeptRows& kept);

}  // namespace pagepulse
