// Buckets and ranges where civil time is hardest, against times written by hand.

#include "query/time_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "model/time_zone.h"
#include "query/planner.h"
#include "query/query.h"
#include "query/time_text.h"
#include "tests/query/fake_source.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

int64_t Minute(std::string_view rfc3339) { return ParseTimeBound("t", rfc3339)->minute; }

class TimeRangeTest : public ::testing::Test {
 protected:
  absl::StatusOr<TimeRange> Resolve(std::string_view words) {
    auto spec = ParseQueryWords("page=a metrics=views " + std::string(words));
    EXPECT_TRUE(spec.ok()) << spec.status();
    zone_ = *LoadZone(spec->tz);
    compare_ = spec->compare;
    step_ = spec->step;
    warnings_.clear();
    return ResolveRange(*spec, zone_, now_ms_, KeptRows(scope_, cut_), &warnings_);
  }
  std::string Text(int64_t minute) const { return FormatMinute(minute, zone_); }
  // The labels of the buckets of a query.
  std::vector<std::string> Labels(std::string_view words) {
    const TimeRange range = *Resolve(words);
    buckets_ = *MakeBuckets(step_, range, now_ms_);
    other_ = ShiftBuckets(buckets_, range, compare_, KeptRows(scope_, cut_));
    std::vector<std::string> labels;
    for (const int64_t label : buckets_.labels) labels.push_back(Text(label));
    return labels;
  }
  std::vector<int64_t> Lengths(const Buckets& buckets) const {
    std::vector<int64_t> lengths;
    for (size_t i = 0; i < buckets.size(); ++i) {
      lengths.push_back(buckets.edges[i + 1] - buckets.edges[i]);
    }
    return lengths;
  }
  std::vector<std::string> OtherEdges() const {
    std::vector<std::string> texts;
    for (const int64_t edge : other_.edges) texts.push_back(Text(edge));
    return texts;
  }

  FakeCatalog catalog_;
  FakeCut cut_{catalog_};
  Scope scope_ = Scope::kPage;
  int64_t now_ms_ = Minute("2026-01-15T05:37:00Z") * 60'000 + 12'345;
  absl::TimeZone zone_;
  Step step_ = Step::kTotal;
  Compare compare_ = Compare::kNone;
  std::vector<std::string> warnings_;
  Buckets buckets_, other_;
};

TEST_F(TimeRangeTest, RepeatedHourIsTwoRows) {
  EXPECT_THAT(Labels("by=time:hour tz=Europe/Berlin from=2025-10-26T01:00:00+02:00 "
                     "to=2025-10-26T04:00:00+01:00"),
              ElementsAre("2025-10-26T01:00:00+02:00", "2025-10-26T02:00:00+02:00",
                          "2025-10-26T02:00:00+01:00", "2025-10-26T03:00:00+01:00"));
  EXPECT_THAT(Labels("by=time:hour tz=Europe/Berlin from=2025-03-30T01:00:00+01:00 "
                     "to=2025-03-30T04:00:00+02:00"),
              ElementsAre("2025-03-30T01:00:00+01:00", "2025-03-30T03:00:00+02:00"));
}

TEST_F(TimeRangeTest, HalfAnHourRepeated) {
  EXPECT_THAT(Labels("by=time:hour tz=Australia/Lord_Howe from=2025-04-06T01:00:00+11:00 "
                     "to=2025-04-06T03:00:00+10:30"),
              ElementsAre("2025-04-06T01:00:00+11:00", "2025-04-06T01:30:00+10:30",
                          "2025-04-06T02:00:00+10:30"));
  EXPECT_THAT(Lengths(buckets_), ElementsAre(60, 30, 60));
  EXPECT_THAT(Labels("by=time:hour tz=Australia/Lord_Howe from=2025-10-05T01:00:00+10:30 "
                     "to=2025-10-05T04:00:00+11:00"),
              ElementsAre("2025-10-05T01:00:00+10:30", "2025-10-05T02:30:00+11:00",
                          "2025-10-05T03:00:00+11:00"));
  EXPECT_THAT(Lengths(buckets_), ElementsAre(60, 30, 60));
}

