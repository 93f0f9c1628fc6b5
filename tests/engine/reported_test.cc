// What platforms report, asked for: shown as reported.*, and beside our own counts where these are
// reconciled. The expectations are written by hand from docs/reported.md.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "query/reconcile.h"
#include "tests/support/figures_fixture.h"

namespace pagepulse::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReportedTest : public FiguresTest {
 protected:
  // What reconciling answers to one of its three doors.
  std::string Reconcile(absl::StatusOr<QuerySpec> spec) {
    EXPECT_TRUE(spec.ok()) << spec.status();
    if (spec.ok()) spec = WithReports(*std::move(spec));
    auto result = f.engine().Run(*spec, f.now_ms);
    EXPECT_TRUE(result.ok()) << result.status();
    AddDifferences(&*result);
    return FormatResult(*result, OutputFormat::kJson, false);
  }
};

// --- Asking.

TEST_F(ReportedTest, ADayShowsItsFigureAndALongerTimeNone) {
  Open(0);
  Send({Days("reach", 1, Day(8, 1), At(8, 9), 20), Days("reach", 1, Day(8, 3), At(8, 9), 30),
        Days("reach", 7, Day(8, 7), At(8, 9), 55)});
  const std::string days =
      f.Ask("page=p metrics=reported.reach from=2025-08-01 to=2025-08-03 by=time:day");
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-01T00:00:00+07:00","reported.reach":20})"));
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-02T00:00:00+07:00","reported.reach":null})"));
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-03T00:00:00+07:00","reported.reach":30})"));
  EXPECT_THAT(days, HasSubstr(R"("totals":{"reported.reach":null})"));
  EXPECT_THAT(days, HasSubstr("is not added up"));
  EXPECT_THAT(
      days,
      HasSubstr(R"("reported.reach":{"kind":"reported","days":["2025-08-01","2025-08-07"]})"));
  // Exactly the seven days that end with the seventh.
  EXPECT_EQ(f.Total("page=p metrics=reported.reach from=2025-08-01 to=2025-08-07"), 55);
  EXPECT_THAT(f.Ask("page=p metrics=reported.reach from=2025-08-02 to=2025-08-08"),
              HasSubstr(R"("totals":{"reported.reach":null})"));
  // Hours of a day are not days.
  EXPECT_THAT(f.Ask("page=p metrics=reported.reach from=2025-08-01 to=2025-08-01 by=time:hour"),
              HasSubstr(R"({"time":"2025-08-01T00:00:00+07:00","reported.reach":null})"));
}

TEST_F(ReportedTest, TheLastWordIsTheLatestAndNotTheLastToArrive) {
  Open(0);
  Send({Days("reach", 1, Day(8, 1), At(8, 9), 20)});
  Send({Days("reach", 1, Day(8, 1), At(8, 5), 19), Days("reach", 1, Day(8, 1), At(8, 9), 18)});
  EXPECT_EQ(OnDay("reported.reach", "2025-08-01"), 20);
  Send({Days("reach", 1, Day(8, 1), At(8, 10), 21)});
  EXPECT_EQ(OnDay("reported.reach", "2025-08-01"), 21);
}

TEST_F(ReportedTest, ATotalHoldsUntilTheNextOne) {
  Open(0);
  Send({Total("", "followers", At(8, 2, 9), 500), Total("", "followers", At(8, 4), 510)});
  const std::string days =
      f.Ask("page=p metrics=reported.followers from=2025-08-01 to=2025-08-04 by=time:day");
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-01T00:00:00+07:00","reported.followers":null})"));
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-02T00:00:00+07:00","reported.followers":500})"));
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-03T00:00:00+07:00","reported.followers":500})"));
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-04T00:00:00+07:00","reported.followers":510})"));
  EXPECT_THAT(days, HasSubstr(R"("totals":{"reported.followers":510})"));
  EXPECT_THAT(days, HasSubstr(R"({"kind":"reported","since_beginning":true})"));
}

TEST_F(ReportedTest, PostsPagesAndSourcesAreNeverAddedUp) {
  Open(0);
  Export figures = {Total("x", "views", At(8, 2), 50), Total("y", "views", At(8, 2), 80)};
  figures.push_back(Total("", "views", At(8, 2), 7));
  figures.back().page = "q";
  Send(figures);
  const std::string range = " from=2025-08-01 to=2025-08-31 ";
  const std::string posts =
      f.Ask("page=p metrics=reported.views,views by=post order=-reported.views" + range);
  EXPECT_THAT(posts, HasSubstr("[\n"
                               R"({"post":"y","reported.views":80,"views":0},)"
                               "\n"
                               R"({"post":"x","reported.views":50,"views":0})"));
  EXPECT_THAT(posts, HasSubstr(R"("totals":{"reported.views":null,"views":0})"));
  EXPECT_EQ(f.Total("page=p metrics=reported.views where=post=x" + range), 50);
  EXPECT_THAT(f.Ask("page=p metrics=reported.views where=post=x,post=y" + range),
              HasSubstr(R"("totals":{"reported.views":null})"));
  const std::string pages = f.Ask("page=p,q metrics=reported.views by=page" + range);
  EXPECT_THAT(pages, HasSubstr(R"({"page":"q","reported.views":7})"));
  EXPECT_THAT(pages, HasSubstr(R"({"page":"p","reported.views":null})"));
  EXPECT_THAT(pages, HasSubstr(R"("totals":{"reported.views":null})"));
  EXPECT_THAT(f.Ask("page=p,q metrics=reported.views" + range), HasSubstr("ask by=page"));
  EXPECT_THAT(f.Ask("page=q metrics=reported.views where=source=facebook" + range),
              HasSubstr("do not report by source"));
}

