#pragma once

// One shard of an IdWindow: a table of 64-bit fingerprints, each with a tag, that only grows by
// being rebuilt. A bucket is one cache line of seven slots. Not thread-safe.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace pagepulse {

class IdTable {
 public:
  // The used slots come first; a bucket that is not full ends a probe.
  struct alignas(64) Bucket {
    static constexpr int kSlots = 7;
    uint64_t ids[kSlots];
    uint8_t tags[kSlots];
    uint8_t used;

    bool full() const { return used == kSlots; }
    // A bit for each used slot that holds the id. Without a branch, which would be mispredicted
    // every other time, so that looks into several buckets overlap.
    unsigned Match(uint64_t id) const {
      unsigned match = 0;
#pragma GCC unroll 7
      for (int i = 0; i < kSlots; ++i) match |= unsigned{ids[i] == id} << i;
      return match & ((1u << used) - 1);
    }
  };
  static_assert(sizeof(Bucket) == 64);
  using LiveTags = std::array<uint8_t, 256>;  // 1 where what carries the tag counts, else 0

  // skip_bits: the top bits of an id that chose this table and are the same for all in it.
  explicit IdTable(int skip_bits);

  // Where a look for the id begins, and where it goes on behind a full bucket.
  Bucket* HomeOf(uint64_t id) const { return buckets_ + Home(id); }
  Bucket* Next(Bucket* bucket) const {
    return bucket + 1 == buckets_ + count_ ? buckets_ : bucket + 1;
  }
  // The bucket and slot of an id; slot -1 where it is absent, and bucket then has room for it.
  std::pair<Bucket*, int> Find(uint64_t id) const {
    for (Bucket* bucket = HomeOf(id);; bucket = Next(bucket)) {
      if (const unsigned match = bucket->Match(id)) return {bucket, std::countr_zero(match)};
      if (!bucket->full()) return {bucket, -1};
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

  // Drops what does not count and makes room for more, at least for as many as are expected.
  // Invalidates buckets.
  void Rebuild(const LiveTags& live, uint64_t expected);

 private:
  // Multiplies instead of masking, so that a table may have any size; and keeps the order of the
  // ids, so that a rebuild goes through memory from one end to the other.
  uint64_t Home(uint64_t id) const {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(id << skip_bits_) * count_ >> 64);
  }
  // Where an id goes that is known to be absent.
  Bucket* Room(uint64_t id) const {
    Bucket* bucket = HomeOf(id);
    while (bucket->full()) bucket = Next(bucket);
    return bucket;
  }
  void Resize(uint64_t buckets);

  int skip_bits_;
  std::unique_ptr<Bucket[]> memory_;
  Bucket* buckets_ = nullptr;  // in memory_
  uint64_t count_ = 0, used_ = 0, max_used_ = 0;
};

}  // namespace pagepulse
