// What an undo tells and leaves, and what it refuses.

#include "engine/undo.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/status_macros.h"
#include "query/extent.h"
#include "tests/support/database_wrapper.h"
#include "tests/support/told_stream.h"

namespace pagepulse::testing {
namespace {

class UndoTest : public ::testing::Test {
 protected:
  void SetUp() override { f.Open(); }
  void Reopen() {
    f.Close();
    f.Open();
  }
  static std::string View(const std::string& id, const std::string& more = "") {
    return fmt::format(R"({{"id":"{}","ts":1759300000,"page":"p","type":"view"{}}})"
                       "\n",
                       id, more);
  }
  static std::string Love(const std::string& actor, const std::string& more = "") {
    return fmt::format(R"({{"ts":1759300000,"page":"p","post":"q","actor":"{}","type":"reaction",)"
                       R"("reaction":"love"{}}})"
                       "\n",
                       actor, more);
  }
  int64_t Count(const std::string& metric, const std::string& where = "") {
    return f.Total(
        fmt::format("page=p metrics={} from=2025-09-01 to=2025-10-09 {}", metric, where));
  }
  UndoReport Undo(const std::string& job) {
    const absl::StatusOr<UndoReport> report = f.engine().UndoJob(job, kLong);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : UndoReport();
  }