TEST_F(TimeRangeTest, MidnightSkippedAndRepeated) {
  EXPECT_THAT(Labels("by=time:day tz=America/Havana from=2025-03-08 to=2025-03-10"),
              ElementsAre("2025-03-08T00:00:00-05:00", "2025-03-09T01:00:00-04:00",
                          "2025-03-10T00:00:00-04:00"));
  EXPECT_THAT(Lengths(buckets_), ElementsAre(1440, 1380, 1440));
  EXPECT_THAT(Labels("by=time:day tz=America/Havana from=2025-11-01 to=2025-11-03"),
              ElementsAre("2025-11-01T00:00:00-04:00", "2025-11-02T00:00:00-04:00",
                          "2025-11-03T00:00:00-05:00"));
  EXPECT_THAT(Lengths(buckets_), ElementsAre(1440, 1500, 1440));
}

TEST_F(TimeRangeTest, ADayThatNeverWas) {
  EXPECT_THAT(Labels("by=time:day tz=Pacific/Apia from=2011-12-29 to=2012-01-01"),
              ElementsAre("2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00",
                          "2012-01-01T00:00:00+14:00"));
  const absl::StatusOr<TimeRange> empty = Resolve("tz=Pacific/Apia from=2011-12-30 to=2011-12-30");
  EXPECT_EQ(ErrorCode(empty.status()), "bad_range");
}

TEST_F(TimeRangeTest, WeeksMonthsYears) {
  EXPECT_THAT(Labels("by=time:week tz=Asia/Kolkata from=2025-07-02 to=2025-07-15"),
              ElementsAre("2025-06-30T00:00:00+05:30", "2025-07-07T00:00:00+05:30",
                          "2025-07-14T00:00:00+05:30"));
  EXPECT_THAT(Lengths(buckets_), ElementsAre(5 * 1440, 7 * 1440, 2 * 1440));
  EXPECT_THAT(buckets_.partial, ElementsAre(true, false, true));
  EXPECT_THAT(Labels("by=time:month tz=Asia/Kolkata from=2025-01-15 to=2025-03-31"),
              ElementsAre("2025-01-01T00:00:00+05:30", "2025-02-01T00:00:00+05:30",
                          "2025-03-01T00:00:00+05:30"));
  EXPECT_THAT(buckets_.partial, ElementsAre(true, false, false));
  EXPECT_THAT(Labels("by=time:year tz=UTC from=2024-01-01 to=2025-12-31"),
              ElementsAre("2024-01-01T00:00:00+00:00", "2025-01-01T00:00:00+00:00"));
  EXPECT_THAT(Labels("by=time:total tz=UTC from=2024-01-05 to=2025-12-31"),
              ElementsAre("2024-01-05T00:00:00+00:00"));
  EXPECT_THAT(buckets_.partial, ElementsAre(false));
}

TEST_F(TimeRangeTest, UntilNow) {
  TimeRange range = *Resolve("tz=Asia/Ho_Chi_Minh last=30d");
  EXPECT_EQ(Text(range.from), "2025-12-17T00:00:00+07:00");
  EXPECT_EQ(Text(range.to), "2026-01-15T12:38:00+07:00");
  EXPECT_EQ(range.days, 30);
  range = *Resolve("tz=Asia/Ho_Chi_Minh last=90min");
  EXPECT_EQ(Text(range.from), "2026-01-15T11:08:00+07:00");
  EXPECT_EQ(Text(range.to), "2026-01-15T12:38:00+07:00");
  EXPECT_EQ(ErrorCode(Resolve("tz=UTC from=2026-01-16").status()), "bad_range");

  // A full minute has begun, so it is in.
  now_ms_ = Minute("2026-01-15T05:37:00Z") * 60'000;
  EXPECT_EQ(Text(Resolve("tz=UTC last=1d")->to), "2026-01-15T05:38:00+00:00");
}

