#pragma once

// Which hashes a run may hold: a Bloom filter of 64-byte blocks, six bits a hash within one, so
// that a look costs one cache miss; 1.3 bytes a hash, and of those the run does not hold some 1 %
// are taken for held. Layout: docs/storage_format.md, "Facts". Once made, safe for any number of
// threads.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "base/hash.h"

namespace pagepulse {

class RunFilter {
 public:
  explicit RunFilter(uint64_t hashes_at_most)
      : blocks_(std::max<uint64_t>(1, (hashes_at_most + kHashesABlock - 1) / kHashesABlock)),
        words_(blocks_ * kWordsABlock) {}
  // words: of another one; whole blocks.
  explicit RunFilter(std::vector<uint64_t> words)
      : blocks_(words.size() / kWordsABlock), words_(std::move(words)) {}

  // Hashes that ascend fill the blocks from the first to the last.
  void Add(Hash128 hash) {
    uint64_t* const block = words_.data() + BlockOf(hash);
    ForEachBit(hash, [&](uint64_t bit) { block[bit / 64] |= uint64_t{1} << bit % 64; });
  }
  bool MayHold(Hash128 hash) const {
    const uint64_t* const block = words_.data() + BlockOf(hash);
    bool held = true;
    ForEachBit(hash, [&](uint64_t bit) { held &= (block[bit / 64] >> bit % 64 & 1) != 0; });
    return held;
  }
  absl::Span<const uint64_t> words() const { return words_; }

  static constexpr size_t kWordsABlock = 8;

 private:
  static constexpr uint64_t kHashesABlock = 48;
  static constexpr int kBits = 6, kBitsOfBit = 9;

  size_t BlockOf(Hash128 hash) const {
    return ((absl::Uint128High64(hash) >> 32) * blocks_ >> 32) * kWordsABlock;
  }
  template <typename Fn>
  static void ForEachBit(Hash128 hash, Fn fn) {
    uint64_t bits = absl::Uint128Low64(hash);
    for (int i = 0; i < kBits; ++i, bits >>= kBitsOfBit) fn(bits % (64 * kWordsABlock));
  }

  uint64_t blocks_;
  std::vector<uint64_t> words_;
};

}  // namespace pagepulse
