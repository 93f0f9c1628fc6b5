#include "config/log.h"

#include <gtest/gtest.h>

namespace pagepulse {
namespace {

TEST(LogTest, TextIsAnEventAndItsFields) {
  EXPECT_EQ(FormatLogLine(LogFormat::kText, "T", "info", "request",
                          {{"route", "/v1/events"}, {"status", 200}, {"why", "a \"b\"\n"}}),
            "T info request route=/v1/events status=200 why=\"a \\\"b\\\"\\n\"\n");
  EXPECT_EQ(FormatLogLine(LogFormat::kText, "T", "warn", "x", {{"empty", ""}, {"ok", true}}),
            "T warn x empty=\"\" ok=true\n");
  EXPECT_EQ(FormatLogLine(LogFormat::kText, "T", "info", "x", {{"ms", 12.34567}, {"s", 2.0}}),
            "T info x ms=12.346 s=2\n");
}

TEST(LogTest, JsonIsOneObjectALine) {
  EXPECT_EQ(FormatLogLine(LogFormat::kJson, "T", "info", "request",
                          {{"page", "T\u00e2n\n"}, {"status", 200}, {"ms", 1.5}, {"ok", false}}),
            "{\"time\":\"T\",\"level\":\"info\",\"event\":\"request\",\"page\":\"T\u00e2n\\n\","
            "\"status\":200,\"ms\":1.5,\"ok\":false}\n");
}

TEST(SeldomLogTest, OnceAMinuteWithHowManyWereLeftOut) {
  SeldomLog log;
  uint64_t unsaid = 7;
  EXPECT_TRUE(log.IsDue(1'000'000, &unsaid));
  EXPECT_EQ(unsaid, 0u);
  EXPECT_FALSE(log.IsDue(1'000'000, &unsaid));
  EXPECT_FALSE(log.IsDue(1'059'999, &unsaid));
  EXPECT_TRUE(log.IsDue(1'060'000, &unsaid));
  EXPECT_EQ(unsaid, 2u);
  EXPECT_TRUE(log.IsDue(9'000'000, &unsaid));
  EXPECT_EQ(unsaid, 0u);
}

}  // namespace
}  // namespace pagepulse
