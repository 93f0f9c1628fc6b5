// What platforms report: counted by growth where the configuration says so, shown as reported.*
// where it is asked for. The expectations are written by hand from docs/reported.md; the random
// ones are recounted here.

#include "engine/figures.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "base/error.h"
#include "model/time_zone.h"
#include "query/reconcile.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/fault_env.h"

namespace pagepulse::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::TimeZone kZone = *LoadZone(kDefaultZone);

// The first instant of a day of 2025, in ms.
int64_t At(int month, int day, int hour = 0) {
  return 60'000 * (DayStartMinute(kZone, absl::CivilDay(2025, month, day)) + 60 * hour);
}
int32_t Day(int month, int day) { return DayNumber(absl::CivilDay(2025, month, day)); }

// A total of a post, as it stood.
ReportedFigure Total(std::string_view post, std::string_view metric, int64_t as_of_ms,
                     int64_t value) {
  return {.page = "p",
          .post = post,
          .metric = metric,
          .source = "facebook",
          .as_of_ms = as_of_ms,
          .value = value};
}

ReportedFigure Days(std::string_view metric, uint16_t days, int32_t day, int64_t as_of_ms,
                    int64_t value) {
  return {.page = "p",
          .metric = metric,
          .source = "facebook",
          .days = days,
          .day = day,
          .as_of_ms = as_of_ms,
          .value = value};
}

using Export = std::vector<ReportedFigure>;

class FiguresTest : public ::testing::Test {
 protected:
  FiguresTest() { f.options().database.env = env.env(); }

  void Open(AuthoritySet authority) {
    f.options().authority_of_page = [authority](std::string_view) { return authority; };
    ASSERT_NO_FATAL_FAILURE(f.Open());
  }
  Reply Send(const Export& figures) {
    Submission submission;
    submission.batches.emplace_back().figures = figures;
    return f.Send(std::move(submission));
  }
  // As kill -9 does: no checkpoint, what was acknowledged is in the log.
  void Kill() {
    env.FailFrom(1);
    f.Close();
    env.FailFrom(0);
    ASSERT_NO_FATAL_FAILURE(f.Open());
  }
  int64_t Sum(const std::string& metric, const std::string& where = "") {
    return f.Total(
        fmt::format("page=p metrics={} from=2025-07-01 to=2025-12-31 {}", metric, where));
  }
  // What reconciling answers to one of its three doors.
  std::string Reconcile(absl::StatusOr<QuerySpec> spec) {
    EXPECT_TRUE(spec.ok()) << spec.status();
    if (spec.ok()) spec = WithReports(*std::move(spec));
    auto result = f.engine().Run(*spec, f.now_ms);
    EXPECT_TRUE(result.ok()) << result.status();
    AddDifferences(&*result);
    return FormatResult(*result, OutputFormat::kJson, false);
  }
  int64_t OnDay(const std::string& metric, const std::string& day, const std::string& where = "") {
    return f.Total(fmt::format("page=p metrics={} from={} to={} {}", metric, day, day, where));
  }
  static std::string Lines(const char* type, int n, const char* more = "") {
    std::string lines;
    for (int i = 0; i < n; ++i) {
      lines += fmt::format(R"({{"id":"{}{}","ts":{},"page":"p","type":"{}","actor":"a{}"{}}})"
                           "\n",
                           type, i, At(8, 1) / 1000, type, i, more);
    }
    return lines;
  }

  FaultEnv env;
  EngineFixture f;
};

constexpr AuthoritySet kViewsAreTheirs = AuthorityBit(AuthorityMetric::kViews);

