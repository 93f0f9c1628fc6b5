// Where there is no event of ours but a report, the answer says so, and what to do. The
// expectations are written by hand from docs/reported.md, "Authority".

#include "query/only_reported.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/reports_testing.h"

namespace pagepulse::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using OnlyReportedTest = ReportsTest;

TEST_F(OnlyReportedTest, TotalsSayTheKeyUnderWhichTheyWouldCount) {
  Total(1, "views", 1, 5);
  Total(1, "reactions", 1, 5);
  Total(1, "comments", 1, 11);  // behind the range
  Total(1, "followers", 0, 5);
  const std::string answer =
      Ask("page=a metrics=views,reach,interactions,follows,messages,engagement_rate by=time:day");
  EXPECT_THAT(answer,
              HasSubstr(R"("only_reported":[{"page":"a","metric":"views","authority":["views"]},)"
                        R"({"page":"a","metric":"interactions","authority":["reactions"]},)"
                        R"({"page":"a","metric":"follows","authority":["follows"]}])"));
  EXPECT_THAT(answer,
              HasSubstr(R"(views: no event of this range, but reports of the platform, on page )"
                        R"(`a`; to count what its totals grow, where no event of ours ever was: )"
                        R"([pages.\"a\".authority] views = \"platform\")"));
  // Whose they are already, and another page.
  cut_.platforms[1] = AuthorityBit(AuthorityMetric::kViews);
  EXPECT_THAT(Ask("page=a metrics=views,reach"), Not(HasSubstr("only_reported")));
  EXPECT_THAT(Ask("page=b metrics=views,reach"), Not(HasSubstr("only_reported")));
}

TEST_F(OnlyReportedTest, DaysAreShownAndNeverCounted) {
  OfDays(1, "views", 10);
  OfDays(1, "reach", 11);
  const std::string answer = Ask("page=a metrics=views,reach");
  EXPECT_THAT(answer,
              HasSubstr(R"("only_reported":[{"page":"a","metric":"views","authority":[]}])"));
  EXPECT_THAT(answer, HasSubstr("on page `a`; by=time:day shows reported.views"));
  EXPECT_THAT(Ask("page=a metrics=reach", "from=2025-07-11 to=2025-07-11"),
              HasSubstr(R"({"page":"a","metric":"reach","authority":[]})"));
  EXPECT_THAT(Ask("page=a metrics=views", "from=2025-07-09 to=2025-07-09"),
              Not(HasSubstr("only_reported")));
}

TEST_F(OnlyReportedTest, AnEventOfOursIsEnoughEvenIfItNetsToNothing) {
  Total(1, "views", 1, 5);
  Total(1, "comments", 1, 5);
  Ours(1, kComments, 1);
  Ours(1, kComments + 1, 2);
  EXPECT_THAT(
      Ask("page=a metrics=views,comments"),
      HasSubstr(R"("only_reported":[{"page":"a","metric":"views","authority":["views"]}])"));
  // The events are of another day than the reports.
  EXPECT_THAT(Ask("page=a metrics=comments", "from=2025-07-05 to=2025-07-05"),
              HasSubstr(R"("metric":"comments")"));
}

TEST_F(OnlyReportedTest, OfSeveralPagesEachIsToldWhereTheyAreToldApart) {
  Total(1, "views", 1, 5);
  Total(2, "views", 1, 5);
  EXPECT_THAT(Ask("page=* metrics=views"), HasSubstr("on page `a` and 1 more; to count"));
  Ours(2, kViews, 1);
  EXPECT_THAT(
      Ask("page=* metrics=views by=page"),
      HasSubstr(R"("only_reported":[{"page":"a","metric":"views","authority":["views"]}])"));
  EXPECT_THAT(Ask("page=* metrics=views"), Not(HasSubstr("only_reported")));
  // Of posts and of less than a day it is not asked.
  EXPECT_THAT(Ask("page=a metrics=views by=post"), Not(HasSubstr("only_reported")));
  EXPECT_THAT(
      Ask("page=a metrics=views", "from=2025-07-05T00:00:00+07:00 to=2025-07-05T01:00:00+07:00"),
      Not(HasSubstr("only_reported")));
}

}  // namespace
}  // namespace pagepulse::testing
