#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "model/time_zone.h"
#include "query/query.h"
#include "query/spec_builder.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;

QuerySpec Words(std::string_view words) {
  auto spec = ParseQueryWords(words);
  EXPECT_TRUE(spec.ok()) << words << ": " << spec.status();
  return spec.value_or(QuerySpec());
}

std::string WordsError(std::string_view words) {
  auto spec = ParseQueryWords(words);
  return spec.ok() ? "ok" : ErrorCode(spec.status());
}

TEST(ParseQuery, EveryKeyOfTheLanguage) {
  const QuerySpec spec = Words(
      "page=a,b metrics=views,reactions.love by=time:day,post where=post=p1,post=p2 "
      "from=2025-07-01 to=2025-07-31T17:00:00Z order=-views,time limit=10 offset=20 "
      "tz=Asia/Saigon compare=weekday fill=null format=csv bom=1");
  EXPECT_THAT(spec.pages, ElementsAre("a", "b"));
  EXPECT_THAT(spec.metrics, ElementsAre("views", "reactions.love"));
  EXPECT_THAT(spec.by, ElementsAre(Grouping::kTime, Grouping::kPost));
  EXPECT_EQ(spec.step, Step::kDay);
  EXPECT_THAT(spec.posts, ElementsAre("p1", "p2"));
  EXPECT_EQ(*spec.from, (TimeBound{.is_day = true, .day = absl::CivilDay(2025, 7, 1)}));
  EXPECT_EQ(*spec.to, TimeBound{.minute = 1753981200 / 60});
  EXPECT_THAT(spec.order, ElementsAre(OrderTerm{"views", true}, OrderTerm{"time", false}));
  EXPECT_EQ(spec.limit, 10);
  EXPECT_EQ(spec.offset, 20);
  EXPECT_EQ(spec.tz, "Asia/Saigon");
  EXPECT_EQ(spec.compare, Compare::kWeekday);
  EXPECT_EQ(spec.fill, Fill::kNull);
  EXPECT_EQ(spec.format, OutputFormat::kCsv);
  EXPECT_TRUE(spec.bom);
}

TEST(ParseQuery, TheThreeDoorsSayTheSame) {
  const QuerySpec words =
      Words("page=a,b metrics=views by=source where=source=zalo,facebook last=24h");
  const auto params = ParseQueryParams({{"page", "a"},
                                        {"page", "b"},
                                        {"metrics", "views"},
                                        {"by", "source"},
                                        {"where", "source=zalo"},
                                        {"where", "source=facebook"},
                                        {"last", "24h"}});
  const auto json = ParseQueryJson(
      R"({"page":["a","b"],"metrics":"views","by":["source"],
          "where":{"source":["zalo","facebook"]},"last":"24h"})");
  ASSERT_TRUE(params.ok()) << params.status();
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(*params, words);
  EXPECT_EQ(*json, words);
}

TEST(ParseQuery, JsonHoldsNamesThatWordsCannot) {
  const auto spec = ParseQueryJson(
      R"( {"page":"Tân Định, Gắn kết","metrics":["views"],"from":1751302800,"to":1751389200000,
           "where":{"source":[null,"a,b"]},"limit":5,"bom":true} )");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_THAT(spec->pages, ElementsAre("Tân Định, Gắn kết"));
  EXPECT_THAT(spec->sources, ElementsAre("a,b"));
  EXPECT_TRUE(spec->no_source);
  EXPECT_EQ(spec->from->minute, 1751302800 / 60);
  EXPECT_EQ(spec->to->minute, 1751389200 / 60);
  EXPECT_EQ(spec->limit, 5);
  EXPECT_TRUE(spec->bom);
}

TEST(ParseQuery, RepeatsInListsCountOnce) {
  EXPECT_THAT(Words("page=a,a metrics=views,reach,views last=1d page=a").metrics,
              ElementsAre("views", "reach"));
  EXPECT_TRUE(Words("page=a,* metrics=views last=1d").pages.empty());
}

