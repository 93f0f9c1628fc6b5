#pragma once

// What one accepted event changes, before any bucket is chosen. A fact's event may change several
// buckets at once (a late `remove` moves what came after it); each change is a Delta of its own.

#include <cstdint>

#include "model/metric.h"

namespace pagepulse {

// 32 bytes, two to a cache line. Ids are the dictionary's; 0 is "none" for post and source, and
// pages start at 1.
struct Delta {
  static constexpr uint64_t kNegative = 1, kReach = 2, kEngaged = 4, kHasActor = kReach | kEngaged;

  uint32_t page = 0;
  uint32_t post = 0;
  uint32_t minute = 0;  // UTC minutes since the epoch
  uint32_t previous =
      0;  // the index of the page's delta before this one in its stretch, plus 1; 0: none
  uint64_t actor_and_flags = 0;  // the 40 bits of the actor, shifted left by 24; then the flags
  uint32_t count = 0;            // up to 2^31; 0: only the person counts
  CounterId counter = 0;
  uint16_t source = 0;

  uint64_t actor() const { return actor_and_flags >> 24; }
  bool reach() const { return actor_and_flags & kReach; }
  bool engaged() const { return actor_and_flags & kEngaged; }
  int64_t value() const {
    return actor_and_flags & kNegative ? -static_cast<int64_t>(count) : count;
  }
};
static_assert(sizeof(Delta) == 32);

}  // namespace pagepulse
