// Graph's insights, as docs/reported.md says they are read.

#include "base/error.h"
#include "tests/ingest/reports_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Parsed Parse(std::string_view json, const ImportOptions& import = InVietnam()) {
  return ParseReport(GraphInsights(), json, import);
}

std::string Insight(std::string_view name, std::string_view period, std::string_view values,
                    std::string_view object = "1001") {
  return fmt::format(R"({{"name":"{}","period":"{}","values":[{}],"id":"{}/insights/{}/{}"}})",
                     name, period, values, object, name, period);
}

TEST(GraphInsights, PeriodsEndAtMidnightInCaliforniaOrInTheZone) {
  const Parsed parsed =
      Parse(R"({"data":[)" +
            Insight("page_media_view", "day",
                    R"({"value":5,"end_time":"2026-03-08T08:00:00+0000"},)"  // winter there
                    R"({"value":6,"end_time":"2026-03-09T07:00:00+0000"},)"  // summer
                    R"({"value":7,"end_time":"2026-03-09T17:00:00+0000"})")  // midnight in Vietnam
            + "," +
            Insight("page_total_media_view_unique", "week",
                    R"({"value":50,"end_time":"2026-03-08T08:00:00+0000"})") +
            "," +
            Insight("page_total_media_view_unique", "days_28",
                    R"({"value":90.0,"end_time":"2026-03-08T08:00:00+0000"})") +
            R"(],"paging":{}})");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.figures(), ElementsAre("1001 - views 2026-03-07/1 5 2026-03-09T17:00:00Z",
                                            "1001 - views 2026-03-08/1 6 2026-03-09T17:00:00Z",
                                            "1001 - views 2026-03-09/1 7 2026-03-09T17:00:00Z",
                                            "1001 - reach 2026-03-07/7 50 2026-03-09T17:00:00Z",
                                            "1001 - reach 2026-03-07/28 90 2026-03-09T17:00:00Z"));
  EXPECT_EQ(Parsed::Utc(parsed.batch.figures[0].end_ms), "2026-03-08T08:00:00Z");
}

TEST(GraphInsights, FollowersAreATotalAtTheDaysEnd) {
  const Parsed parsed = Parse(
      Insight("page_follows", "day", R"({"value":900,"end_time":"2026-03-08T08:00:00+0000"})"));
  EXPECT_THAT(parsed.figures(), ElementsAre("1001 - followers total 900 2026-03-08T07:59:59.999Z"));
}

TEST(GraphInsights, WhatIsOfAPost) {
  const std::string post = Insight("post_media_view", "lifetime", R"({"value":8})", "1001_77");
  EXPECT_THAT(Parse(post, InVietnam("", "2026-03-01")).figures(),
              ElementsAre("1001 1001_77 views total 8 2026-02-28T17:00:00Z"));
  EXPECT_EQ(ErrorCode(Parse(post).status), "missing_exported");
  // A medium's id does not hold its page's.
  const std::string medium = Insight("reach", "lifetime", R"({"value":8})", "178");
  EXPECT_THAT(Parse(medium, InVietnam("ig", "2026-03-01")).figures(),
              ElementsAre("ig 178 reach total 8 2026-02-28T17:00:00Z"));
  EXPECT_THAT(Parse(medium, InVietnam("", "2026-03-01")).figures(),
              ElementsAre("178 - reach total 8 2026-02-28T17:00:00Z"));
  // A page's metric stays the page's, whatever the page is called here.
  const std::string page =
      Insight("page_media_view", "day", R"({"value":8,"end_time":"2026-03-08T08:00:00+0000"})");
  EXPECT_THAT(Parse(page, InVietnam("ward", "2026-04-01")).figures(),
              ElementsAre("ward - views 2026-03-07/1 8 2026-03-31T17:00:00Z"));
}

