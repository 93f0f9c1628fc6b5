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

// What of a delta a bucket takes in, whichever it is: half the memory, where all of a page's deltas
// are gone through in several orders.
class Change {
 public:
  Change() = default;
  explicit Change(const Delta& delta)
      : bits_(delta.actor_and_flags | uint64_t{delta.counter} << kCounterShift),
        minute_(delta.minute),
        count_(delta.count) {}

  uint32_t minute() const { return minute_; }
  uint64_t actor() const { return bits_ >> 24; }
  bool reach() const { return bits_ & Delta::kReach; }
  bool engaged() const { return bits_ & Delta::kEngaged; }
  CounterId counter() const { return static_cast<CounterId>(bits_ >> kCounterShift); }
  int64_t value() const {
    return bits_ & Delta::kNegative ? -static_cast<int64_t>(count_) : count_;
  }

 private:
  static constexpr int kCounterShift = 8;  // above the flags, below the actor

  uint64_t bits_;
  uint32_t minute_, count_;
};
static_assert(sizeof(Change) == 16 && sizeof(CounterId) == 2);

}  // namespace pagepulse
