#include "engine/id_table.h"

#include <algorithm>
#include <utility>

namespace pagepulse {
namespace {

constexpr uint64_t kMinBuckets = 64;
// A table is rebuilt when it is 80 % full. A small one doubles; a large one is then 62 % full:
// 64 / 7 / 0.62 = 14.7 bytes an id.
constexpr uint64_t kMaxLoadPercent = 80;
constexpr uint64_t kExpectedPercent = 75;  // with all that were expected: not yet full
constexpr uint64_t kLargeBuckets = (256 << 10) / sizeof(IdTable::Bucket);

}  // namespace

IdTable::IdTable(int skip_bits) : skip_bits_(skip_bits) { Resize(kMinBuckets); }

void IdTable::Resize(uint64_t buckets) {
  memory_ = std::make_unique<Bucket[]>(buckets);
  buckets_ = memory_.get();
  count_ = buckets;
  used_ = 0;
  max_used_ = buckets * Bucket::kSlots * kMaxLoadPercent / 100;
}

void IdTable::Rebuild(const LiveTags& live, uint64_t expected) {
  uint64_t ids = 0;
  for (const Bucket* b = buckets_; b != buckets_ + count_; ++b) {
    for (int i = 0; i < b->used; ++i) ids += live[b->tags[i]];
  }
  uint64_t buckets = std::max(kMinBuckets, ids * 5 / (2 * Bucket::kSlots) + 1);
  if (buckets > kLargeBuckets) {
    buckets = std::max(kLargeBuckets, ids * 50 / (31 * Bucket::kSlots) + 1);
  }
  if (expected > 0) {
    buckets = std::max(buckets, (ids + expected) * 100 / (kExpectedPercent * Bucket::kSlots) + 1);
  }
  const std::unique_ptr<Bucket[]> old_memory = std::move(memory_);
  const Bucket* const old = old_memory.get();
  const uint64_t old_count = count_;
  Resize(buckets);
  for (const Bucket* b = old; b != old + old_count; ++b) {
    for (int i = 0; i < b->used; ++i) {
      if (live[b->tags[i]] != 0) Put(Room(b->ids[i]), b->ids[i], b->tags[i]);
    }
  }
}

}  // namespace pagepulse