// Whichever comes first, and wherever the greater value is.
TEST(GraphInsights, TheNameThatGraphUsesNowHoldsBesideTheOneBefore) {
  const auto day = [](std::string_view name, int value, std::string_view end) {
    return Insight(name, "day", fmt::format(R"({{"value":{},"end_time":"{}"}})", value, end));
  };
  constexpr std::string_view kFirst = "2025-10-02T07:00:00+0000",
                             kSecond = "2025-10-03T07:00:00+0000";
  const Parsed parsed = Parse(
      "[" + day("page_impressions", 5000, kFirst) + "," + day("page_media_view", 1000, kFirst) +
      "," + day("page_follows", 900, kFirst) + "," + day("page_fans", 950, kFirst) + "," +
      day("page_fans", 951, kSecond) + "," + day("page_impressions", 40, kSecond) + "," +
      Insight("page_media_view", "day", R"({"value":{},"end_time":"2025-10-03T07:00:00+0000"})") +
      "," +
      Insight("page_impressions", "week", R"({"value":9,"end_time":"2025-10-02T07:00:00+0000"})") +
      "]");
  // The day after has only the old names with a number, and so has the week.
  EXPECT_THAT(parsed.figures(), ElementsAre("1001 - views 2025-10-01/1 1000 2025-10-03T07:00:00Z",
                                            "1001 - followers total 900 2025-10-02T06:59:59.999Z",
                                            "1001 - followers total 951 2025-10-03T06:59:59.999Z",
                                            "1001 - views 2025-10-02/1 40 2025-10-03T07:00:00Z",
                                            "1001 - views 2025-10-01/7 9 2025-10-03T07:00:00Z"));
  EXPECT_EQ(parsed.batch.ignored, 3u);
  const Parsed totals =
      Parse("[" + Insight("post_impressions", "lifetime", R"({"value":80})", "1001_77") + "," +
                Insight("post_media_view", "lifetime", R"({"value":8})", "1001_77") + "," +
                Insight("post_impressions", "lifetime", R"({"value":81})", "1001_78") + "]",
            InVietnam("", "2026-03-01"));
  EXPECT_THAT(totals.figures(), ElementsAre("1001 1001_77 views total 8 2026-02-28T17:00:00Z",
                                            "1001 1001_78 views total 81 2026-02-28T17:00:00Z"));
  EXPECT_EQ(totals.batch.ignored, 1u);
}

// Though the older name's are ignored where the newer one tells the same: what is over the limit
// may have been another's.
TEST(GraphInsights, MoreThanASubmissionMayHaveAreRefusedWhole) {
  std::string values;
  for (size_t i = 0; i < kMaxFigures; ++i) values += R"({"value":1},)";
  values.pop_back();
  const std::string all = Insight("post_media_view", "lifetime", R"({"value":8})", "1001_77") +
                          "," + Insight("post_impressions", "lifetime", values, "1001_77");
  EXPECT_EQ(ErrorCode(Parse("[" + all + "]", InVietnam("", "2026-03-01")).status),
            "too_many_figures");
}

TEST(GraphInsights, AnotherPageDoesNotCountForTheOneThatIsNamed) {
  const auto day = [](std::string_view object, int value) {
    return Insight("page_media_view", "day",
                   fmt::format(R"({{"value":{},"end_time":"2026-03-08T08:00:00+0000"}})", value),
                   object);
  };
  const std::string post = Insight("post_media_view", "lifetime", R"({"value":8})", "222_77");
  const std::string medium = Insight("reach", "lifetime", R"({"value":9})", "178");
  const std::string all =
      "[" + day("111", 1000) + "," + day("222", 7) + "," + post + "," + medium + "]";
  const Parsed one = Parse(all, InVietnam("ward", "2026-04-01"));
  EXPECT_THAT(one.figures(), ElementsAre("ward - views 2026-03-07/1 1000 2026-03-31T17:00:00Z",
                                         "ward 178 reach total 9 2026-03-31T17:00:00Z"));
  EXPECT_THAT(one.rejections(), ElementsAre("2 bad_page", "3 bad_page"));
  // Each its own, where none is named.
  EXPECT_EQ(Parse(all, InVietnam("", "2026-04-01")).figures().size(), 4u);
}

TEST(GraphInsights, OtherNamesStayTheirOwn) {
  const Parsed parsed = Parse(Insight("page_actions_post_reactions_love_total", "day",
                                      R"({"value":3,"end_time":"2026-03-08T08:00:00+0000"})"));
  EXPECT_THAT(parsed.figures(),
              ElementsAre("1001 - page_actions_post_reactions_love_total 2026-03-07/1 3 "
                          "2026-03-08T08:00:00Z"));
}

TEST(GraphInsights, WhatIsNoWholeNumberIsIgnoredAndWhatIsWrongRejected) {
  const Parsed parsed = Parse(Insight("page_media_view", "day",
                                      R"({"value":{"a":1},"end_time":"2026-03-08T08:00:00+0000"},)"
                                      R"({"value":1.5,"end_time":"2026-03-08T08:00:00+0000"},)"
                                      R"({"value":"1","end_time":"2026-03-08T08:00:00+0000"},)"
                                      R"({"value":1},)"
                                      R"({"end_time":"2026-03-08T08:00:00+0000"},)"
                                      R"({"value":-1,"end_time":"2026-03-08T08:00:00+0000"},)"
                                      R"({"value":1,"end_time":"yesterday"},)"
                                      R"(7)"));
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.figures(), IsEmpty());
  EXPECT_EQ(parsed.batch.ignored, 6u);
  EXPECT_THAT(parsed.rejections(), ElementsAre("6 bad_value", "7 bad_day"));
  const Parsed month = Parse(
      Insight("page_media_view", "month", R"({"value":1,"end_time":"2026-03-08T08:00:00+0000"})"));
  EXPECT_EQ(month.batch.ignored, 1u);
}

