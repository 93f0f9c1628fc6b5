#include "ingest/timestamp.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>

#include "absl/time/time.h"

namespace pagepulse {
namespace {

int64_t Read(const std::string& text) {
  TimestampReader reader;
  int64_t ms = -1;
  const bool good = reader.Read(text, &ms);
  EXPECT_EQ(good, ms != -1);
  return ms;
}

int64_t Epoch(const std::string& digits) {
  int64_t ms = -1;
  ReadEpoch(digits, &ms);
  return ms;
}

TEST(TimestampTest, ReadsWhatRfc3339Allows) {
  EXPECT_EQ(Read("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(Read("2025-07-01T00:00:00Z"), 1751328000000);
  EXPECT_EQ(Read("2025-07-01T00:00:00+07:00"), 1751328000000 - 7 * 3600 * 1000);
  EXPECT_EQ(Read("2025-07-01T00:00:00+0700"), 1751328000000 - 7 * 3600 * 1000);
  EXPECT_EQ(Read("2025-06-30T20:30:00-03:30"), 1751328000000);
  EXPECT_EQ(Read("2025-07-01t00:00:00z"), 1751328000000);
  EXPECT_EQ(Read("2025-07-01 00:00:00Z"), 1751328000000);
  EXPECT_EQ(Read("2025-07-01T00:00:00-00:00"), 1751328000000);
  EXPECT_EQ(Read("9999-12-31T23:59:59.999Z"), kMaxTimestampMs);
  EXPECT_EQ(Read("2024-02-29T00:00:00Z"), 1709164800000);
}

TEST(TimestampTest, CutsFinerFractions) {
  EXPECT_EQ(Read("2025-07-01T00:00:00.5Z"), 1751328000500);
  EXPECT_EQ(Read("2025-07-01T00:00:00.05+00:00"), 1751328000050);
  EXPECT_EQ(Read("2025-07-01T00:00:00.123Z"), 1751328000123);
  EXPECT_EQ(Read("2025-07-01T00:00:00.1239999999999999Z"), 1751328000123);
}

TEST(TimestampTest, ALeapSecondIsTheLastMillisecondBeforeIt) {
  EXPECT_EQ(Read("2016-12-31T23:59:60Z"), Read("2016-12-31T23:59:59.999Z"));
  EXPECT_EQ(Read("2016-12-31T23:59:60.7Z"), Read("2016-12-31T23:59:59.999Z"));
  EXPECT_EQ(Read("2017-01-01T06:59:60+07:00"), Read("2016-12-31T23:59:59.999Z"));
  EXPECT_EQ(Read("2016-12-31T23:58:60Z"), -1);
  EXPECT_EQ(Read("2016-12-31T23:59:60+07:00"), -1);
  EXPECT_EQ(Read("2016-12-31T23:59:61Z"), -1);
}

TEST(TimestampTest, RefusesTheRest) {
  for (const char* text : {"",
                           "2025",
                           "2025-07-01",
                           "2025-07-01T00:00:00",
                           "2025-07-01T00:00Z",
                           "2025-07-01T00:00:00 Z",
                           "2025-07-01T00:00:00.Z",
                           "2025-07-01T00:00:00,5Z",
                           "2025-07-01T24:00:00Z",
                           "2025-07-01T00:60:00Z",
                           "2025-02-29T00:00:00Z",
                           "2025-02-30T00:00:00Z",
                           "2025-04-31T00:00:00Z",
                           "2025-00-01T00:00:00Z",
                           "2025-13-01T00:00:00Z",
                           "2025-07-00T00:00:00Z",
                           "2025-07-32T00:00:00Z",
                           "2025/07/01T00:00:00Z",
                           "2025-07-01_00:00:00Z",
                           "2025-07-01T00-00-00Z",
                           "2025-07-01T00:00:00+7",
                           "2025-07-01T00:00:00+07",
                           "2025-07-01T00:00:00+07:0",
                           "2025-07-01T00:00:00+24:00",
                           "2025-07-01T00:00:00+07:60",
                           "2025-07-01T00:00:00+07:00x",
                           "2025-07-01T00:00:00Zx",
                           "2025-07-01T00:00:00UTC",
                           "2025-07-01T0:00:00Z  ",
                           "+2025-07-01T00:00:00Z",
                           "02025-07-01T00:00:00Z",
                           "25-07-01T00:00:00.000Z",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "0000-01-01T00:00:00Z",
                           "2025-07-01T00;00;00Z",
                           "2025-07-01T0a:00:00Z",
                           "2025-07-01T00:00:00\xE2\x88\x92"
                           "07:00"}) {
    EXPECT_EQ(Read(text), -1) << text;
  }
  EXPECT_EQ(Read(std::string(10, '\0') + "T00:00:00Z"), -1);
}

TEST(TimestampTest, ReadsEpochsByTheirSize) {
  EXPECT_EQ(Epoch("0"), 0);
  EXPECT_EQ(Epoch("-0"), 0);
  EXPECT_EQ(Epoch("1751328000"), 1751328000000);
  EXPECT_EQ(Epoch("99999999999"), 99999999999000);
  EXPECT_EQ(Epoch("100000000000"), 100000000000);
  EXPECT_EQ(Epoch("1751328000123"), 1751328000123);
  EXPECT_EQ(Epoch("253402300799999"), kMaxTimestampMs);
  for (const char* bad : {"-1", "253402300800000", "9223372036854775808", "1e9", "12.5", ""}) {
    EXPECT_EQ(Epoch(bad), -1) << bad;
  }
}

TEST(TimestampTest, AgreesWithAbslOnRandomInstants) {
  std::mt19937_64 random(7);
  TimestampReader reader;  // one reader for all: its memory of a day must not show
  const auto below = [&](int n) { return static_cast<int>(random() % n); };
  int read = 0;
  for (int i = 0; i < 200000; ++i) {
    char text[64];
    int n = std::snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", 1965 + below(100),
                          below(14), below(33), below(25), below(61), below(60));
    if (below(2)) n += std::snprintf(text + n, sizeof(text) - n, ".%0*d", 1 + below(9), below(10));
    if (below(2)) {
      std::snprintf(text + n, sizeof(text) - n, "%c%02d:%02d", "+-"[below(2)], below(24),
                    below(60));
    } else {
      std::snprintf(text + n, sizeof(text) - n, "Z");
    }
    absl::Time time;
    const bool known =
        absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) && time >= absl::UnixEpoch();
    int64_t ms = -1;
    ASSERT_EQ(reader.Read(text, &ms), known) << text;
    if (known) {
      ASSERT_EQ(ms, absl::ToUnixMillis(time)) << text;
      ++read;
    }
  }
  EXPECT_GT(read, 100000);
}

TEST(TimestampTest, MillisecondsAndFractionsOfSeconds) {
  const auto millis = [](std::string_view text) {
    int64_t ms = -1;
    ReadMillis(text, &ms);
    return ms;
  };
  EXPECT_EQ(millis("0"), 0);
  EXPECT_EQ(millis("1751328000"), 1751328000);
  EXPECT_EQ(millis("253402300799999"), kMaxTimestampMs);
  for (const char* text :
       {"253402300800000", "-1", "1.5", "1e3", "", "x", "99999999999999999999"}) {
    EXPECT_EQ(millis(text), -1) << text;
  }
  const auto fraction = [](std::string_view text) {
    int64_t ms = -1;
    ReadEpochFraction(text, &ms);
    return ms;
  };
  EXPECT_EQ(fraction("1751328000"), 1751328000000);
  EXPECT_EQ(fraction("1751328000.5"), 1751328000500);
  EXPECT_EQ(fraction("1751328000.0019"), 1751328000001);
  EXPECT_EQ(fraction("5.25"), 5250);
  EXPECT_EQ(fraction("1751328000123.9"), 1751328000123);
  for (const char* text : {"1751328000.", ".5", "-1.5", "1.5e3", "1.-5", "1.5.5", "x.5", "1.x"}) {
    EXPECT_EQ(fraction(text), -1) << text;
  }
}

}  // namespace
}  // namespace pagepulse
