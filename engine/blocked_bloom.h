#pragma once

// A blocked Bloom filter (Putze, Sanders, Singler 2007): a key sets a bit in each of the eight
// words of one cache line, so that a look costs one cache miss, which can be started early. At 12
// bits a key some 1 % of those never added are taken for added. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/prefetch.h"

namespace pagepulse {

class BlockedBloom {
 public:
  static constexpr size_t kBitsAKey = 12;

  // `keys`: how many it is made for; more only make it wrong more often.
  explicit BlockedBloom(size_t keys)
      : lines_(keys * kBitsAKey / (8 * sizeof(Line)) + 1),
        line_(std::make_unique<Line[]>(lines_)) {}

  // A key is two words of even bits; the first chooses the line.
  void Prefetch(uint64_t place) const { Touch(LineOf(place)); }
  bool MayContain(uint64_t place, uint64_t bits) const {
    const Line& line = *LineOf(place);
    uint64_t missing = 0;
    for (size_t i = 0; i < kWords; ++i) missing |= BitOf(bits, i) & ~line.words[i];
    return missing == 0;
  }
  void Add(uint64_t place, uint64_t bits) {
    Line& line = *LineOf(place);
    for (size_t i = 0; i < kWords; ++i) line.words[i] |= BitOf(bits, i);
  }

 private:
  static constexpr size_t kWords = 8;
  struct alignas(64) Line {
    uint64_t words[kWords] = {};
  };

  static uint64_t BitOf(uint64_t bits, size_t word) {
    return uint64_t{1} << (bits >> (8 * word) & 63);
  }
  Line* LineOf(uint64_t place) const {
    return line_.get() + static_cast<size_t>(static_cast<unsigned __int128>(place) * lines_ >> 64);
  }

  size_t lines_;
  std::unique_ptr<Line[]> line_;
};

}  // namespace pagepulse
