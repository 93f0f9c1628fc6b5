#pragma once

// Which hashes a run may hold: a Bloom filter of 64-byte blocks, six bits a hash within one, so
// that a look costs one cache miss; 1.3 bytes a hash, and of those the run does not hold some 1 %
// are taken for held. Layout: docs/storage_format.md, "Facts". Once made, safe for any number of
// threads.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "base/hash.h"

namespace pagepulse {

class RunFilter {
 public:
  explicit RunFilter(uint64_t hashes_at_most)
      : blocks_(BlocksFor(hashes_at_most)), words_(blocks_ * kWordsABlock) {}
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
  // There are no more than this: pairs of neighbours become one block while that is enough.
  void ShrinkTo(uint64_t hashes) {
    for (; blocks_ % 2 == 0 && blocks_ / 2 >= BlocksFor(hashes); blocks_ /= 2) {
      for (size_t i = 0; i < words_.size() / 2; ++i) {
        const size_t first = i / kWordsABlock * 2 * kWordsABlock + i % kWordsABlock;
        words_[i] = words_[first] | words_[first + kWordsABlock];
      }
      words_.resize(words_.size() / 2);
    }
    words_.shrink_to_fit();
  }
  absl::Span<const uint64_t> words() const { return words_; }

  static constexpr size_t kWordsABlock = 8;

 private:
  static constexpr uint64_t kHashesABlock = 48;
  static constexpr int kBits = 6, kBitsOfBit = 9;

  // Many are a multiple of 64, so that they can be halved.
  static uint64_t BlocksFor(uint64_t hashes) {
    const uint64_t blocks = std::max<uint64_t>(1, (hashes + kHashesABlock - 1) / kHashesABlock);
    return blocks < 64 ? std::bit_ceil(blocks) : (blocks + 63) / 64 * 64;
  }

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
