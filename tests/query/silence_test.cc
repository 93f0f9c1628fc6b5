// That a feed may have stopped is said of its page and metric, and not where few are missing. The
// expectations are written by hand from docs/reported.md, "Reconciling".

#include "query/silence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/query/reports_testing.h"

namespace pagepulse::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

class SilenceTest : public ReportsTest {
 protected:
  // The alarms alone.
  std::vector<std::string> Alarms(const std::string& words) {
    absl::StatusOr<QuerySpec> spec = ParseReconcileWords(words + " " + kTenDays);
    EXPECT_TRUE(spec.ok()) << spec.status();
    QueryResult result = Run(WithReports(*std::move(spec)));
    AddDifferences(&result);
    std::vector<std::string> alarms;
    for (const std::string& warning : result.warnings) {
      if (warning.find("did the feed stop?") != std::string::npos) alarms.push_back(warning);
    }
    return alarms;
  }
  // Of a page, day by day: ours and theirs; -1: not reported.
  void Days(uint32_t page, const std::string& report, CounterId counter,
            const std::vector<std::array<int64_t, 2>>& days) {
    for (size_t i = 0; i < days.size(); ++i) {
      if (days[i][0] > 0) Ours(page, counter, static_cast<int>(i + 1), days[i][0]);
      if (days[i][1] >= 0) OfDays(page, report, static_cast<int>(i + 1), days[i][1]);
    }
  }
};

TEST_F(SilenceTest, NamesThePageAndTheMetricAndItsDays) {
  Days(1, "views", kViews, {{100, 110}, {0, 90}, {0, 95}, {80, 85}});
  Days(2, "comments", kComments, {{3, 3}, {0, 300}});
  EXPECT_THAT(Alarms("page=a metrics=views"),
              ElementsAre("views of page `a`: nothing was counted in 2 of the buckets in which the "
                          "platform reports some, the first 2025-07-02T00:00:00+07:00, the last "
                          "2025-07-03T00:00:00+07:00: did the feed stop?"));
  // Of several pages that one first of which the most is missing, whatever the order of the rows.
  EXPECT_THAT(Alarms("page=* metrics=views,comments by=page,time:day order=-time"),
              ElementsAre(StartsWith("comments of page `b`: nothing was counted in 1 of"),
                          StartsWith("views of page `a`: nothing was counted in 2 of")));
}

TEST_F(SilenceTest, AFewThatAreMissingNowAndThenAreNoAlarm) {
  Days(1, "follows", kFollows, {{0, 1}, {0, 2}, {1, 2}, {0, 2}, {0, 2}, {1, 1}, {0, 2}, {0, 2}});
  EXPECT_THAT(Alarms("page=a metrics=follows"), ElementsAre());
  // Nine are none, ten are one; a day without a report, or of nothing, ends no silence, but one of
  // which we counted some does.
  Days(1, "views", kViews, {{0, 4}, {0, -1}, {0, 5}, {7, -1}, {0, 9}, {7, 7}});
  Days(1, "shares", kShares, {{0, 4}, {0, -1}, {0, 0}, {0, 6}, {7, 7}, {0, 9}});
  EXPECT_THAT(
      Alarms("page=a metrics=views,shares"),
      ElementsAre(StartsWith("shares of page `a`: nothing was counted in 2 of the buckets in "
                             "which the platform reports some, the first 2025-07-01T00:00:00+07:00,"
                             " the last 2025-07-04T")));
}

TEST_F(SilenceTest, WhatIsNoCountOfOursIsNotSilent) {
  cut_.platforms[1] = AuthorityBit(AuthorityMetric::kViews);
  for (const char* report : {"views", "reach"}) {
    for (const uint32_t page : {1, 2}) OfDays(page, report, 5, 400);
  }
  EXPECT_THAT(Alarms("page=a metrics=views,reach"), ElementsAre());
  EXPECT_THAT(Alarms("page=a,b metrics=views,reach by=page,time:day"),
              ElementsAre(StartsWith("views of page `b`"), StartsWith("reach of page `b`")));
}

}  // namespace
}  // namespace pagepulse::testing
