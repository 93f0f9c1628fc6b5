// Jobs of what platforms report, undone: what is left is what the others told, by a naive recount
// and by an engine that never heard of the undone ones.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "tests/support/fault_env.h"
#include "tests/support/told_stream.h"

namespace pagepulse::testing {
namespace {

constexpr AuthoritySet kTheirs = AuthorityBit(AuthorityMetric::kViews) |
                                 AuthorityBit(AuthorityMetric::kReactions) |
                                 AuthorityBit(AuthorityMetric::kFollows);
const std::vector<std::string> kCounted = {"views",         "reactions.added", "reactions.removed",
                                           "follows.added", "follows.removed", "comments"};
const std::vector<std::string> kReported = {"reported.views", "reported.reactions",
                                            "reported.reach", "reported.followers"};

struct ToldFigure {
  std::string sender;  // "": live
  ReportedFigure figure;
};

// Few posts, days, times and values, so that figures meet. Now and then two senders tell one figure
// with another source, or another end of its day.
ReportedFigure RandomFigure(std::mt19937& random) {
  static constexpr std::string_view kPosts[] = {"a", "b", "c"};
  static constexpr std::string_view kMetrics[] = {"views", "views", "reactions", "reach"};
  ReportedFigure figure;
  figure.page = "p1";
  figure.source = random() % 4 == 0 ? "instagram" : "facebook";
  figure.as_of_ms = kFirstDayMs + static_cast<int64_t>(random() % (kDays * 2)) * 12 * 3'600'000;
  figure.value = static_cast<int64_t>(random() % 3) * 10;
  figure.line = 1;
  if (random() % 5 == 0) {
    figure.metric = random() % 2 ? "followers" : "reach";
    if (figure.metric == "followers") return figure;
    figure.days = 1;
    figure.day = static_cast<int32_t>(kFirstDay + random() % kDays);
    figure.end_ms = random() % 2 ? figure.as_of_ms : 0;
    return figure;
  }
  figure.post = kPosts[random() % 3];
  figure.metric = kMetrics[random() % 4];
  return figure;
}

class UndoFigures : public ::testing::TestWithParam<uint32_t> {
 protected:
  UndoFigures() : random_(GetParam()) { Prepare(&fixture_, &env_); }

  static void Prepare(EngineFixture* fixture, FaultEnv* env) {
    fixture->options().database.env = env->env();
    fixture->options().authority_of_page = [](std::string_view) { return kTheirs; };
    fixture->Open();
  }

  Reply Send(EngineFixture& fixture, const std::string& sender, const std::string& lines,
             const std::vector<ReportedFigure>& figures) {
    Submission submission = fixture.Parse(lines);
    submission.batches.emplace_back().figures = figures;
    if (!sender.empty()) submission.job = Senders(&fixture).NextStep(sender, "a step\n");
    return fixture.Send(std::move(submission));
  }

  // Figures, and a comment of the sender's own.
  void Tell(const std::string& sender, const std::vector<ReportedFigure>& figures) {
    const std::string comment =
        fmt::format(R"({{"ts":{},"page":"p1","type":"comment","actor":"x","object":"c{}"}})"
                    "\n",
                    kFirstDayMs + 1000, comments_++);
    const Reply reply = Send(fixture_, sender, comment, figures);
    ASSERT_EQ(reply.outcome, Outcome::kCounted);
    ASSERT_EQ(reply.received, figures.size() + 1);
    ASSERT_EQ(reply.rejected, 0u);
    for (const ReportedFigure& figure : figures) told_.push_back({sender, figure});
    comments_of_[sender] += comment;
    Disturb();
  }

  void Undo(const std::string& job) {
    const absl::StatusOr<UndoReport> report = fixture_.engine().UndoJob(job, kLong);
    ASSERT_TRUE(report.ok()) << report.status();
    ASSERT_TRUE(report->done);
    std::erase_if(told_, [&](const ToldFigure& told) { return told.sender == job; });
    comments_of_.erase(job);
    met_ += report->counts.figures;
    met_shared_ += report->counts.shared;
    Disturb();
    const absl::StatusOr<UndoReport> again = fixture_.engine().UndoJob(job, kLong);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->did_nothing);
  }

  void Disturb() {
    if (random_() % 4 == 0) {
      ASSERT_TRUE(fixture_.engine().Checkpoint().ok());
    }
    if (random_() % 4 == 0) Kill();
  }
  // As kill -9 does: what was acknowledged is in the log.
  void Kill() {
    env_.FailFrom(1);
    fixture_.Close();
    env_.FailFrom(0);
    fixture_.Open();
  }

  // Rows of what is counted, and what is reported with what is said of it.
  static std::string Everything(EngineFixture& fixture) {
    std::string all = EverythingAbout(fixture, "p1", kCounted);
    for (const char* by : {"", "by=time:day", "by=post", "by=time:day where=post=a"}) {
      const std::string answer = fixture.Ask(
          fmt::format("page=p1 metrics={} {} {}", fmt::join(kReported, ","), kAllDays, by));
      const size_t warnings = answer.find("\"warnings\"");
      all += answer.substr(0, answer.find("\"meta\"")) + "\n";
      if (warnings != std::string::npos) all += answer.substr(warnings) + "\n";
    }
    return all;
  }

