#include "sketch/ultraloglog.h"

#include <xxhash.h>

#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pagepulse::ull {
namespace {

// The generator of the published vectors.
class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

std::vector<uint8_t> Sketch(int precision, const std::vector<uint64_t>& hashes) {
  std::vector<uint8_t> registers(size_t{1} << precision);
  for (uint64_t h : hashes) Add(registers.data(), precision, h);
  return registers;
}

std::vector<uint64_t> Hashes(size_t n, uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<uint64_t> hashes(n);
  for (uint64_t& h : hashes) h = random.Next();
  return hashes;
}

TEST(UltraLogLog, PacksThePublishedValues) {
  constexpr uint64_t kOne = 1;
  EXPECT_EQ(Pack(4), 8);
  EXPECT_EQ(Pack(5), 9);
  EXPECT_EQ(Pack(6), 10);
  EXPECT_EQ(Pack(7), 11);
  EXPECT_EQ(Pack(8), 12);
  EXPECT_EQ(Pack(9), 12);
  EXPECT_EQ(Pack(10), 13);
  EXPECT_EQ(Pack(11), 13);
  EXPECT_EQ(Pack(12), 14);
  EXPECT_EQ(Pack(kOne << 11), 44);
  EXPECT_EQ(Pack(kOne << 12 | kOne << 11), 50);
  EXPECT_EQ(Pack(kOne << 63), 252);
  EXPECT_EQ(Pack(~uint64_t{0}), 255);
  EXPECT_EQ(Unpack(45), (kOne << 11) + (kOne << 9));
  EXPECT_EQ(Unpack(0), 0u);
  for (int r = 8; r < 256; ++r) EXPECT_EQ(Pack(Unpack(static_cast<uint8_t>(r))), r);
}

struct StateVector {
  int precision;
  size_t n;
  uint64_t xxh3;
  double estimate;
};

class PublishedState : public testing::TestWithParam<StateVector> {};

TEST_P(PublishedState, MatchesBytesAndEstimate) {
  const StateVector& v = GetParam();
  const std::vector<uint8_t> registers = Sketch(v.precision, Hashes(v.n, 0));
  EXPECT_EQ(XXH3_64bits(registers.data(), registers.size()), v.xxh3);
  EXPECT_NEAR(Estimate(registers.data(), v.precision), v.estimate, 1e-9 * (v.estimate + 1));
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, PublishedState,
    testing::Values(StateVector{12, 0, 0x93d76fe148c689ba, 0},
                    StateVector{12, 1, 0xc997ad0eced0301c, 1.000082435},
                    StateVector{12, 100, 0x055b1af233b937ed, 97.753327490},
                    StateVector{12, 1000, 0x6868068511b127e7, 985.254703115},
                    StateVector{12, 10000, 0xab4d9702ee0121e3, 9868.916098768},
                    StateVector{12, 100000, 0x18c20beb96664547, 96966.615740303},
                    StateVector{12, 1000000, 0xda3b5763a33e13ac, 992316.639723729},
                    StateVector{8, 1000, 0xac33dd214e78cc97, 1017.048131434}));

TEST(UltraLogLog, TheGeneratorIsTheOneOfTheVectors) {
  EXPECT_EQ(SplitMix64(0).Next(), 0xe220a8397b1dcdafu);
}

// Where no register is of a small set, the estimate is one closed formula over the registers.
TEST(UltraLogLog, EstimateIsTheClosedForm) {
  constexpr long double kTau = 0.8194911375910897L, kV = 0.6118931496978437L;
  constexpr long double kEta[4] = {4.663135422063788L, 2.1378502137958524L, 2.781144650979996L,
                                   0.9824082545153715L};
  for (int p = 3; p <= 14; ++p) {
    const std::vector<uint8_t> registers = Sketch(p, Hashes(size_t{200} << p, 5));
    long double sum = 0;
    for (uint8_t r : registers) {
      const int paper = r - 4 * p + 8;
      ASSERT_GE(paper, 12);
      sum += kEta[paper & 3] * powl(2, -kTau * (paper / 4));
    }
    const long double m = powl(2, p);
    const long double expected =
        powl(m, 1 + 1 / kTau) / (1 + kV * (1 + kTau) / (2 * m)) * powl(sum, -1 / kTau);
    EXPECT_NEAR(Estimate(registers.data(), p), static_cast<double>(expected),
                1e-11 * static_cast<double>(expected))
        << p;
  }
}

// A register says which was the highest bit and whether the two below it were seen. This keeps the
// set of bits itself.
std::vector<uint8_t> NaiveSketch(int p, const std::vector<uint64_t>& hashes) {
  std::vector<std::set<int>> seen(size_t{1} << p);
  for (uint64_t h : hashes) {
    int run = 0;
    while (run < 64 - p && (h >> (63 - p - run) & 1) == 0) ++run;
    seen[h >> (64 - p)].insert(run + p - 1);
  }
  std::vector<uint8_t> registers;
  for (const std::set<int>& bits : seen) {
    if (bits.empty()) {
      registers.push_back(0);
      continue;
    }
    const int top = *bits.rbegin();
    registers.push_back(static_cast<uint8_t>(top * 4 + (bits.count(top - 1) ? 2 : 0) +
                                             (bits.count(top - 2) ? 1 : 0)));
  }
  return registers;
}

TEST(UltraLogLog, AddEqualsTheDefinition) {
  for (int p = 3; p <= 13; ++p) {
    for (size_t n : {size_t{1}, size_t{40}, size_t{5000}}) {
      const std::vector<uint64_t> hashes = Hashes(n, 11 * static_cast<uint64_t>(p) + n);
      EXPECT_EQ(Sketch(p, hashes), NaiveSketch(p, hashes)) << p << " " << n;
    }
  }
  const std::vector<uint64_t> extremes = {0, 1, ~uint64_t{0}, uint64_t{1} << 63};
  EXPECT_EQ(Sketch(3, extremes), NaiveSketch(3, extremes));
  EXPECT_EQ(Sketch(12, extremes), NaiveSketch(12, extremes));
}

TEST(UltraLogLog, MergeEqualsAddingAll) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 400; ++round) {
    const int p = 3 + round % 12;
    const std::vector<uint64_t> a = Hashes(random() % (size_t{4} << p), random());
    std::vector<uint64_t> b = Hashes(random() % (size_t{1} << (random() % 16)), random());
    b.insert(b.end(), a.begin(), a.begin() + static_cast<ptrdiff_t>(a.size() / 3));
    std::vector<uint64_t> both = a;
    both.insert(both.end(), b.begin(), b.end());
    const std::vector<uint8_t> from = Sketch(p, b), expected = Sketch(p, both);

    std::vector<uint8_t> merged = Sketch(p, a);
    Merge(merged.data(), from.data(), p);
    ASSERT_EQ(merged, expected) << p;
    if (p < 4) continue;
    merged = Sketch(p, a);
    MergePortable(merged.data(), from.data(), from.size());
    ASSERT_EQ(merged, expected) << p;
  }
}

