#pragma once

// What a cut holds beyond its rows, added to a tally. There may be a million deltas and more while
// history is loaded, so what is the same for all of them is decided once, and those of which
// nothing is wanted are passed over before anything is looked up for them.

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "query/data_source.h"
#include "query/page_set.h"
#include "query/tally.h"

namespace pagepulse {

struct DeltaScan {
  absl::Span<const uint32_t> pages;  // sorted; empty: all
  const MemberSet& members;
  const std::vector<int64_t>& edges;  // of contiguous buckets
  size_t first_bucket = 0;            // the tally's of the first
};

// Returns whether there were any of these pages, members and buckets, wanted or not. An error is
// the tally's.
absl::StatusOr<bool> AddDeltas(const DeltaScan& scan, const Cut& cut, Tally* tally);

}  // namespace pagepulse