TEST(GraphInsights, WhatHoldsNoInsightsIsRefused) {
  EXPECT_TRUE(Parse(R"({"data":[]})").status.ok());
  for (const std::string_view json :
       {"{}", "[1]", R"({"data":[{"id":"1","message":"x"}]})", R"({"name":"x"})", "7"}) {
    EXPECT_EQ(ErrorCode(Parse(json).status), "no_insights") << json;
  }
  for (const std::string_view json : {"", "{", "a,b\n"}) {
    EXPECT_EQ(ErrorCode(Parse(json).status), "bad_json") << json;
  }
}

TEST(GraphTable, ARowADay) {
  constexpr std::string_view kFile =
      "date,page_id,_fivetran_synced,page_impressions,page_media_view,page_fans,page_odd,other\n"
      "2020-04-10 07:00:00 UTC,1001,2021-09-09 15:05:33.416 UTC,9,1.0,256,,x\n"
      "2020-04-11 07:00:00 UTC,1001,,8,,,4,x\n"
      "2020-04-12,1001,,8,,,4,x\n"
      "2020-04-13 07:00:00 UTC,1001,,1.5,,,4,x\n"
      "2020-04-13 07:00:00 UTC,1001\n";
  const Parsed parsed = ParseReport(GraphTable(), kFile, InVietnam());
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.figures(), ElementsAre("1001 - views 2020-04-09/1 1 2021-09-09T15:05:33.416Z",
                                            "1001 - followers total 256 2020-04-10T06:59:59.999Z",
                                            "1001 - views 2020-04-10/1 8 2020-04-11T07:00:00Z",
                                            "1001 - page_odd 2020-04-10/1 4 2020-04-11T07:00:00Z",
                                            "1001 - page_odd 2020-04-12/1 4 2020-04-13T07:00:00Z"));
  EXPECT_THAT(parsed.rejections(), ElementsAre("4 bad_day", "5 bad_value", "6 bad_row"));
}

TEST(GraphTable, AnotherPageDoesNotCountForTheOneThatIsNamed) {
  constexpr std::string_view kPages =
      "date,page_id,page_media_view\n"
      "2025-10-02 07:00:00 UTC,111,1000\n"
      "2025-10-02 07:00:00 UTC,222,7\n";
  const Parsed pages = ParseReport(GraphTable(), kPages, InVietnam("ward"));
  EXPECT_THAT(pages.figures(), ElementsAre("ward - views 2025-10-01/1 1000 2025-10-02T07:00:00Z"));
  EXPECT_THAT(pages.rejections(), ElementsAre("3 bad_page"));
  EXPECT_EQ(ParseReport(GraphTable(), kPages, InVietnam()).figures().size(), 2u);
  constexpr std::string_view kPosts =
      "date,post_id,post_media_view\n"
      "2025-10-02 07:00:00 UTC,111_5,1\n"
      "2025-10-02 07:00:00 UTC,222_5,2\n"
      "2025-10-02 07:00:00 UTC,178,3\n";  // does not say whose it is
  const Parsed posts = ParseReport(GraphTable(), kPosts, InVietnam("ward"));
  EXPECT_THAT(posts.figures(), ElementsAre("ward 111_5 views total 1 2025-10-02T06:59:59.999Z",
                                           "ward 178 views total 3 2025-10-02T06:59:59.999Z"));
  EXPECT_THAT(posts.rejections(), ElementsAre("3 bad_page"));
}

TEST(GraphTable, PostsAndWhatIsNoTable) {
  const Parsed parsed = ParseReport(GraphTable(),
                                    "date;post_id;post_impressions\n"
                                    "2020-04-10 07:00:00 UTC;1001_7;9\n"
                                    "2020-04-10 07:00:00 UTC;1,5E+17;9\n",
                                    InVietnam());
  EXPECT_THAT(parsed.figures(), ElementsAre("1001 1001_7 views total 9 2020-04-10T06:59:59.999Z"));
  EXPECT_THAT(parsed.rejections(), ElementsAre("3 ruined_id"));
  for (const std::string_view text : {"", "date,page_id\n", "date,page_x\n", "page_id,page_x\n",
                                      "date,page_id,post_id,page_x\n"}) {
    EXPECT_EQ(ErrorCode(ParseReport(GraphTable(), text, InVietnam()).status), "not_a_table")
        << text;
  }
}

}  // namespace
}  // namespace pagepulse