// Three exports of the same posts: the last one says the totals, each day gets what had grown.
TEST(FiguresOrder, TotalsAreTheLastExportsWhicheverIsLoadedFirst) {
  const std::vector<Export> exports = {
      {Total("a", "views", At(8, 31), 100), Total("b", "views", At(8, 31), 40)},
      {Total("a", "views", At(9, 15), 120)},
      {Total("a", "views", At(9, 30), 130), Total("b", "views", At(9, 30), 40),
       Total("c", "views", At(9, 30), 7)},
  };
  std::vector<int> order = {0, 1, 2};
  int way = 0;
  do {
    SCOPED_TRACE(fmt::format("{}{}{}", order[0], order[1], order[2]));
    FaultEnv env;  // outlives the engine
    EngineFixture f;
    f.options().database.env = env.env();
    f.options().authority_of_page = [](std::string_view) { return kViewsAreTheirs; };
    ASSERT_NO_FATAL_FAILURE(f.Open());
    for (const int i : order) {
      for (int twice = 0; twice < 2; ++twice) {
        Submission submission;
        submission.batches.emplace_back().figures = exports[i];
        const Reply reply = f.Send(std::move(submission));
        EXPECT_EQ(twice == 0 ? reply.accepted : reply.duplicate, exports[i].size());
      }
      switch (way++ % 3) {  // between two exports: a checkpoint, a kill, nothing
        case 0:
          ASSERT_TRUE(f.engine().Checkpoint().ok());
          break;
        case 1:
          env.FailFrom(1);
          f.Close();
          env.FailFrom(0);
          ASSERT_NO_FATAL_FAILURE(f.Open());
          break;
        default:
          break;
      }
    }
    const auto views = [&](const std::string& more) {
      return f.Total("page=p metrics=views " + more);
    };
    EXPECT_EQ(views("from=2025-07-01 to=2025-12-31"), 177);
    EXPECT_EQ(views("from=2025-08-31 to=2025-08-31"), 140);
    EXPECT_EQ(views("from=2025-09-15 to=2025-09-15"), 20);
    EXPECT_EQ(views("from=2025-09-30 to=2025-09-30"), 17);
    EXPECT_EQ(views("from=2025-07-01 to=2025-12-31 where=post=a"), 130);
    EXPECT_EQ(views("from=2025-07-01 to=2025-12-31 where=post=b"), 40);
    EXPECT_EQ(views("from=2025-07-01 to=2025-12-31 where=post=c"), 7);
    EXPECT_EQ(views("from=2025-07-01 to=2025-12-31 where=source=facebook"), 177);
  } while (std::next_permutation(order.begin(), order.end()));
}

// Totals that rise and fall, told in any order, again and again: each day shows the difference of
// neighbours, recounted here from the sorted set.
TEST_F(FiguresTest, AnyOrderAndAnyRepetitionGiveTheDifferencesOfNeighbours) {
  Open(AuthorityBit(AuthorityMetric::kReactions) | AuthorityBit(AuthorityMetric::kViews));
  std::mt19937 random(5);
  Export all;
  std::map<std::pair<std::string, int>, std::set<std::pair<int64_t, int64_t>>> told;
  for (int i = 0; i < 60; ++i) {
    const int post = static_cast<int>(random() % 3);
    static constexpr std::string_view kPosts[] = {"a", "b", "c"};
    const int metric = static_cast<int>(random() % 2);
    const int64_t as_of = At(8, 1 + static_cast<int>(random() % 9), static_cast<int>(random() % 3));
    const int64_t value = static_cast<int64_t>(random() % 50);
    all.push_back(Total(kPosts[post], metric == 0 ? "views" : "reactions", as_of, value));
    told[{std::string(kPosts[post]), metric}].insert({as_of, value});
  }
  std::vector<ReportedFigure> sent = all;
  sent.insert(sent.end(), all.begin(), all.begin() + 30);
  std::shuffle(sent.begin(), sent.end(), random);
  for (size_t i = 0; i < sent.size(); i += 7) {
    Send({sent.begin() + i, sent.begin() + std::min(i + 7, sent.size())});
    if (i % 21 == 0) Kill();
    if (i % 35 == 0) {
      ASSERT_TRUE(f.engine().Checkpoint().ok());
    }
  }
  std::map<std::pair<int64_t, int>, int64_t> views, added, removed;  // by day of August
  for (const auto& [key, history] : told) {
    int64_t before = 0;
    for (const auto& [as_of, value] : history) {
      const int64_t day = 1 + (as_of - At(8, 1)) / 86'400'000;
      if (key.second == 0) views[{day, 0}] += value - before;
      if (key.second == 1) (value > before ? added : removed)[{day, 0}] += std::abs(value - before);
      before = value;
    }
  }
  for (int day = 1; day <= 9; ++day) {
    const std::string name = fmt::format("2025-08-{:02}", day);
    EXPECT_EQ(OnDay("views", name), (views[{day, 0}])) << day;
    EXPECT_EQ(OnDay("reactions.added", name), (added[{day, 0}])) << day;
    EXPECT_EQ(OnDay("reactions.removed", name), (removed[{day, 0}])) << day;
  }
}

