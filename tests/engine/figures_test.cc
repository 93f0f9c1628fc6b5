// What platforms report, counted by growth where the configuration says so. The expectations are
// written by hand from docs/reported.md; the random ones are recounted here.

#include "engine/figures.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "base/error.h"
#include "tests/support/figures_fixture.h"

namespace pagepulse::testing {
namespace {

using ::testing::HasSubstr;

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
  EXPECT_THAT(f.Ask("page=p metrics=reach last=30d"), HasSubstr(R"("totals":{"reach":null})"));
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

TEST(FiguresWithin, IsWhatWasSaidInATime) {
  Figures figures;
  std::vector<Growth> growth;
  uint64_t sequence = 0;
  const auto tell = [&](uint32_t post, const ReportedPoint& point) {
    figures.Insert({.page = 2, .metric = 3, .post = post},
                   {.point = point, .job = 7, .sequence = ++sequence}, &growth);
  };
  const auto within = [&](int64_t from_ms, int64_t to_ms, int32_t first, int32_t last) {
    const ReportedKinds kinds = figures.Within(2, 3, sequence, {from_ms, to_ms, first, last});
    return std::tuple(kinds.days, kinds.page_total, kinds.post_total);
  };
  EXPECT_EQ(within(0, 1000, 0, 1000), std::tuple(false, false, false));
  tell(0, {.as_of_ms = 500});
  tell(0, {.days = 1, .day = 20, .as_of_ms = 90});
  tell(0, {.days = 7, .day = 30, .as_of_ms = 90});
  tell(4, {.as_of_ms = 100});
  tell(4, {.as_of_ms = 600});
  tell(4, {.days = 1, .day = 40, .as_of_ms = 90});  // of a post
  tell(5, {.as_of_ms = 300});
  EXPECT_EQ(within(0, 1000, 0, 1000), std::tuple(true, true, true));
  EXPECT_EQ(within(101, 300, 21, 29), std::tuple(false, false, false));
  EXPECT_EQ(within(300, 301, 20, 20), std::tuple(true, false, true));
  EXPECT_EQ(within(301, 600, 30, 30), std::tuple(true, true, false));
  EXPECT_EQ(within(0, 90, 31, 1000), std::tuple(false, false, false));
  EXPECT_EQ(figures.Within(2, 4, sequence, {0, 1000, 0, 1000}).days, false);
  // Up to a moment: the last post came seventh.
  EXPECT_TRUE(figures.Within(2, 3, 7, {300, 301, 0, 0}).post_total);
  EXPECT_FALSE(figures.Within(2, 3, 6, {300, 301, 0, 0}).post_total);
  figures.Withdraw(7, ++sequence, [](const Figures::Withdrawn&) {});
  EXPECT_EQ(within(0, 1000, 0, 1000), std::tuple(false, false, false));
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

}  // namespace
}  // namespace pagepulse::testing