TEST(UltraLogLog, AllWithinLooksAtEveryRegister) {
  std::vector<uint8_t> registers(128, 60);
  registers[3] = 0;
  EXPECT_TRUE(AllWithin(registers.data(), registers.size(), 44, 159));
  EXPECT_TRUE(AllWithinPortable(registers.data(), registers.size(), 44, 159));
  for (uint8_t wrong : {uint8_t{1}, uint8_t{43}, uint8_t{160}, uint8_t{255}}) {
    for (size_t i = 0; i < registers.size(); ++i) {
      std::vector<uint8_t> broken = registers;
      broken[i] = wrong;
      EXPECT_FALSE(AllWithin(broken.data(), broken.size(), 44, 159));
      EXPECT_FALSE(AllWithinPortable(broken.data(), broken.size(), 44, 159));
    }
  }
}

// Over many streams: no bias, and the promised spread. 5 standard errors of each statistic.
TEST(UltraLogLog, EstimateIsUnbiasedWithThePromisedError) {
  constexpr int kPrecision = 10, kStreams = 400;
  const double promised = std::sqrt(0.6118931496978437 / (1 << kPrecision));
  for (size_t n : {65, 300, 1000, 5000, 50000}) {
    double sum = 0, squares = 0;
    for (uint64_t s = 0; s < kStreams; ++s) {
      const std::vector<uint8_t> registers = Sketch(kPrecision, Hashes(n, s * 1000003 + n));
      const double error = Estimate(registers.data(), kPrecision) / static_cast<double>(n) - 1;
      sum += error;
      squares += error * error;
    }
    const double rms = std::sqrt(squares / kStreams);
    EXPECT_LT(std::abs(sum / kStreams), 5 * promised / std::sqrt(kStreams)) << n;
    EXPECT_LT(rms, promised * (1 + 5 / std::sqrt(2.0 * kStreams))) << n;
  }
}

// Hashes as DistinctSet widens them, of 40 bits, and of the whole word, whose run of zeros may end
// anywhere in it: random, all alike but for their ends, and the extremes.
std::vector<uint64_t> HashesOfAllKinds(std::mt19937_64& random, size_t n) {
  std::vector<uint64_t> hashes;
  for (size_t i = 0; i < n; ++i) {
    const uint64_t h = random();
    switch (random() % 4) {
      case 0:
        hashes.push_back(h);
        break;
      case 1:
        hashes.push_back(h >> 24 << 24 | 1 << 23);
        break;
      case 2:  // a long run of zeros behind the index, or within it
        hashes.push_back(h >> random() % 64);
        break;
      default:
        hashes.push_back((h & 0xfff) << 52 | (random() >> (12 + random() % 52)));
    }
  }
  if (n > 4) hashes.insert(hashes.end(), {0, 1, uint64_t{1} << 23, ~uint64_t{0}});
  return hashes;
}

TEST(UltraLogLog, FinerRegistersMergeAsTheirHashesWould) {
  std::mt19937_64 random(21);
  for (int from = kMinPrecision + 1; from <= 14; ++from) {
    for (int to = kMinPrecision; to < from; ++to) {
      for (const size_t n : {0, 1, 2, 5, 60, 300, 3000, 60000}) {
        if (n > 3000 && (from != 12 || (to != 10 && to != 4))) continue;
        const std::vector<uint64_t> here = HashesOfAllKinds(random, random() % (n + 1)),
                                    there = HashesOfAllKinds(random, n);
        std::vector<uint64_t> both = here;
        both.insert(both.end(), there.begin(), there.end());
        std::vector<uint8_t> into = Sketch(to, here);
        const std::vector<uint8_t> finer = Sketch(from, there);
        MergeFiner(into.data(), to, finer.data(), from);
        ASSERT_EQ(into, Sketch(to, both)) << from << " to " << to << ", " << n << " hashes";
        MergeFiner(into.data(), to, finer.data(), from);
        ASSERT_EQ(into, Sketch(to, both)) << "the same again";
      }
    }
  }
}

}  // namespace
}  // namespace pagepulse::ull
