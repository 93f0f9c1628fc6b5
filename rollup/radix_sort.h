#pragma once

// A stable radix sort by an unsigned key, for many small records and keys of few bits: comparing
// costs a mispredicted branch in two, a pass over bytes costs none.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace pagepulse {

inline constexpr size_t kInsertionSortMax = 32;  // records; below, clearing histograms costs more
inline constexpr int kMaxDigitBits = 13;         // whose histogram a core's first cache holds

// Where something lies, and a key: sorted in its stead, where a copy would be large.
struct KeyedPlace {
  uint32_t key;
  uint32_t index;
};
inline constexpr auto kKeyOf = [](const KeyedPlace& place) { return place.key; };

// Returns `in` where it is sorted already, else whichever of the buffers (n records each, may be
// uninitialised) then holds the sorted records; `in` is only read, by the first pass alone, so that
// it may be `b`. key(record) -> uint32_t.
template <typename Record, typename Key>
const Record* RadixSort(const Record* in, size_t n, Record* a, Record* b, Key key) {
  uint32_t least = UINT32_MAX, most = 0, before = 0;
  bool sorted = true;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t k = key(in[i]);
    sorted &= before <= k;
    before = k;
    least = std::min(least, k);
    most = std::max(most, k);
  }
  if (sorted) return in;

  if (n <= kInsertionSortMax) {
    for (size_t i = 0; i < n; ++i) {
      const uint32_t k = key(in[i]);
      size_t j = i;
      for (; j > 0 && key(a[j - 1]) > k; --j) a[j] = a[j - 1];
      a[j] = in[i];
    }
    return a;
  }

  // As few passes as digits allow whose histogram is not much longer than what is sorted.
  const int bits = std::bit_width(most - least);
  const int widest = std::min(kMaxDigitBits, static_cast<int>(std::bit_width(2 * n)));
  const int passes = (bits + widest - 1) / widest;
  const int digit_bits = (bits + passes - 1) / passes;
  const uint32_t mask = (uint32_t{1} << digit_bits) - 1;
  std::array<uint32_t, size_t{1} << kMaxDigitBits> next;
  for (int shift = 0; shift < bits; shift += digit_bits) {
    const auto digit = [&](const Record& record) { return (key(record) - least) >> shift & mask; };
    std::fill_n(next.begin(), mask + 1, 0u);
    for (size_t i = 0; i < n; ++i) ++next[digit(in[i])];
    uint32_t start = 0;
    for (uint32_t& slot : absl::MakeSpan(next.data(), mask + 1)) {
      const uint32_t count = slot;
      slot = start;
      start += count;
    }
    for (size_t i = 0; i < n; ++i) a[next[digit(in[i])]++] = in[i];
    in = a;
    std::swap(a, b);
  }
  return in;
}

}  // namespace pagepulse
