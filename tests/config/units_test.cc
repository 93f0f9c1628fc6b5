#include "config/units.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pagepulse {
namespace {

TEST(UnitsTest, SpansAreWholeNumbersWithAUnit) {
  EXPECT_EQ(*ParseSpanSeconds("30s"), 30);
  EXPECT_EQ(*ParseSpanSeconds("15min"), 900);
  EXPECT_EQ(*ParseSpanSeconds("48h"), 172'800);
  EXPECT_EQ(*ParseSpanSeconds("8d"), 691'200);
  EXPECT_EQ(*ParseSpanSeconds("2w"), 1'209'600);
}

TEST(UnitsTest, OtherSpansAreRefused) {
  for (const char* text : {"", "h", "8", "8 d", "8D", "-8d", "1.5h", "0h", "0", "forever", "8m",
                           "99999999999999999999d", "9223372036854775807w"}) {
    EXPECT_EQ(ParseSpanSeconds(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_NE(ErrorHint(ParseSpanSeconds("8m").status()).find("15min"), std::string::npos);
}

TEST(UnitsTest, RetentionMayHaveNoEnd) {
  EXPECT_EQ(*ParseRetentionSeconds("0"), 0);
  EXPECT_EQ(*ParseRetentionSeconds("forever"), 0);
  EXPECT_EQ(*ParseRetentionSeconds("8d"), 691'200);
  EXPECT_FALSE(ParseRetentionSeconds("never").ok());
}

TEST(UnitsTest, SizesAreBytesOrBinaryUnits) {
  EXPECT_EQ(*ParseBytes("0"), 0u);
  EXPECT_EQ(*ParseBytes("65536"), 65'536u);
  EXPECT_EQ(*ParseBytes("64KiB"), 65'536u);
  EXPECT_EQ(*ParseBytes("16MiB"), 16'777'216u);
  EXPECT_EQ(*ParseBytes("2GiB"), 2'147'483'648u);
  for (const char* text : {"", "MiB", "16MB", "16 MiB", "-1", "1.5GiB", "9007199254740993GiB"}) {
    EXPECT_FALSE(ParseBytes(text).ok()) << text;
  }
}

}  // namespace
}  // namespace pagepulse
