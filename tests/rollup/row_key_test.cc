#include "rollup/row_key.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace pagepulse {
namespace {

// The days of a post in 2025-07, which is month 666.
const RowKey kSample{Scope::kPost, Level::kDay, 666, 7, 0x01020304};

void ExpectBytes(const RowKey& key, const std::string& expected) {
  EXPECT_EQ(EncodeRowKey(key), expected);
  char raw[kRowKeyBytes];
  EncodeRowKey(key, raw);
  EXPECT_EQ(std::string(raw, sizeof raw), expected);
  EXPECT_EQ(DecodeRowKey(expected), key);
}

TEST(RowKey, GoldenBytes) {
  ExpectBytes(kSample, std::string("\x00\x00\x02\x9a\x03\x02\x00\x00\x00\x07\x01\x02\x03\x04", 14));
  // The quarters of a page on 2025-07-04, which is day 20273.
  ExpectBytes({Scope::kDetail, Level::kQuarter, 20273, 7, 0},
              std::string("\x00\x00\x4f\x31\x02\x04\x00\x00\x00\x07\x00\x00\x00\x00", 14));
  ExpectBytes({Scope::kPage, Level::kMinute, 20273, 258, 0},
              std::string("\x00\x00\x4f\x31\x01\x01\x00\x00\x01\x02\x00\x00\x00\x00", 14));
  ExpectBytes({Scope::kSource, Level::kMonth, 666, 7, 2},
              std::string("\x00\x00\x02\x9a\x04\x03\x00\x00\x00\x07\x00\x00\x00\x02", 14));
}

TEST(RowKey, OrderOfBytesIsOrderOfKeys) {
  std::mt19937 random(1);
  std::vector<RowKey> keys;
  for (int i = 0; i < 2000; ++i) {
    const auto number = [&] { return static_cast<uint32_t>(random() >> random() % 32); };
    keys.push_back({static_cast<Scope>(1 + random() % 4), static_cast<Level>(1 + random() % 4),
                    number(), number(), number()});
  }
  std::vector<std::string> bytes;
  for (const RowKey& key : keys) {
    bytes.push_back(EncodeRowKey(key));
    EXPECT_EQ(DecodeRowKey(bytes.back()), key);
  }
  std::sort(keys.begin(), keys.end());
  std::sort(bytes.begin(), bytes.end());
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(EncodeRowKey(keys[i]), bytes[i]);
}

TEST(RowKey, RefusesOtherBytes) {
  const std::string good = EncodeRowKey(kSample);
  EXPECT_FALSE(DecodeRowKey(""));
  EXPECT_FALSE(DecodeRowKey(good.substr(0, 13)));
  EXPECT_FALSE(DecodeRowKey(good + "x"));
  for (size_t at : {4, 5}) {  // the level, the scope
    for (char wrong : {'\0', '\5', '\xff'}) {
      std::string bytes = good;
      bytes[at] = wrong;
      EXPECT_FALSE(DecodeRowKey(bytes));
    }
  }
}

TEST(RowKey, PeriodsEnd) {
  EXPECT_EQ(PeriodEndMinute(Level::kMinute, 0), 1440);
  EXPECT_EQ(PeriodEndMinute(Level::kQuarter, 20000), 20001 * 1440);
  // January 1970 has passed everywhere a day after its end in UTC.
  EXPECT_EQ(PeriodEndMinute(Level::kDay, 0), (31 + 1) * 1440);
  EXPECT_EQ(PeriodEndMinute(Level::kMonth, 1), (31 + 28 + 1) * 1440);
  // 2025-07 is month 666; 2025-08-01 is day 20301.
  EXPECT_EQ(PeriodEndMinute(Level::kDay, 666), (20301 + 1) * 1440);
  EXPECT_GT(PeriodEndMinute(Level::kMonth, 0xffffffff), PeriodEndMinute(Level::kMonth, 1000000));
}

}  // namespace
}  // namespace pagepulse
