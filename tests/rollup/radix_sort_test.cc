#include "rollup/radix_sort.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace pagepulse {
namespace {

using Record = std::pair<uint32_t, size_t>;  // key, position

TEST(RadixSort, IsAStableSort) {
  std::mt19937 random(1);
  for (size_t n : {0, 1, 2, 31, 32, 33, 100, 5000}) {
    for (int bits = 0; bits <= 32; ++bits) {
      std::vector<Record> in(n), a(n), b(n);
      const uint32_t base = bits < 32 ? random() % 3 * 1000 : 0;
      for (size_t i = 0; i < n; ++i) {
        in[i] = {base + (bits == 0 ? 0 : static_cast<uint32_t>(random()) >> (32 - bits)), i};
      }
      std::vector<Record> expected = in;
      std::stable_sort(expected.begin(), expected.end(),
                       [](const Record& x, const Record& y) { return x.first < y.first; });
      const Record* const sorted = RadixSort(in.data(), n, a.data(), b.data(),
                                             [](const Record& record) { return record.first; });
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), sorted)) << n << " " << bits;
      const Record* const in_place = RadixSort(in.data(), n, a.data(), in.data(),
                                               [](const Record& record) { return record.first; });
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), in_place)) << n << " " << bits;
    }
  }
}

TEST(RadixSort, SortedInputIsReturnedAsItIs) {
  const std::vector<Record> in = {{1, 0}, {1, 1}, {4000000000u, 2}};
  std::vector<Record> a(3), b(3);
  EXPECT_EQ(RadixSort(in.data(), 3, a.data(), b.data(), [](const Record& r) { return r.first; }),
            in.data());
}

}  // namespace
}  // namespace pagepulse