TEST_F(FiguresTest, NothingIsCountedFromBoth) {
  Open(kViewsAreTheirs);
  // The page is not made by what is not counted.
  Reply reply = f.Send(Lines("view", 3));
  EXPECT_EQ(reply.received, 0u);
  EXPECT_EQ(reply.ignored, 3u);
  EXPECT_EQ(reply.overruled, 3u);
  EXPECT_THAT(f.Ask("page=p metrics=views last=30d"), HasSubstr("unknown_page"));
  Send({Total("x", "views", At(8, 2), 50)});
  reply = f.Send(Lines("view", 3, R"(,"post":"x")") + Lines("click", 2));
  EXPECT_EQ(reply.overruled, 3u);
  EXPECT_EQ(reply.accepted, 2u);
  EXPECT_EQ(Sum("views"), 50);
  EXPECT_EQ(Sum("clicks"), 2);
  EXPECT_EQ(Sum("reach"), 0);
  Kill();
  EXPECT_EQ(f.Send(Lines("view", 1)).overruled, 1u);
  EXPECT_EQ(Sum("views"), 50);
}

TEST_F(FiguresTest, WithOurEventsAsAuthorityReportsMoveNothing) {
  Open(0);
  EXPECT_EQ(f.Send(Lines("view", 3)).accepted, 3u);
  EXPECT_EQ(Send({Total("x", "views", At(8, 2), 50)}).accepted, 1u);
  EXPECT_EQ(Sum("views"), 3);
  EXPECT_EQ(Sum("reported.views", "where=post=x"), 50);
}

TEST_F(FiguresTest, OnlyTotalsOfPostsAreCountedAndFollowersOfThePage) {
  Open(0x3f);
  Send({Days("views", 1, Day(8, 1), At(8, 3), 70), Days("follows", 1, Day(8, 1), At(8, 3), 4),
        Total("", "views", At(8, 3), 1000), Total("x", "reach", At(8, 3), 60),
        Total("x", "followers", At(8, 3), 60), Total("", "followers", At(8, 3), 900),
        Total("", "followers", At(8, 5), 890), Total("x", "comments", At(8, 3), 5)});
  EXPECT_EQ(Sum("views"), 0);
  EXPECT_EQ(Sum("comments"), 5);
  EXPECT_EQ(Sum("follows"), 890);
  EXPECT_EQ(OnDay("follows", "2025-08-05"), -10);
}

TEST_F(FiguresTest, AnAuthorityChangesWhileNothingIsCountedAndNoLonger) {
  Open(0);
  f.Send(Lines("comment", 2, R"(,"object":"c")"));
  Send({Total("x", "views", At(8, 2), 50), Total("x", "views", At(8, 4), 70),
        Total("x", "comments", At(8, 4), 9)});
  f.Close();
  // No view of ours was counted: the reports count as if it had been so from the start.
  Open(kViewsAreTheirs);
  EXPECT_EQ(Sum("views"), 70);
  EXPECT_EQ(OnDay("views", "2025-08-04"), 20);
  Kill();
  EXPECT_EQ(Sum("views"), 70);
  f.Close();
  for (const AuthoritySet other :
       {AuthoritySet{0},
        static_cast<AuthoritySet>(kViewsAreTheirs | AuthorityBit(AuthorityMetric::kComments))}) {
    f.options().authority_of_page = [other](std::string_view) { return other; };
    const absl::Status status = f.TryOpen();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ErrorCode(status), "authority_changed");
  }
  Open(kViewsAreTheirs);
  EXPECT_EQ(Sum("comments"), 1);
}