TEST_F(TimeRangeTest, UntilNowWhereMinutesAreNotKept) {
  scope_ = Scope::kPost;
  const TimeRange range = *Resolve("tz=UTC last=24h");
  EXPECT_EQ(Text(range.from), "2026-01-14T05:30:00+00:00");
  EXPECT_EQ(Text(range.to), "2026-01-15T05:45:00+00:00");
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("2026-01-14T05:30:00+00:00"), std::string::npos);
}

TEST_F(TimeRangeTest, FutureBucketsArePartial) {
  Labels("by=time:day tz=UTC from=2026-01-14 to=2026-01-17");
  EXPECT_THAT(buckets_.partial, ElementsAre(false, true, true, true));
}

TEST_F(TimeRangeTest, ComparePrevious) {
  Labels("by=time:day tz=Europe/Berlin from=2025-10-26 to=2025-10-27 compare=previous");
  EXPECT_THAT(OtherEdges(), ElementsAre("2025-10-24T00:00:00+02:00", "2025-10-25T00:00:00+02:00",
                                        "2025-10-26T00:00:00+02:00"));
  // Cut at the same hour.
  Labels("tz=UTC last=7d compare=previous");
  EXPECT_THAT(OtherEdges(), ElementsAre("2026-01-02T00:00:00+00:00", "2026-01-08T05:38:00+00:00"));
  // Where no minutes are left, at the end of that quarter.
  cut_.horizon[static_cast<int>(Level::kMinute)] = Minute("2026-01-14T00:00:00Z");
  Labels("tz=UTC last=7d compare=previous");
  EXPECT_THAT(OtherEdges(), ElementsAre("2026-01-02T00:00:00+00:00", "2026-01-08T05:45:00+00:00"));
  // As long before, where no day begins.
  Labels("tz=UTC last=90min compare=previous");
  EXPECT_THAT(OtherEdges(), ElementsAre("2026-01-15T02:38:00+00:00", "2026-01-15T04:08:00+00:00"));
}

TEST_F(TimeRangeTest, CompareYearAndWeekday) {
  Labels("by=time:day tz=UTC from=2024-02-28 to=2024-03-01 compare=year");
  EXPECT_THAT(OtherEdges(), ElementsAre("2023-02-28T00:00:00+00:00", "2023-03-01T00:00:00+00:00",
                                        "2023-03-01T00:00:00+00:00", "2023-03-02T00:00:00+00:00"));
  Labels("by=time:month tz=America/Havana from=2025-03-09 to=2025-04-30 compare=year");
  EXPECT_THAT(OtherEdges(), ElementsAre("2024-03-09T00:00:00-05:00", "2024-04-01T00:00:00-04:00",
                                        "2024-05-01T00:00:00-04:00"));
  Labels("by=time:week tz=UTC from=2025-12-29 to=2026-01-04 compare=weekday");
  EXPECT_THAT(OtherEdges(), ElementsAre("2024-12-30T00:00:00+00:00", "2025-01-06T00:00:00+00:00"));
}

TEST_F(TimeRangeTest, TooManyBuckets) {
  const TimeRange range = *Resolve("by=time:minute tz=UTC from=1970-01-01 to=2199-12-31");
  EXPECT_EQ(ErrorCode(MakeBuckets(Step::kMinute, range, now_ms_).status()), "too_large");
}

// --- The plan: which rows, and that every minute is in exactly one cell.

class PlannerTest : public TimeRangeTest {
 protected:
  absl::StatusOr<Plan> PlanOf(std::string_view words, std::string_view page_zone) {
    const TimeRange range = *Resolve(words);
    buckets_ = *MakeBuckets(step_, range, now_ms_);
    return MakePlan(buckets_.edges, *LoadZone(page_zone), KeptRows(scope_, cut_), zone_);
  }
  // "month 1, quarter 24": levels and their cells.
  static std::string Shape(const Plan& plan) {
    static constexpr const char* kNames[] = {"", "minute", "quarter", "day", "month"};
    std::string text;
    for (const LevelPlan& level : plan) {
      int64_t cells = 0;
      for (const Segment& segment : level.segments) cells += segment.last - segment.first;
      if (!text.empty()) text += ", ";
      text += std::string(kNames[static_cast<int>(level.level)]) + " " + std::to_string(cells);
    }
    return text;
  }
};