  bool theirs = false;  // views are the platform's, where a test says so
  EngineFixture f;
  Senders senders{&f};
};

TEST_F(UndoTest, TheReportSaysWhatWasTakenOutAndWhatStays) {
  senders.Send("j", View("1", R"(,"actor":"a","count":5)") + View("2") + Love("a"));
  senders.Send("", View("3") + Love("b"));
  senders.Send("j", View("3") + Love("b") + Love("c", R"(,"op":"remove")"));
  EXPECT_EQ(Count("views"), 7);
  const UndoReport report = Undo("j");
  EXPECT_FALSE(report.did_nothing);
  EXPECT_EQ(report.counts.events, 4u);    // two views, a love, a removal that removed nothing
  EXPECT_EQ(report.counts.repeated, 1u);  // the love of b
  EXPECT_EQ(report.counts.ids, 2u);
  EXPECT_EQ(report.counts.people, 2u);  // a, who viewed, and a, who loved
  EXPECT_EQ(report.counts.shared, 0u);
  EXPECT_EQ(Count("views"), 1);
  EXPECT_EQ(Count("reactions.love"), 1);
  EXPECT_EQ(Count("reactions.added"), 1);
  EXPECT_EQ(Count("reach"), 1) << "a sketch forgets nobody";
  EXPECT_TRUE(Undo("j").did_nothing);
}

TEST_F(UndoTest, ReleasedIdsAreFreeAlsoAfterARestartAndTheJobMayRunAgain) {
  const std::string lines = View("1") + View("2") + View("3");
  senders.Send("", View("1"));
  ASSERT_EQ(senders.Send("j", lines).accepted, 2u);
  Undo("j");
  Reopen();  // from the log
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  Reopen();  // from the entries of ids, of which one was written anew
  EXPECT_EQ(senders.Send("", View("2")).accepted, 1u);
  EXPECT_EQ(senders.Send("", View("1")).duplicate, 1u);
  const Reply again = senders.Send("j", lines);
  EXPECT_EQ(again.accepted, 1u);
  EXPECT_EQ(again.duplicate, 2u);
  EXPECT_EQ(Count("views"), 3);
  EXPECT_EQ(Undo("j").counts.events, 1u) << "of the second run alone";
  EXPECT_EQ(Count("views"), 2);
  Reopen();
  EXPECT_EQ(senders.Send("", View("1") + View("2") + View("3")).duplicate, 2u);
}

TEST_F(UndoTest, WhatAnotherToldTooCountsAsItToldIt) {
  senders.Send("j", View("1", R"(,"count":5,"post":"x")") + Love("a"));
  senders.Send("k", View("1", R"(,"count":3,"post":"y")") + Love("a") + View("2"));
  senders.Send("", View("1", R"(,"count":2)"));
  EXPECT_EQ(Count("views"), 6);
  UndoReport report = Undo("j");
  EXPECT_EQ(report.counts.shared, 2u);
  ASSERT_EQ(report.shared.size(), 2u);
  for (const SharedEvent& shared : report.shared) {
    EXPECT_EQ(shared.teller, "k");
    EXPECT_EQ(shared.page, "p");
    EXPECT_EQ(shared.ts_ms, 1'759'300'000'000);
    EXPECT_EQ(shared.post, shared.type == "view" ? "y" : "q");
  }
  EXPECT_EQ(Count("views"), 4);
  EXPECT_EQ(Count("views", "where=post=y"), 3);
  EXPECT_EQ(Count("views", "where=post=x"), 0);
  EXPECT_EQ(Count("reactions.love"), 1);
  Reopen();
  EXPECT_EQ(senders.Send("", View("1")).duplicate, 1u) << "it is k's now";
  report = Undo("k");
  ASSERT_EQ(report.shared.size(), 1u);
  EXPECT_EQ(report.shared[0].teller, "live");
  EXPECT_EQ(Count("views"), 2);
  EXPECT_EQ(Count("reactions.love"), 0);
  EXPECT_EQ(senders.Send("", View("1")).duplicate, 1u);
}

// A view that the platform's totals tell, under an id that a job's message has.
TEST_F(UndoTest, WhatTheAuthorityOverrulesIsNotCountedInstead) {
  const std::string message = R"({"id":"x","ts":1759300000,"page":"p","type":"message"})"
                              "\n";
  f.options().authority_of_page = [this](std::string_view) {
    return theirs ? AuthorityBit(AuthorityMetric::kViews) : AuthoritySet{0};
  };
  Reopen();
  for (const bool told_before : {true, false}) {  // the platform became the authority
    theirs = !told_before;
    Reopen();
    ASSERT_EQ(senders.Send("j", message).accepted, 1u);
    EXPECT_EQ(senders.Send("", View("x")).duplicate, 1u);
    theirs = true;
    Reopen();
    EXPECT_EQ(Undo("j").counts.shared, 0u);
    EXPECT_EQ(Count("views"), 0);
    Reopen();
    EXPECT_EQ(Count("views"), 0);
  }
}

TEST_F(UndoTest, WhoCameAfterTheIdWasForgottenKeepsIt) {
  senders.Send("j", View("1"));
  f.now_ms += 50ll * 3'600'000;
  EXPECT_EQ(senders.Send("", View("1")).accepted, 1u);
  EXPECT_EQ(senders.Send("k", View("1")).duplicate, 1u);  // of the live one
  EXPECT_EQ(Undo("j").counts.shared, 0u);
  EXPECT_EQ(Count("views"), 1);
  EXPECT_EQ(senders.Send("", View("1")).duplicate, 1u);
  Reopen();
  EXPECT_EQ(senders.Send("", View("1")).duplicate, 1u);
}

TEST_F(UndoTest, APageHasNoLongerTheDaysThatAreUndone) {
  senders.Send("", View("1", R"(,"actor":"a")"));
  senders.Send("j", R"({"id":"9","ts":"2024-03-05T10:00:00+07:00","page":"p","type":"view",)"
                    R"("actor":"a"})");
  const auto first = [this] {
    const Catalog& catalog = f.engine().catalog();
    return FindExtent(*catalog.FindPage("p"), catalog, *f.engine().TakeCut())->first;
  };
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  EXPECT_LT(first(), 1'759'200'000 / 60);
  Undo("j");
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  EXPECT_EQ(first(), 1'759'251'600 / 60) << "2025-10-01 at UTC+7";
}

TEST_F(UndoTest, AJobThatIsUnknownIsRefused) {
  EXPECT_EQ(f.engine().UndoJob("j", kLong).status().code(), absl::StatusCode::kNotFound);
  senders.Send("jobs", View("1"));
  const absl::Status status = f.engine().UndoJob("job", kLong).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorJson(status).find("`jobs`"), std::string::npos) << "it may be another token's";
  EXPECT_EQ(Count("views"), 1);
}

TEST_F(UndoTest, WithoutItsRecordsAJobCannotBeUndoneAndStays) {
  senders.Send("j", View("1"));
  f.Close();
  f.options().keep_job_records = false;
  f.Open();
  senders.Send("j", View("2"));
  EXPECT_EQ(f.engine().UndoJob("j", kLong).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Count("views"), 2);
  EXPECT_EQ(senders.Send("j", View("3")).accepted, 1u) << "it goes on";
  f.Close();
  std::filesystem::remove_all(f.path() + "/data/records");
  f.Open();
  EXPECT_EQ(f.engine().UndoJob("j", kLong).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(UndoTest, RecordsThatAreLostWhileItIsPausedAreMissed) {
  senders.Send("j", View("1"));
  senders.Send("j", View("2"));
  const auto part = f.engine().UndoJob("j", std::chrono::milliseconds(0));
  ASSERT_TRUE(part.ok()) << part.status();
  EXPECT_FALSE(part->done);
  EXPECT_EQ(part->counts.events, 1u);
  Reopen();
  senders.Send("", View("9"));
  ASSERT_TRUE(f.engine().Checkpoint().ok());  // the file of before moves to the records
  f.Close();
  std::filesystem::rename(f.path() + "/data/records", f.path() + "/records");
  f.Open();
  EXPECT_EQ(f.engine().UndoJob("j", kLong).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(senders.Send("j", View("3")).outcome, Outcome::kBeingUndone);
  f.Close();
  std::filesystem::remove_all(f.path() + "/data/records");
  std::filesystem::rename(f.path() + "/records", f.path() + "/data/records");
  f.Open();
  EXPECT_EQ(Undo("j").counts.events, 2u);
  EXPECT_EQ(Count("views"), 1);
}

// Calls `then` whenever records have been read.
class ThenDatabase final : public DatabaseWrapper {
 public:
  ThenDatabase(std::unique_ptr<Database> own, const std::function<void()>* then)
      : DatabaseWrapper(std::move(own)), then_(*then) {}

  absl::Status VisitRecords(uint64_t after, VisitLog visit) const override {
    const absl::Status status = own_->VisitRecords(after, visit);
    if (then_) then_();
    return status;
  }

 private:
  const std::function<void()>& then_;
};

TEST_F(UndoTest, WhatTheJobCountsWhileItsRecordsAreCountedIsTakenOutToo) {
  std::function<void()> then;
  f.options().open_database =
      [&then](const DatabaseOptions& options) -> absl::StatusOr<std::unique_ptr<Database>> {
    ASSIGN_OR_RETURN(std::unique_ptr<Database> own, Database::Open(options));
    return std::make_unique<ThenDatabase>(std::move(own), &then);
  };
  Reopen();
  senders.Send("j", View("1"));
  std::vector<Outcome> outcomes;
  then = [&] {
    const std::string id = std::to_string(2 + outcomes.size());
    outcomes.push_back(senders.Send("j", View(id)).outcome);
  };
  EXPECT_EQ(Undo("j").counts.events, 2u);
  then = nullptr;
  ASSERT_GE(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0], Outcome::kCounted);
  for (size_t i = 1; i < outcomes.size(); ++i) EXPECT_EQ(outcomes[i], Outcome::kBeingUndone);
  EXPECT_EQ(Count("views"), 0);
  EXPECT_EQ(senders.Send("j", View("1") + View("2")).accepted, 2u);
  EXPECT_EQ(Undo("j").counts.events, 2u);
  // And nothing but that: of what an earlier undo took out nothing is missed.
  senders.Send("", View("1"));
  EXPECT_EQ(senders.Send("j", View("1")).duplicate, 1u);
  EXPECT_EQ(Undo("j").counts.events, 0u);
  EXPECT_EQ(Count("views"), 1);
}

TEST_F(UndoTest, JobsAreListed) {
  EXPECT_TRUE(f.engine().ListJobs().empty());
  senders.Send("j", View("1") + "broken\n");
  senders.Send("k", View("1"));
  Undo("j");
  Reopen();
  const std::vector<JobSummary> jobs = f.engine().ListJobs();
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].name, "j");
  EXPECT_EQ(jobs[0].files, 0u);
  EXPECT_EQ(jobs[0].undone, 1u);
  EXPECT_EQ(jobs[0].undo_ms, f.now_ms);
  EXPECT_FALSE(jobs[0].being_undone);
  EXPECT_EQ(jobs[1].name, "k");
  EXPECT_EQ(jobs[1].files, 1u);
  EXPECT_EQ(jobs[1].duplicate, 1u);
  EXPECT_EQ(jobs[1].counted_ms, f.now_ms);
  EXPECT_EQ(jobs[1].undo_ms, 0);
}

}  // namespace
}  // namespace pagepulse::testing
