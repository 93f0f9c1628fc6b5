#include "sketch/distinct_set.h"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sketch/set_codec.h"
#include "sketch/ultraloglog.h"

namespace pagepulse {
namespace {

using Hashes = std::vector<uint64_t>;

std::string Bytes(const DistinctSet& set) {
  std::string out;
  set.Encode(&out);
  return out;
}

// The format written out by hand: a header, then members low byte first, or registers of the
// widened hashes.
std::string Expected(SketchShape shape, const Hashes& hashes) {
  const std::set<uint64_t> members(hashes.begin(), hashes.end());
  std::string out;
  if (members.size() > shape.max_exact) {
    std::vector<uint8_t> registers(size_t{1} << shape.precision);
    for (uint64_t h : members) ull::Add(registers.data(), shape.precision, (h << 24) | 0x800000);
    out.push_back(static_cast<char>(shape.precision * 2 + 1));
    return out.append(registers.begin(), registers.end());
  }
  size_t header = members.size() * 2;
  if (header >= 128) {
    out.push_back(static_cast<char>(header % 128 + 128));
    header /= 128;
  }
  out.push_back(static_cast<char>(header));
  for (uint64_t h : members) {
    for (int i = 0; i < 5; ++i) out.push_back(static_cast<char>(h >> (8 * i)));
  }
  return out;
}

Hashes Random(std::mt19937_64& random, size_t n) {
  Hashes out(n);
  for (uint64_t& h : out) h = random() >> 24;
  return out;
}

TEST(DistinctSet, GoldenBytes) {
  DistinctSet set(kPostShape);
  EXPECT_EQ(Bytes(set), std::string(1, '\0'));
  set.Add(0x0102030405);
  EXPECT_EQ(Bytes(set), std::string("\x02\x05\x04\x03\x02\x01", 6));
  set.Add(0xff);
  set.Add(0x0102030405);
  EXPECT_EQ(Bytes(set), std::string("\x04\xff\x00\x00\x00\x00\x05\x04\x03\x02\x01", 11));
  EXPECT_EQ(set.Estimate(), 2);

  // The 65th member: registers. 1 << 30 falls into register 1, its run of zeros at once ended.
  DistinctSet dense(kPostShape);
  for (uint64_t i = 0; i < 65; ++i) dense.Add(i << 30 | uint64_t{1} << 29);
  const std::string bytes = Bytes(dense);
  EXPECT_EQ(bytes.size(), 1025u);
  EXPECT_EQ(bytes.substr(0, 3), std::string("\x15\x24\x24", 3));  // bit 9 alone: 9 * 4
  EXPECT_EQ(bytes.substr(65, 2), std::string("\x24\x00", 2));
  EXPECT_FALSE(dense.exact());
}

TEST(DistinctSet, AnyOrderRepetitionAndGroupingGivesTheSameBytes) {
  std::mt19937_64 random(3);
  for (SketchShape shape : {kPostShape, kPageShape}) {
    for (size_t n : {0, 1, 2, 19, 63, 64, 65, 66, 255, 256, 257, 258, 1000, 20000}) {
      const Hashes hashes = Random(random, n);
      const std::string expected = Expected(shape, hashes);
      Hashes shuffled = hashes;
      shuffled.insert(shuffled.end(), hashes.begin(),
                      hashes.begin() + static_cast<ptrdiff_t>(n / 2));
      std::shuffle(shuffled.begin(), shuffled.end(), random);

      DistinctSet one_by_one(shape);
      for (uint64_t h : shuffled) one_by_one.Add(h);
      EXPECT_EQ(Bytes(one_by_one), expected);

      DistinctSet all(shape);
      all.AddAll(shuffled.data(), shuffled.size());
      EXPECT_EQ(Bytes(all), expected);

      DistinctSet merged(shape), merged_encoded(shape);
      for (size_t i = 0; i < shuffled.size();) {
        const size_t part = std::min(shuffled.size() - i, 1 + random() % (n / 3 + 1));
        DistinctSet some(shape);
        some.AddAll(shuffled.data() + i, part);
        merged.Merge(some);
        ASSERT_TRUE(merged_encoded.MergeEncoded(Bytes(some)).ok());
        i += part;
      }
      EXPECT_EQ(Bytes(merged), expected);
      EXPECT_EQ(Bytes(merged_encoded), expected);
    }
  }
}

// Every pair of forms, around the border between them.
TEST(DistinctSet, UnionsAroundTheBorder) {
  std::mt19937_64 random(4);
  const size_t sizes[] = {0, 1, 2, 32, 33, 63, 64, 65, 200};
  for (size_t a : sizes) {
    for (size_t b : sizes) {
      for (size_t shared : {size_t{0}, std::min(a, b) / 2, std::min(a, b)}) {
        const Hashes left = Random(random, a);
        Hashes right = Random(random, b - shared);
        right.insert(right.end(), left.begin(), left.begin() + static_cast<ptrdiff_t>(shared));
        Hashes both = left;
        both.insert(both.end(), right.begin(), right.end());
        DistinctSet x(kPostShape), y(kPostShape);
        x.AddAll(left.data(), left.size());
        y.AddAll(right.data(), right.size());
        DistinctSet z = x;
        x.Merge(y);
        ASSERT_TRUE(z.MergeEncoded(Bytes(y)).ok());
        EXPECT_EQ(Bytes(x), Expected(kPostShape, both));
        EXPECT_EQ(Bytes(z), Expected(kPostShape, both));
        x.Merge(x);
        EXPECT_EQ(Bytes(x), Expected(kPostShape, both));
      }
    }
  }
}

TEST(DistinctSet, CountsHashesThatAreNotUniform) {
  Hashes hashes;
  for (uint64_t i = 0; i < 500; ++i) hashes.push_back(i % 50 + 7);
  DistinctSet set(kPostShape);
  set.AddAll(hashes.data(), hashes.size());
  EXPECT_TRUE(set.exact());
  EXPECT_EQ(set.Estimate(), 50);
  EXPECT_EQ(Bytes(set), Expected(kPostShape, hashes));
}

TEST(DistinctSet, ClearStartsAnew) {
  std::mt19937_64 random(5);
  const Hashes many = Random(random, 5000), few = Random(random, 10);
  DistinctSet set(kPageShape);
  set.AddAll(many.data(), many.size());
  set.Clear();
  EXPECT_TRUE(set.empty());
  set.AddAll(few.data(), few.size());
  EXPECT_EQ(Bytes(set), Expected(kPageShape, few));
}

// Sets of pages, encoded, make the set of a post: exact up to its own bound, above that the
// registers it would have had, whether the parts were exact or not.
TEST(DistinctSet, AFinerShapeMergesAsItsMembersWould) {
  std::mt19937_64 random(10);
  for (const size_t n : {0, 1, 2, 63, 64, 65, 100, 256, 257, 258, 1000, 30000}) {
    const Hashes hashes = Random(random, n);
    DistinctSet whole(kPageShape), post(kPostShape);
    whole.AddAll(hashes.data(), n);
    ASSERT_TRUE(post.MergeEncoded(Bytes(whole), kPageShape).ok());
    EXPECT_EQ(Bytes(post), Expected(kPostShape, hashes)) << n;
    ASSERT_TRUE(post.MergeEncoded(Bytes(whole), kPageShape).ok());
    EXPECT_EQ(Bytes(post), Expected(kPostShape, hashes)) << n << " again";
  }
}

TEST(DistinctSet, AFinerShapeMergesInAnyOrderAndGrouping) {
  std::mt19937_64 random(11);
  const size_t sizes[] = {0, 1, 20, 40, 64, 65, 200, 256, 257, 600, 5000};
  for (int round = 0; round < 400; ++round) {
    Hashes all;
    std::vector<std::string> finer, same;
    for (size_t i = 0, parts = 1 + random() % 5; i < parts; ++i) {
      Hashes hashes = Random(random, sizes[random() % std::size(sizes)]);
      // Some of them have been in an earlier part.
      for (uint64_t& h : hashes) {
        if (!all.empty() && random() % 3 == 0) h = all[random() % all.size()];
      }
      const bool coarse = random() % 4 == 0;
      DistinctSet part(coarse ? kPostShape : kPageShape);
      part.AddAll(hashes.data(), hashes.size());
      (coarse ? same : finer).push_back(Bytes(part));
      all.insert(all.end(), hashes.begin(), hashes.end());
    }
    DistinctSet merged(kPostShape);
    const bool finer_first = random() % 2;
    for (int i = 0; i < 2; ++i) {
      if ((i == 0) == finer_first) {
        for (const std::string& part : finer) {
          ASSERT_TRUE(merged.MergeEncoded(part, kPageShape).ok());
        }
      } else {
        for (const std::string& part : same) ASSERT_TRUE(merged.MergeEncoded(part).ok());
      }
    }
    ASSERT_EQ(Bytes(merged), Expected(kPostShape, all)) << "round " << round;
    EXPECT_EQ(merged.exact(), std::set<uint64_t>(all.begin(), all.end()).size() <= 64);
  }
}

TEST(DistinctSet, OfAnyTwoPrecisions) {
  std::mt19937_64 random(12);
  for (int from = 4; from <= 14; ++from) {
    for (int to = 3; to <= from; ++to) {
      const SketchShape fine{from, 100}, coarse{to, 30};
      for (const size_t n : {10, 31, 90, 101, 2000}) {
        const Hashes here = Random(random, random() % 200), there = Random(random, n);
        DistinctSet part(fine), set(coarse);
        part.AddAll(there.data(), n);
        set.AddAll(here.data(), here.size());
        ASSERT_TRUE(set.MergeEncoded(Bytes(part), fine).ok());
        Hashes all = here;
        all.insert(all.end(), there.begin(), there.end());
        EXPECT_EQ(Bytes(set), Expected(coarse, all)) << from << " to " << to << ", " << n;
      }
    }
  }
}

TEST(DistinctSet, RefusesWhatNoFinerSetIs) {
  std::mt19937_64 random(13);
  const std::string dense = Expected(kPageShape, Random(random, 500));
  const auto refused = [](const std::string& bytes) {
    DistinctSet set(kPostShape);
    return absl::IsDataLoss(set.MergeEncoded(bytes, kPageShape));
  };
  EXPECT_FALSE(refused(dense));
  EXPECT_FALSE(refused(Expected(kPageShape, Random(random, 256))));
  EXPECT_TRUE(refused(Expected({12, 300}, Random(random, 257)))) << "more than may be exact";
  EXPECT_TRUE(refused(Expected(kPostShape, Random(random, 500)))) << "of a post";
  EXPECT_TRUE(refused(dense.substr(0, 4096)));
  std::string broken = dense;
  broken[700] = 0x28;  // bit 10, which no register of precision 12 has
  EXPECT_TRUE(refused(broken));
}

TEST(DistinctSet, RefusesWhatEncodeCannotHaveWritten) {
  std::mt19937_64 random(6);
  const Hashes many = Random(random, 500), few = Random(random, 3);
  const std::string dense = Expected(kPostShape, many), exact = Expected(kPostShape, few);
  const auto refused = [](const std::string& bytes) {
    DistinctSet set(kPostShape);
    return absl::IsDataLoss(set.MergeEncoded(bytes));
  };
  EXPECT_TRUE(refused(""));
  for (size_t i = 0; i < exact.size(); ++i) EXPECT_TRUE(refused(exact.substr(0, i)));
  EXPECT_TRUE(refused(dense.substr(0, 1024)));
  EXPECT_TRUE(refused(exact + "x"));
  EXPECT_TRUE(refused(Expected(kPageShape, many)));                       // of another shape
  EXPECT_TRUE(refused(Expected(kPageShape, Random(random, 65))));         // more than may be exact
  EXPECT_TRUE(refused(std::string("\x82\x00", 2) + exact.substr(1, 5)));  // a longer header
  EXPECT_TRUE(refused(std::string("\x04") + exact.substr(1, 5) + exact.substr(1, 5)));  // twice
  for (char wrong : {'\x01', '\x23', '\xa0', '\xff'}) {
    std::string broken = dense;
    broken[700] = wrong;
    EXPECT_TRUE(refused(broken));
  }
  EXPECT_FALSE(refused(dense));
  EXPECT_FALSE(refused(exact));
}

TEST(SetCodec, AnEncodedSetSaysItsLength) {
  std::mt19937_64 random(8);
  for (size_t n : {0, 1, 63, 64, 65, 256, 257}) {
    const std::string bytes = Expected(kPageShape, Random(random, n));
    const EncodedSet set = ParseEncodedSet(bytes + "tail of others");
    EXPECT_EQ(set.length, bytes.size());
    EXPECT_EQ(set.dense(), n > 256);
  }
}

TEST(SetCodec, SortUniqueSortsAnything) {
  std::mt19937_64 random(9);
  for (size_t n = 0; n < 1200; n += n < 40 ? 1 : 97) {
    for (int bits : {1, 8, 40, 64}) {
      Hashes v(n);
      for (uint64_t& h : v) h = random() >> (64 - bits);
      const std::set<uint64_t> expected(v.begin(), v.end());
      v.resize(SortUnique(v.data(), v.size()));
      EXPECT_TRUE(std::equal(v.begin(), v.end(), expected.begin(), expected.end())) << n;
    }
  }
}

}  // namespace
}  // namespace pagepulse