TEST_F(PlannerTest, CoarsestRowsThatFit) {
  EXPECT_EQ(Shape(*PlanOf("tz=Asia/Ho_Chi_Minh from=2025-07-01 to=2025-12-18", "Asia/Ho_Chi_Minh")),
            "month 5, day 18");
  EXPECT_EQ(Shape(*PlanOf("tz=Asia/Ho_Chi_Minh from=2025-07-01 to=2025-12-18 by=time:day",
                          "Asia/Ho_Chi_Minh")),
            "day 171");
  EXPECT_EQ(Shape(*PlanOf("tz=Asia/Kolkata from=2025-07-01 to=2025-07-31", "Asia/Kolkata")),
            "month 1");
  // Days of Hanoi within a month of Kolkata: its edges are 90 minutes later.
  EXPECT_EQ(Shape(*PlanOf("tz=Asia/Kolkata from=2025-07-01 to=2025-07-31", "Asia/Ho_Chi_Minh")),
            "day 30, quarter 96");
  EXPECT_EQ(Shape(*PlanOf("tz=UTC from=2025-07-01T00:07:00Z to=2025-07-01T02:20:00Z", "UTC")),
            "quarter 8, minute 13");
}

TEST_F(PlannerTest, FewScans) {
  const Plan plan =
      *PlanOf("tz=Asia/Ho_Chi_Minh from=2025-07-01 to=2025-12-18 by=time:day", "Asia/Ho_Chi_Minh");
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan[0].periods.size(), 1u);
}

// Every minute of the range is in one cell, and that in the bucket it belongs to.
void ExpectEveryMinuteOnce(const Plan& plan, const Buckets& buckets, const absl::TimeZone& zone,
                           const std::string& words) {
  const auto start_of = [&](Level level, int64_t cell) {
    switch (level) {
      case Level::kMonth:
        return DayStartMinute(zone, absl::CivilDay(CivilMonthOf(cell)));
      case Level::kDay:
        return DayStartMinute(zone, CivilDayOf(cell));
      case Level::kQuarter:
        return cell * 15;
      case Level::kMinute:
        break;
    }
    return cell;
  };
  std::vector<int> times(static_cast<size_t>(buckets.edges.back() - buckets.edges.front()));
  for (const LevelPlan& level : plan) {
    for (const Segment& s : level.segments) {
      const int64_t first = start_of(level.level, s.first), last = start_of(level.level, s.last);
      ASSERT_GE(first, buckets.edges[s.bucket]) << words;
      ASSERT_LE(last, buckets.edges[s.bucket + 1]) << words;
      for (int64_t m = first; m < last; ++m) ++times[m - buckets.edges.front()];
    }
  }
  EXPECT_TRUE(std::all_of(times.begin(), times.end(), [](int n) { return n == 1; })) << words;
}

TEST_F(PlannerTest, EveryMinuteOnce) {
  for (const char* zone : {"Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata",
                           "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham"}) {
    for (const char* page_zone :
         {"Europe/Berlin", "Asia/Ho_Chi_Minh", "Asia/Kathmandu", "Pacific/Chatham"}) {
      for (const char* step : {"15min", "hour", "day", "week", "month", "total"}) {
        const std::string words =
            std::string("from=2025-03-01 to=2025-04-10 by=time:") + step + " tz=" + zone;
        for (const Scope scope : {Scope::kPage, Scope::kPost}) {
          scope_ = scope;
          const auto plan = PlanOf(words, page_zone);
          ASSERT_TRUE(plan.ok()) << words << plan.status();
          ExpectEveryMinuteOnce(*plan, buckets_, *LoadZone(page_zone), words);
          // Not even at the edges: the offsets are quarters of an hour, and so are the changes.
          for (const LevelPlan& level : *plan) EXPECT_NE(level.level, Level::kMinute) << words;
        }
      }
    }
  }
}

