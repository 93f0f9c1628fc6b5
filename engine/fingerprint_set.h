#pragma once

// Which hashes were added, kept as 32 bits of each beside the eight that choose a shard: 5 to 6.5
// bytes a hash, one cache line a look however many there are, which can be loaded early. Of those
// never added n / 2^40 are taken for added: of 15 million, one in 70,000. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "base/prefetch.h"

namespace pagepulse {

class FingerprintSet {
 public:
  FingerprintSet() : shards_(kShards) {}

  void Touch(Hash128 hash) const {
    const Shard& shard = ShardOf(hash);
    pagepulse::Touch(shard.lines.get() + shard.Home(FingerprintOf(hash)));
  }
  // False: certainly not added.
  bool MayContain(Hash128 hash) const { return ShardOf(hash).Contains(FingerprintOf(hash)); }
  void Add(Hash128 hash) { shards_[ShardNumber(hash)].Add(FingerprintOf(hash)); }

 private:
  struct alignas(64) Line {
    static constexpr size_t kSlots = 16;
    uint32_t slots[kSlots] = {};  // those taken come first; 0: free

    // Without a branch a slot: where they would go is anybody's guess.
    bool Contains(uint32_t fingerprint) const {
      bool found = false;
      for (const uint32_t slot : slots) found |= slot == fingerprint;
      return found;
    }
    bool full() const { return slots[kSlots - 1] != 0; }
  };

  // A line that is full sends on to the next one.
  struct Shard {
    Shard() { Resize(1); }

    // Multiplies instead of masking, so that there may be any number of lines, and a larger shard
    // is filled from one end to the other.
    size_t Home(uint32_t fingerprint) const { return uint64_t{fingerprint} * count >> 32; }
    const Line& Next(size_t* line) const {
      *line = *line + 1 == count ? 0 : *line + 1;
      return lines[*line];
    }
    bool Contains(uint32_t fingerprint) const;
    void Add(uint32_t fingerprint);
    void Put(uint32_t fingerprint);
    void Resize(size_t lines_wanted);
    void Grow();

    std::unique_ptr<Line[]> lines;
    size_t count = 0, taken = 0, most = 0;
  };

  static constexpr size_t kShards = 256;

  static size_t ShardNumber(Hash128 hash) { return absl::Uint128High64(hash) >> 56; }
  const Shard& ShardOf(Hash128 hash) const { return shards_[ShardNumber(hash)]; }
  // Of the other half, so that hashes that come in order fill a shard all over, and not one end of
  // it until it grows.
  static uint32_t FingerprintOf(Hash128 hash) {
    const auto bits = static_cast<uint32_t>(absl::Uint128Low64(hash) >> 32);
    return bits == 0 ? 1 : bits;
  }

  std::vector<Shard> shards_;
};

}  // namespace pagepulse