TEST_F(ReportedTest, NamesAreKnownOrRefusedWithTheNearest) {
  Open(0);
  Send({Total("", "page_odd_total", At(8, 2), 1)});
  EXPECT_EQ(Sum("reported.page_odd_total"), 1);
  EXPECT_THAT(f.Ask("page=p metrics=reported.reach last=30d"),
              HasSubstr("nothing was reported as reported.reach yet"));
  EXPECT_THAT(f.Ask("page=p metrics=reported.raech last=30d"), HasSubstr("unknown_metric"));
}

TEST_F(ReportedTest, AChangedDefinitionIsSaid) {
  Open(kViewsAreTheirs);
  Send({Total("x", "views", At(8, 2), 50)});
  const char* kSaid = "Meta counted impressions before";
  const auto ask = [&](const std::string& words) { return f.Ask("page=p " + words); };
  EXPECT_THAT(ask("metrics=reported.views from=2025-11-01 to=2025-11-30"), HasSubstr(kSaid));
  EXPECT_THAT(ask("metrics=views from=2025-11-01 to=2025-11-30"), HasSubstr(kSaid));
  EXPECT_THAT(ask("metrics=clicks from=2025-11-01 to=2025-11-30"), Not(HasSubstr(kSaid)));
  EXPECT_THAT(ask("metrics=engagement_rate,reported.views from=2025-11-01 to=2025-11-30"),
              HasSubstr(R"("definitions":[)"
                        R"({"metric":"engagement_rate","report":"views","since":"2025-11-15"},)"
                        R"({"metric":"reported.views","report":"views","since":"2025-11-15"}])"));
  EXPECT_THAT(ask("metrics=views from=2025-11-15 to=2025-11-30"), Not(HasSubstr(kSaid)));
  EXPECT_THAT(ask("metrics=views from=2025-11-15 to=2025-11-30 compare=previous"),
              HasSubstr(kSaid));
  EXPECT_THAT(ask("metrics=views from=2025-10-15 to=2025-11-14"), Not(HasSubstr(kSaid)));
  EXPECT_THAT(ask("metrics=views from=2025-10-15 to=2025-11-14"), Not(HasSubstr("definitions")));
}

// 1000 impressions in October are 700 views in December: nobody lost 300.
TEST_F(ReportedTest, ATotalFromBeforeAChangeOfDefinitionIsSaid) {
  Open(kViewsAreTheirs);
  f.now_ms = At(12, 20);
  Send({Total("x", "views", At(10, 31), 1000), Total("x", "views", At(12, 1), 700),
        Total("x", "views", At(12, 9), 720), Total("y", "views", At(12, 2), 5)});
  const char* kSaid = "a total of before it is shown or counted from";
  const auto ask = [&](const std::string& words) { return f.Ask("page=p " + words); };
  const std::string december = ask("metrics=views from=2025-12-01 to=2025-12-05");
  EXPECT_THAT(december, HasSubstr(R"("totals":{"views":-295})"));
  EXPECT_THAT(december, HasSubstr(kSaid));
  EXPECT_THAT(
      december,
      HasSubstr(R"("definitions":[{"metric":"views","report":"views","since":"2025-11-15"}])"));
  EXPECT_THAT(ask("metrics=views by=post from=2025-12-01 to=2025-12-05"), HasSubstr(kSaid));
  EXPECT_THAT(ask("metrics=views where=post=x from=2025-12-01 to=2025-12-05"), HasSubstr(kSaid));
  // Of a post that was not there before, or between totals of one definition, all is growth.
  EXPECT_THAT(ask("metrics=views where=post=y from=2025-12-01 to=2025-12-05"),
              Not(HasSubstr("definitions")));
  EXPECT_THAT(ask("metrics=views from=2025-12-02 to=2025-12-10"), Not(HasSubstr("definitions")));
  const std::string shown =
      ask("metrics=reported.views where=post=x by=time:week "
          "from=2025-11-17 to=2025-12-07");
  EXPECT_THAT(shown, HasSubstr(R"({"time":"2025-11-17T00:00:00+07:00","reported.views":1000})"));
  EXPECT_THAT(shown, HasSubstr(R"({"time":"2025-12-01T00:00:00+07:00","reported.views":700})"));
  EXPECT_THAT(shown, HasSubstr(kSaid));
  EXPECT_THAT(ask("metrics=reported.views where=post=x from=2025-12-01 to=2025-12-07"),
              Not(HasSubstr("definitions")));
}

