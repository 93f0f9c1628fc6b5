// What an answer says of its reported figures beside their values: which of them are totals, of
// which days there are any. The values themselves are in tests/engine/figures_test.cc. The
// expectations are written by hand from docs/reported.md, "Asking".

#include "query/reported.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/query/reports_testing.h"

namespace pagepulse::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ReportedTest = ReportsTest;

TEST_F(ReportedTest, TotalsAmongFiguresOfDaysAreMarked) {
  Total(1, "views", 0, 2, 5000);
  OfDays(1, "views", 3, 40);
  OfDays(1, "views", 4, 50);
  const std::string range = "from=2025-07-01 to=2025-07-05";
  const std::string days = Ask("page=a metrics=reported.views by=time:day", range);
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-07-02T00:00:00+07:00","reported.views":5000},
{"time":"2025-07-03T00:00:00+07:00","reported.views":40},
{"time":"2025-07-04T00:00:00+07:00","reported.views":50},
{"time":"2025-07-05T00:00:00+07:00","reported.views":5000}])"));
  EXPECT_THAT(days, HasSubstr(R"("totals":{"reported.views":5000})"));
  EXPECT_THAT(days, HasSubstr(R"("since_beginning":["2025-07-02T00:00:00+07:00",)"
                              R"("2025-07-05T00:00:00+07:00","totals"])"));
  EXPECT_THAT(days, HasSubstr("where there is none a total since the beginning, as it stood then: "
                              "in 2 buckets, the first 2025-07-02T00:00:00+07:00, the last "
                              "2025-07-05T00:00:00+07:00, and the totals"));
  // Totals alone; figures of days alone.
  const std::string total = Ask("page=a metrics=reported.views", range);
  EXPECT_THAT(total, HasSubstr(R"("since_beginning":true)"));
  EXPECT_THAT(total, Not(HasSubstr("where there is none")));
  EXPECT_THAT(Ask("page=a metrics=reported.views", "from=2025-07-04 to=2025-07-04"),
              Not(HasSubstr("since_beginning")));
  // The other range of a comparison is marked by its own times.
  EXPECT_THAT(Ask("page=a metrics=reported.views by=time:day compare=previous",
                  "from=2025-07-04 to=2025-07-05"),
              HasSubstr(R"("since_beginning":["2025-07-05T00:00:00+07:00","2025-07-02T00:00:00)"));
}

TEST_F(ReportedTest, SaysOfWhichDaysThereAreFigures) {
  OfDays(1, "views", 20, 300, 7);
  OfDays(1, "views", 22, 40);
  Total(1, "followers", 0, 9);
  OfDays(2, "views", 5, 1);
  const std::string page = Ask("page=a metrics=reported.views,reported.followers");
  EXPECT_THAT(page, HasSubstr(R"("reported.views":{"kind":"reported",)"
                              R"("days":["2025-07-14","2025-07-22"]})"));
  EXPECT_THAT(page,
              HasSubstr(R"("reported.followers":{"kind":"reported","since_beginning":true})"));
  EXPECT_THAT(Ask("page=a,b metrics=reported.views by=page"),
              HasSubstr(R"("days":["2025-07-05","2025-07-22"])"));
}

}  // namespace
}  // namespace pagepulse::testing