TEST(ParseQuery, TheSpecAsJsonReadsBack) {
  for (
      const char* words :
      {"page=* metrics=views last=90min",
       "page=a,b metrics=views,reach by=time:15min,page order=-reach,page limit=3 offset=9 last=7d",
       "page=a metrics=reactions by=reaction from=2025-07-01 to=2025-07-02 fill=none format=ndjson",
       "page=a metrics=views where=post=x,post=y from=2025-07-01T08:30+07:00 tz=Europe/Berlin",
       "page=a metrics=views compare=year last=30d bom=1 format=csv"}) {
    const QuerySpec spec = Words(words);
    const auto again = ParseQueryJson(QueryJson(spec));
    ASSERT_TRUE(again.ok()) << QueryJson(spec) << again.status();
    EXPECT_EQ(*again, spec) << QueryJson(spec);
  }
}

TEST(ParseQuery, MistakesHaveNames) {
  EXPECT_EQ(WordsError(""), "missing_key");
  EXPECT_EQ(WordsError("page=a metrics=views"), "missing_key");
  EXPECT_EQ(WordsError("page=a last=1d"), "missing_key");
  EXPECT_EQ(WordsError("metrics=views last=1d"), "missing_key");
  EXPECT_EQ(WordsError("page"), "bad_query");
  EXPECT_EQ(WordsError("page= metrics=views last=1d"), "empty_value");
  EXPECT_EQ(WordsError("page=a, metrics=views last=1d"), "empty_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d last=2d"), "duplicate_key");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d by=time:day,time:hour"), "duplicate_key");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d from=2025-01-01"), "bad_range");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d by=time"), "bad_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d by=post:day"), "bad_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d by=weekday"), "bad_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d limit=0"), "bad_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d limit=-1"), "bad_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d limit=99999999999999999999"), "bad_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d bom=yes"), "bad_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d order=reach"), "bad_order");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d where=facebook"), "bad_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d where=source="), "empty_value");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d where=page=b"), "unknown_key");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d where=post=p by=source"), "unsupported");
  EXPECT_EQ(WordsError("page=a metrics=views last=1d by=reaction"), "unsupported");
  EXPECT_EQ(WordsError("page=\xff metrics=views last=1d"), "bad_value");
  EXPECT_EQ(WordsError("page=" + std::string(129, 'a') + " metrics=views last=1d"), "bad_value");
}

TEST(ParseQuery, AnUnknownKeyNamesTheNearest) {
  const auto spec = ParseQueryWords("page=a metric=views last=1d");
  EXPECT_EQ(ErrorCode(spec.status()), "unknown_key");
  EXPECT_EQ(ErrorHint(spec.status()), "did you mean `metrics`?");
}

TEST(ParseQuery, JsonMistakes) {
  const auto error = [](std::string_view json) {
    auto spec = ParseQueryJson(json);
    return spec.ok() ? "ok" : ErrorCode(spec.status());
  };
  EXPECT_EQ(error(""), "bad_json");
  EXPECT_EQ(error("[]"), "bad_json");
  EXPECT_EQ(error("7"), "bad_json");
  EXPECT_EQ(error("{\"page\":\"a\""), "bad_json");
  EXPECT_EQ(error(R"({"page":"a","page":"b","metrics":"views","last":"1d"})"), "bad_json");
  EXPECT_EQ(error(R"({"page":"a"} x)"), "bad_json");
  EXPECT_EQ(error(R"({"page":[["a"]]})"), "bad_json");
  EXPECT_EQ(error(R"({"where":{"source":{"a":1}}})"), "bad_json");
  EXPECT_EQ(error("{\"page\":\"\xff\"}"), "bad_json");
  EXPECT_EQ(error(R"({"page":7})"), "bad_value");
  EXPECT_EQ(error(R"({"page":null})"), "bad_value");
  EXPECT_EQ(error(R"({"page":{}})"), "bad_value");
  EXPECT_EQ(error(R"({"page":[]})"), "empty_value");
  EXPECT_EQ(error(R"({"tz":["UTC"]})"), "bad_value");
  EXPECT_EQ(error(R"({"metrics":"views,reach"})"), "bad_value");
  EXPECT_EQ(error(R"({"where":"source=a"})"), "bad_value");
  EXPECT_EQ(error(R"({"where":{}})"), "empty_value");
  EXPECT_EQ(error(R"({"where":{"source":[]}})"), "empty_value");
  EXPECT_EQ(error(R"({"where":{"post":null}})"), "unsupported");
  EXPECT_EQ(error(R"({"limit":1.5})"), "bad_value");
}

