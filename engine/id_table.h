#pragma once

// One shard of an IdWindow: a table of 64-bit fingerprints, each with a tag, that only grows by
// being rebuilt. A bucket is one cache line of seven slots. Not thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/prefetch.h"

namespace pagepulse {

class IdTable {
 public:
  // The used slots come first; a bucket that is not full ends a probe.
  struct alignas(64) Bucket {
    static constexpr int kSlots = 7;
    uint64_t ids[kSlots];
    uint8_t tags[kSlots];
    uint8_t used;
  };
  static_assert(sizeof(Bucket) == 64);
  using LiveTags = std::array<uint8_t, 256>;  // 1 where what carries the tag counts, else 0

  // skip_bits: the top bits of an id that chose this table and are the same for all in it.
  explicit IdTable(int skip_bits);

  void Prefetch(uint64_t id) const { Touch(buckets_ + Home(id)); }
  // The bucket and slot of an id; slot -1 where it is absent, and bucket then has room for it.
  std::pair<Bucket*, int> Find(uint64_t id) const {
    for (uint64_t b = Home(id);; b = Next(b)) {
      Bucket* bucket = buckets_ + b;
      for (int i = 0; i < bucket->used; ++i) {
        if (bucket->ids[i] == id) return {bucket, i};
      }
      if (bucket->used < Bucket::kSlots) return {bucket, -1};
    }
  }
  // Into a bucket that Find gave; not when full().
  void Put(Bucket* bucket, uint64_t id, uint8_t tag) {
    bucket->ids[bucket->used] = id;
    bucket->tags[bucket->used] = tag;
    ++bucket->used;
    ++used_;
  }
  bool full() const { return used_ >= max_used_; }
  size_t bytes() const { return count_ * sizeof(Bucket); }

  // Drops what does not count and makes room for more. Invalidates buckets.
  void Rebuild(const LiveTags& live);

 private:
  // Multiplies instead of masking, so that a table may have any size; and keeps the order of the
  // ids, so that a rebuild goes through memory from one end to the other.
  uint64_t Home(uint64_t id) const {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(id << skip_bits_) * count_ >> 64);
  }
  uint64_t Next(uint64_t bucket) const { return bucket + 1 == count_ ? 0 : bucket + 1; }
  // Where an id goes that is known to be absent.
  Bucket* Room(uint64_t id) const {
    uint64_t b = Home(id);
    while (buckets_[b].used == Bucket::kSlots) b = Next(b);
    return buckets_ + b;
  }
  void Resize(uint64_t buckets);

  int skip_bits_;
  std::unique_ptr<Bucket[]> memory_;
  Bucket* buckets_ = nullptr;  // in memory_
  uint64_t count_ = 0, used_ = 0, max_used_ = 0;
};

}  // namespace pagepulse