TEST_F(FiguresTest, AnAuthorityDoesNotChangeWhereSomethingIsCountedAheadOfTheClock) {
  Open(0);
  const std::string ahead =
      fmt::format(R"({{"ts":{},"page":"p","type":"view"}})", f.now_ms.load() + 240'000);
  ASSERT_EQ(f.Send(ahead).accepted, 1u);
  f.Close();
  f.options().authority_of_page = [](std::string_view) { return kViewsAreTheirs; };
  EXPECT_EQ(ErrorCode(f.TryOpen()), "authority_changed");
}

TEST_F(FiguresTest, APostAboveATokensCapIsRejectedAndNotMixedWithOthers) {
  Open(kViewsAreTheirs);
  const NameCaps caps{.posts_per_hour = 1};
  Submission submission;
  submission.caps = &caps;
  submission.batches.emplace_back().figures = {Total("a", "views", At(8, 2), 5),
                                               Total("b", "views", At(8, 2), 9),
                                               Total("a", "views", At(8, 3), 6)};
  const Reply reply = f.Send(std::move(submission));
  EXPECT_EQ(reply.accepted, 2u);
  ASSERT_EQ(reply.errors.size(), 1u);
  EXPECT_EQ(reply.errors[0].code, RejectCode::kPostLimit);
  EXPECT_EQ(Sum("views"), 6);
}

TEST_F(FiguresTest, DetailsOfPostsBringNoMoreNamesThanATokenMay) {
  Open(0);
  const NameCaps caps{.pages_per_hour = 1, .posts_per_hour = 2};
  Submission submission;
  submission.caps = &caps;
  const auto tell = [&](std::string_view page, std::string_view post) {
    submission.batches.emplace_back().posts = {
        {.page = page, .post = post, .title = "t", .said_ms = 5}};
  };
  tell("p", "a");
  tell("q", "a");  // a page above the cap
  tell("p", "b");
  tell("p", "c");  // a post above the cap
  tell("p", "a");
  submission.batches.emplace_back().figures = {Total("d", "views", At(8, 2), 5)};
  const Reply reply = f.Send(std::move(submission));
  ASSERT_EQ(reply.errors.size(), 1u);
  EXPECT_EQ(reply.errors[0].code, RejectCode::kPostLimit) << "they count for the cap";
  const Catalog& catalog = f.engine().catalog();
  EXPECT_EQ(catalog.AllPages().size(), 1u);
  const uint32_t page = catalog.FindPage("p").value();
  EXPECT_EQ(f.engine().Posts(page).size(), 2u);
  EXPECT_EQ(catalog.FindPost(page, "c"), std::nullopt);
}

TEST_F(FiguresTest, AStoredAnswerSaysWhatWasOverruled) {
  Open(kViewsAreTheirs);
  const std::string lines = Lines("view", 2) + Lines("click", 1);
  for (int again = 0; again < 2; ++again) {
    Submission submission = f.Parse(lines);
    submission.key = IdempotencyKey{Hash128(7), ContentHash(lines)};
    const Reply reply = f.Send(std::move(submission));
    EXPECT_EQ(reply.accepted, 1u);
    EXPECT_EQ(reply.overruled, 2u);
    Kill();
  }
  EXPECT_EQ(Sum("clicks"), 1);
}

// A history as long as a hostile body makes one, told backwards, taken out and told again: a step
// that went through all of it would take minutes, and ends the test by its time limit.
TEST(LongHistory, IsToldBackwardsAndTakenOutAndToldAgain) {
  constexpr int64_t kTotals = 200'000;
  const FigureKey key{.page = 1, .metric = 1, .post = 1};
  Figures figures;
  std::vector<Growth> growth;
  int64_t sum = 0, totals = 0, last_seen = 0;
  const auto add_up = [&sum](const std::vector<Growth>& all) {
    for (const Growth& one : all) sum += one.sign * one.value;
  };
  for (const uint64_t sequence : {1, 3}) {
    for (int64_t i = kTotals; i > 0; --i) {
      const Figure figure{.point = {.as_of_ms = i, .value = 2 * i}, .job = 7, .sequence = sequence};
      ASSERT_EQ(figures.Insert(key, figure, &growth), Figures::Outcome::kNew);
      add_up(growth);
    }
    EXPECT_EQ(sum, 2 * kTotals) << "the last total";
    figures.Withdraw(7, sequence + 1, [&](const Figures::Withdrawn& out) {
      EXPECT_TRUE(out.counted);
      EXPECT_FALSE(out.told_by_others);
      add_up(out.growth);
    });
    EXPECT_EQ(sum, 0);
  }
  EXPECT_EQ(figures.CountFirst(7), 0u);
  // Queries still see what was there when they began.
  for (const uint64_t sequence : {0, 1, 2, 3, 4}) {
    totals = last_seen = 0;
    figures.Visit(1, 1, sequence, [&](uint32_t, const ReportedPoint& point) {
      EXPECT_LT(last_seen, point.as_of_ms);
      last_seen = point.as_of_ms;
      ++totals;
    });
    EXPECT_EQ(totals, sequence % 2 ? kTotals : 0) << sequence;
  }
}

// --- Asking.

TEST_F(FiguresTest, ADayShowsItsFigureAndALongerTimeNone) {
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
  EXPECT_THAT(days, HasSubstr(R"("reported.reach":{"kind":"reported"})"));
  // Exactly the seven days that end with the seventh.
  EXPECT_EQ(f.Total("page=p metrics=reported.reach from=2025-08-01 to=2025-08-07"), 55);
  EXPECT_THAT(f.Ask("page=p metrics=reported.reach from=2025-08-02 to=2025-08-08"),
              HasSubstr(R"("totals":{"reported.reach":null})"));
  // Hours of a day are not days.
  EXPECT_THAT(f.Ask("page=p metrics=reported.reach from=2025-08-01 to=2025-08-01 by=time:hour"),
              HasSubstr(R"({"time":"2025-08-01T00:00:00+07:00","reported.reach":null})"));
}

TEST_F(FiguresTest, TheLastWordIsTheLatestAndNotTheLastToArrive) {
  Open(0);
  Send({Days("reach", 1, Day(8, 1), At(8, 9), 20)});
  Send({Days("reach", 1, Day(8, 1), At(8, 5), 19), Days("reach", 1, Day(8, 1), At(8, 9), 18)});
  EXPECT_EQ(OnDay("reported.reach", "2025-08-01"), 20);
  Send({Days("reach", 1, Day(8, 1), At(8, 10), 21)});
  EXPECT_EQ(OnDay("reported.reach", "2025-08-01"), 21);
}

TEST_F(FiguresTest, ATotalHoldsUntilTheNextOne) {
  Open(0);
  Send({Total("", "followers", At(8, 2, 9), 500), Total("", "followers", At(8, 4), 510)});
  const std::string days =
      f.Ask("page=p metrics=reported.followers from=2025-08-01 to=2025-08-04 by=time:day");
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-01T00:00:00+07:00","reported.followers":null})"));
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-02T00:00:00+07:00","reported.followers":500})"));
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-03T00:00:00+07:00","reported.followers":500})"));
  EXPECT_THAT(days, HasSubstr(R"({"time":"2025-08-04T00:00:00+07:00","reported.followers":510})"));
  EXPECT_THAT(days, HasSubstr(R"("totals":{"reported.followers":510})"));
}