  // The last total of each post, and what its neighbours differ by.
  void ExpectTheRecount() {
    std::map<std::tuple<std::string_view, std::string_view>, std::set<std::pair<int64_t, int64_t>>>
        stories;
    for (const auto& [sender, figure] : told_) {
      if (figure.days == 0) {
        stories[{figure.metric, figure.post}].insert({figure.as_of_ms, figure.value});
      }
    }
    std::map<std::string_view, int64_t> last, added, removed;
    for (const auto& [of, story] : stories) {
      int64_t before = 0;
      for (const auto& [as_of_ms, value] : story) {
        (value > before ? added : removed)[std::get<0>(of)] += std::abs(value - before);
        before = value;
      }
      last[std::get<0>(of)] += before;
    }
    const auto total = [&](const char* metric) {
      return fixture_.Total(fmt::format("page=p1 metrics={} {}", metric, kAllDays));
    };
    EXPECT_EQ(total("views"), last["views"]);
    EXPECT_EQ(total("follows"), last["followers"]);
    EXPECT_EQ(total("reactions.added"), added["reactions"]);
    EXPECT_EQ(total("reactions.removed"), removed["reactions"]);
  }

  void ExpectTheOthersAlone() {
    FaultEnv env;
    EngineFixture never;
    Prepare(&never, &env);
    std::string comments;
    for (const auto& [sender, lines] : comments_of_) comments += lines;
    std::vector<ReportedFigure> figures;
    for (const ToldFigure& told : told_) figures.push_back(told.figure);
    Send(never, "", comments, figures);
    for (const char* when : {"at once", "after a kill", "after a checkpoint and a kill"}) {
      if (when != std::string_view("at once")) Kill();
      ASSERT_NO_FATAL_FAILURE(ExpectTheRecount());
      ASSERT_EQ(Everything(fixture_), Everything(never)) << when;
      ASSERT_TRUE(fixture_.engine().Checkpoint().ok());
    }
  }

  std::mt19937 random_;
  FaultEnv env_;  // outlives the engine
  EngineFixture fixture_;
  std::vector<ToldFigure> told_;
  std::map<std::string, std::string> comments_of_;
  int comments_ = 0;
  uint64_t met_ = 0, met_shared_ = 0;
};

TEST_P(UndoFigures, WhatIsLeftIsWhatTheOthersTold) {
  const std::vector<std::string> jobs = {"a", "b", "c"};
  // A page is there for as long as its name is, so live senders begin.
  ASSERT_NO_FATAL_FAILURE(Tell("", {RandomFigure(random_)}));
  for (int step = 0; step < 60; ++step) {
    if (step > 10 && random_() % 8 == 0) {
      const std::string& job = jobs[random_() % 3];
      if (fixture_.engine().JobFiles(job).empty()) continue;
      ASSERT_NO_FATAL_FAILURE(Undo(job));
      if (random_() % 2) {
        ASSERT_NO_FATAL_FAILURE(ExpectTheOthersAlone());
      }
      continue;
    }
    std::vector<ReportedFigure> figures;
    for (size_t i = random_() % 12; i > 0; --i) figures.push_back(RandomFigure(random_));
    ASSERT_NO_FATAL_FAILURE(Tell(random_() % 8 == 0 ? "" : jobs[random_() % 3], figures));
  }
  for (const std::string& job : jobs) {
    if (!fixture_.engine().JobFiles(job).empty()) {
      ASSERT_NO_FATAL_FAILURE(Undo(job));
    }
    ASSERT_NO_FATAL_FAILURE(ExpectTheOthersAlone());
  }
  EXPECT_GT(met_, 50u);
  EXPECT_GT(met_shared_, 10u);
}

// Who told what of them is in the store itself.
TEST_P(UndoFigures, OfReportsAloneNoRecordsAreNeeded) {
  fixture_.Close();
  fixture_.options().keep_job_records = false;
  fixture_.Open();
  std::vector<ReportedFigure> figures;
  for (int i = 0; i < 20; ++i) figures.push_back(RandomFigure(random_));
  const Reply reply = Send(fixture_, "a", "", figures);
  EXPECT_EQ(reply.accepted + reply.duplicate, 20u);
  Kill();
  const absl::StatusOr<UndoReport> report = fixture_.engine().UndoJob("a", kLong);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->counts.figures, reply.accepted);
  EXPECT_EQ(report->counts.shared, 0u);
  ASSERT_NO_FATAL_FAILURE(ExpectTheRecount());
}

INSTANTIATE_TEST_SUITE_P(Seeds, UndoFigures, ::testing::Range(1u, 5u));

}  // namespace
}  // namespace pagepulse::testing