TEST_F(ReportedTest, DaysThatEndElsewhereAreSaid) {
  Open(0);
  ReportedFigure figure = Days("reach", 1, Day(8, 1), At(8, 9), 20);
  figure.end_ms = At(8, 2, 14);
  Send({figure});
  const std::string answer = f.Ask("page=p metrics=reported.reach from=2025-08-01 to=2025-08-01");
  EXPECT_THAT(answer, HasSubstr(R"("totals":{"reported.reach":20})"));
  EXPECT_THAT(answer, HasSubstr("one ends at 2025-08-02T14:00:00+07:00"));
  EXPECT_THAT(answer, HasSubstr(R"({"kind":"reported","days":["2025-08-01","2025-08-01"],)"
                                R"("days_end":"2025-08-02T14:00:00+07:00"})"));
}

// --- Reconciling.

// A hundred views since the beginning are not 98 more than were counted in a day.
TEST_F(ReportedTest, NoTotalIsComparedWithWhatADayCounts) {
  Open(0);
  f.Send(Lines("view", 2, R"(,"post":"x")"));
  ReportedFigure day = Days("views", 1, Day(8, 2), At(8, 9), 3);
  day.post = "x";
  Send({Total("x", "views", At(8, 1, 5), 100), day});
  for (const char* by : {"by=time:day,post", "where=post=x"}) {
    const std::string answer = Reconcile(ParseReconcileWords(
        fmt::format("page=p metrics=views from=2025-08-01 to=2025-08-02 {}", by)));
    EXPECT_THAT(answer, HasSubstr(R"("views":2,"reported.views":null,"difference.views":null})"));
    EXPECT_THAT(answer, HasSubstr(R"("views":0,"reported.views":3,"difference.views":-3})"));
    EXPECT_THAT(answer, HasSubstr("totals since the beginning"));
  }
  EXPECT_EQ(Sum("reported.views", "where=post=x"), 100) << "a query shows it";
}

TEST_F(ReportedTest, AFeedIsSilentOnlyWhereOursIsTheCount) {
  f.options().authority_of_page = [](std::string_view page) {
    return page == "p" ? kViewsAreTheirs : AuthoritySet{0};
  };
  ASSERT_NO_FATAL_FAILURE(f.Open());
  ReportedFigure other = Days("views", 1, Day(8, 2), At(8, 9), 40);
  other.page = "q";
  Send({Days("views", 1, Day(8, 1), At(8, 9), 3), Days("views", 1, Day(8, 2), At(8, 9), 3), other});
  const auto ask = [&](const std::string& pages) {
    return Reconcile(ParseReconcileWords(fmt::format(
        "page={} metrics=views by=page,time:day from=2025-08-01 to=2025-08-02", pages)));
  };
  EXPECT_THAT(ask("p,q"), HasSubstr("views of page `q`: nothing was counted in 1 of the buckets"));
  EXPECT_THAT(ask("p,q"), HasSubstr("views of page `p` is counted from the platform's totals"));
  EXPECT_THAT(ask("p"), Not(HasSubstr("did the feed stop")));
}

TEST_F(ReportedTest, EveryDoorOfReconcilingHasTheSameDefaults) {
  Open(0);
  f.Send(Lines("view", 2));
  const std::string words = Reconcile(ParseReconcileWords("page=p from=2025-08-01 to=2025-08-01"));
  EXPECT_THAT(words, HasSubstr(R"({"time":"2025-08-01T00:00:00+07:00","views":2,)"
                               R"("reported.views":null,"difference.views":null,"reach":2,)"));
  EXPECT_THAT(words, HasSubstr(R"("interactions":0,)"));
  const char* json = R"({"page":"p","from":"2025-08-01","to":"2025-08-01"})";
  EXPECT_EQ(Reconcile(ParseReconcileJson(json)), words);
  EXPECT_EQ(Reconcile(ParseReconcileWords(json)), words);
  EXPECT_EQ(Reconcile(ParseReconcileParams(
                {{"page", "p"}, {"from", "2025-08-01"}, {"to", "2025-08-01"}})),
            words);
  const std::string total = Reconcile(ParseReconcileJson(
      R"({"page":"p","from":"2025-08-01","to":"2025-08-01","metrics":["views"],"by":"time:total"})"));
  EXPECT_THAT(total, Not(HasSubstr("reach")));
}

}  // namespace
}  // namespace pagepulse::testing