TEST_F(FiguresTest, PostsPagesAndSourcesAreNeverAddedUp) {
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

TEST_F(FiguresTest, NamesAreKnownOrRefusedWithTheNearest) {
  Open(0);
  Send({Total("", "page_odd_total", At(8, 2), 1)});
  EXPECT_EQ(Sum("reported.page_odd_total"), 1);
  EXPECT_THAT(f.Ask("page=p metrics=reported.reach last=30d"),
              HasSubstr("nothing was reported as reported.reach yet"));
  EXPECT_THAT(f.Ask("page=p metrics=reported.raech last=30d"), HasSubstr("unknown_metric"));
}

TEST_F(FiguresTest, AChangedDefinitionIsSaid) {
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
TEST_F(FiguresTest, ATotalFromBeforeAChangeOfDefinitionIsSaid) {
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

TEST_F(FiguresTest, DaysThatEndElsewhereAreSaid) {
  Open(0);
  ReportedFigure figure = Days("reach", 1, Day(8, 1), At(8, 9), 20);
  figure.end_ms = At(8, 2, 14);
  Send({figure});
  const std::string answer = f.Ask("page=p metrics=reported.reach from=2025-08-01 to=2025-08-01");
  EXPECT_THAT(answer, HasSubstr(R"("totals":{"reported.reach":20})"));
  EXPECT_THAT(answer, HasSubstr("one ends at 2025-08-02T14:00:00+07:00"));
  EXPECT_THAT(answer, HasSubstr(R"({"kind":"reported","days_end":"2025-08-02T14:00:00+07:00"})"));
}

// --- Reconciling.

// A hundred views since the beginning are not 98 more than were counted in a day.
TEST_F(FiguresTest, NoTotalIsComparedWithWhatADayCounts) {
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

TEST_F(FiguresTest, AFeedIsSilentOnlyWhereOursIsTheCount) {
  f.options().authority_of_page = [](std::string_view page) {
    return page == "p" ? kViewsAreTheirs : AuthoritySet{0};
  };
  ASSERT_NO_FATAL_FAILURE(f.Open());
  ReportedFigure other = Days("views", 1, Day(8, 2), At(8, 9), 4);
  other.page = "q";
  Send({Days("views", 1, Day(8, 1), At(8, 9), 3), Days("views", 1, Day(8, 2), At(8, 9), 3), other});
  const auto ask = [&](const std::string& pages) {
    return Reconcile(ParseReconcileWords(fmt::format(
        "page={} metrics=views by=page,time:day from=2025-08-01 to=2025-08-02", pages)));
  };
  EXPECT_THAT(ask("p,q"), HasSubstr("nothing was counted in 1 of the buckets"));
  EXPECT_THAT(ask("p,q"), HasSubstr("counted from the platform's totals"));
  EXPECT_THAT(ask("p"), Not(HasSubstr("did the feed stop")));
}

TEST_F(FiguresTest, EveryDoorOfReconcilingHasTheSameDefaults) {
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