// Zones whose days began between two quarters: the day rows cover such days, and minutes what
// quarters cannot, where they are kept.
TEST_F(PlannerTest, DaysThatBeginWithinAQuarter) {
  const std::string days = "from=1975-03-10 to=1975-05-20 by=time:day tz=";
  for (const Scope scope : {Scope::kPage, Scope::kPost}) {
    scope_ = scope;
    for (const char* zone : {"Pacific/Kiritimati", "Asia/Kolkata"}) {  // -10:40, +05:30
      EXPECT_EQ(Shape(*PlanOf(days + zone, zone)), "day 72");
      ExpectEveryMinuteOnce(*PlanOf(days + zone, zone), buckets_, *LoadZone(zone), days + zone);
    }
    EXPECT_EQ(
        Shape(*PlanOf("from=1975-03-01 to=1975-05-31 tz=Pacific/Kiritimati", "Pacific/Kiritimati")),
        "month 3");
  }
  scope_ = Scope::kPage;
  ASSERT_EQ(Shape(*PlanOf(days + "Pacific/Kiritimati", "UTC")), "quarter 6840, minute 1080");
  ExpectEveryMinuteOnce(*PlanOf(days + "Pacific/Kiritimati", "UTC"), buckets_, *LoadZone("UTC"),
                        days);
  ASSERT_EQ(Shape(*PlanOf("from=1975-03-10 to=1975-03-19 tz=UTC", "Pacific/Kiritimati")),
            "day 9, quarter 95, minute 15");
  ExpectEveryMinuteOnce(*PlanOf("from=1975-03-10 to=1975-03-19 tz=UTC", "Pacific/Kiritimati"),
                        buckets_, *LoadZone("Pacific/Kiritimati"), "days of UTC");
  scope_ = Scope::kPost;
  EXPECT_EQ(ErrorCode(PlanOf(days + "Pacific/Kiritimati", "UTC").status()), "too_fine");
}

TEST_F(PlannerTest, RefusesWhatIsNotKept) {
  cut_.horizon[static_cast<int>(Level::kMinute)] = Minute("2025-07-10T00:00:00Z");
  auto plan = PlanOf("tz=UTC from=2025-07-01T00:07:00Z to=2025-07-20T00:00:00Z", "UTC");
  EXPECT_EQ(ErrorCode(plan.status()), "too_fine");
  EXPECT_NE(plan.status().message().find("15min"), absl::string_view::npos) << plan.status();
  EXPECT_TRUE(PlanOf("tz=UTC from=2025-07-01T00:15:00Z to=2025-07-20T00:07:00Z", "UTC").ok());

  cut_.horizon[static_cast<int>(Level::kQuarter)] = Minute("2025-07-10T00:00:00Z");
  plan = PlanOf("tz=UTC from=2025-07-01T00:15:00Z to=2025-07-20T00:00:00Z", "UTC");
  EXPECT_EQ(ErrorCode(plan.status()), "too_fine");
  EXPECT_NE(plan.status().message().find("day of the page's own zone"), absl::string_view::npos)
      << plan.status();

  EXPECT_FALSE(PlanOf("tz=Asia/Ho_Chi_Minh from=2025-07-01 to=2025-07-20", "UTC").ok());
  EXPECT_EQ(Shape(*PlanOf("tz=UTC from=2025-07-01 to=2025-07-31", "UTC")), "month 1");
  EXPECT_EQ(Shape(*PlanOf("tz=UTC from=2025-06-30 to=2025-07-31", "UTC")), "month 1, day 1");

  scope_ = Scope::kPost;
  plan = PlanOf("tz=UTC from=2025-07-18T00:07:00Z to=2025-07-20T00:00:00Z", "UTC");
  EXPECT_EQ(ErrorCode(plan.status()), "too_fine");
  EXPECT_NE(plan.status().message().find("posts and sources"), absl::string_view::npos);
}

}  // namespace
}  // namespace pagepulse