TEST(ParseQuery, APlusThatAUrlTookForASpace) {
  const auto spec = ParseQueryParams(
      {{"page", "a"}, {"metrics", "views"}, {"from", "2025-07-01T00:00:00 07:00"}});
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->from->minute, 1751302800 / 60);
}

TEST(TimeText, Bounds) {
  const auto minute = [](std::string_view text) {
    auto bound = ParseTimeBound("from", text);
    return bound.ok() && !bound->is_day ? bound->minute : -1;
  };
  EXPECT_EQ(minute("0"), 0);
  EXPECT_EQ(minute("1751302800"), 29188380);
  EXPECT_EQ(minute("1751302800000"), 29188380);
  EXPECT_EQ(minute("2025-07-01T00:00:00+07:00"), 29188380);
  EXPECT_EQ(minute("2025-06-30T17:00:00Z"), 29188380);
  EXPECT_EQ(minute("2025-06-30T17:00:00.000Z"), 29188380);
  EXPECT_EQ(minute("2025-06-30T17:00Z"), 29188380);
  for (const char* bad :
       {"", "x", "2025-7-1", "2025-02-30", "2025-13-01", "20250701", "1969-12-31", "2200-01-01",
        "2025-07-01T00:00:00", "2025-07-01T00:00:01Z", "2025-07-01T00:00:00.5Z", "1751302801",
        "2025-07-01T25:00:00Z", "2025-07-01Z", "99999999999999999999", "infinite-future", "-5",
        "2025-07-01T00:00:00+99:00", " 2025-07-01"}) {
    EXPECT_FALSE(ParseTimeBound("from", bad).ok()) << bad;
  }
}

TEST(TimeText, Last) {
  EXPECT_EQ(*ParseLast("30d"), (Last{30, Last::Unit::kDay}));
  EXPECT_EQ(*ParseLast("24h"), (Last{24, Last::Unit::kHour}));
  EXPECT_EQ(*ParseLast("90min"), (Last{90, Last::Unit::kMinute}));
  for (const char* bad : {"", "d", "30", "0d", "-1d", "4w", "1.5h", "30 d", "30D", "999999999d",
                          "99999999999999999999d", "9m"}) {
    EXPECT_FALSE(ParseLast(bad).ok()) << bad;
  }
}

TEST(TimeText, Written) {
  EXPECT_EQ(FormatMinute(29188380, *LoadZone("Asia/Ho_Chi_Minh")), "2025-07-01T00:00:00+07:00");
  EXPECT_EQ(FormatMinute(29188380, *LoadZone("America/St_Johns")), "2025-06-30T14:30:00-02:30");
  EXPECT_EQ(FormatMinute(29188380, absl::UTCTimeZone()), "2025-06-30T17:00:00+00:00");
  EXPECT_EQ(FormatMinute(60, *LoadZone("Africa/Monrovia")), "1970-01-01T01:00:00+00:00");
  EXPECT_EQ(FormatMillis(1751302800123, *LoadZone("Asia/Kolkata")),
            "2025-06-30T22:30:00.123+05:30");
}

}  // namespace
}  // namespace pagepulse
