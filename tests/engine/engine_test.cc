// What a sender is told, and what a restart, a second key, a job or a limit changes about it.

#include "engine/engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/support/engine_fixture.h"
#include "tests/support/foreign_rollups.h"

namespace pagepulse::testing {
namespace {

class EngineTest : public ::testing::Test {
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
  int64_t Views(const std::string& where = "") {
    return f.Total("page=p metrics=views from=2025-09-01 to=2025-10-09 " + where);
  }
  Submission WithKey(const std::string& lines, uint64_t key) {
    Submission submission = f.Parse(lines);
    submission.key = IdempotencyKey{Hash128(key), ContentHash(lines)};
    return submission;
  }

  EngineFixture f;
};

TEST_F(EngineTest, ARepeatedIdIsADuplicateInOneBatchInAnotherAndAfterARestart) {
  Reply reply = f.Send(View("1") + View("2") + View("1"));
  EXPECT_EQ(reply.accepted, 2u);
  EXPECT_EQ(reply.duplicate, 1u);
  EXPECT_EQ(f.Send(View("2")).duplicate, 1u);
  Reopen();  // from the log, and then from a checkpoint's ids
  EXPECT_EQ(f.Send(View("1")).duplicate, 1u);
  Reopen();
  EXPECT_EQ(f.Send(View("1")).duplicate, 1u);
  EXPECT_EQ(Views(), 2);
  // The same id on another page is another event.
  EXPECT_EQ(f.Send(R"({"id":"1","ts":1759300000,"page":"q","type":"view"})").accepted, 1u);
}

TEST_F(EngineTest, WhatIsPublishedMovesBeforeTheAnswerAndStandsStillWithoutEvents) {
  uint64_t before = f.engine().published();
  for (const char* id : {"1", "2"}) {
    EXPECT_EQ(f.Send(View(id)).accepted, 1u);
    EXPECT_NE(f.engine().published(), before);
    before = f.engine().published();
  }
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  EXPECT_EQ(f.engine().published(), before) << "rows show what deltas did";
}

// Sixteen stretches of a hundred changes, and from there on of two hundred.
TEST_F(EngineTest, LongHistoryIsCutIntoLongerStretches) {
  MetricsRegistry metrics;
  f.Close();
  f.options().stretch_deltas = 100;
  f.options().metrics = &metrics;
  f.Open();
  for (int i = 0; i < 200; ++i) {
    std::string lines;
    for (int k = 0; k < 20; ++k) lines += View(fmt::format("{}-{}", i, k));
    ASSERT_EQ(f.Send(lines).accepted, 20u);
  }
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  const uint64_t checkpoints = metrics.AddCounter("pagepulse_checkpoints_total", "")->value();
  EXPECT_EQ(checkpoints, 16 + (4000 - 16 * 100) / 200);
  EXPECT_EQ(Views(), 4000);
  // While somebody asks they are half as long.
  for (int i = 200; i < 210; ++i) {
    std::string lines;
    for (int k = 0; k < 20; ++k) lines += View(fmt::format("{}-{}", i, k));
    ASSERT_EQ(f.Send(lines).accepted, 20u);
  }
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  EXPECT_EQ(metrics.AddCounter("pagepulse_checkpoints_total", "")->value(), checkpoints + 4);
  EXPECT_EQ(Views(), 4200);
  f.Close();
}

TEST_F(EngineTest, AnIdIsForgottenAfterTheWindow) {
  f.Send(View("1"));
  f.now_ms += 47ll * 3'600'000;
  EXPECT_EQ(f.Send(View("1")).duplicate, 1u);
  f.now_ms += 3ll * 3'600'000;
  EXPECT_EQ(f.Send(View("1")).accepted, 1u);
  EXPECT_EQ(Views(), 2);
}

TEST_F(EngineTest, IdsThatTheCapKeepsInMemoryAreThereAfterARestart) {
  f.Close();
  f.options().max_ids = 1000;
  f.Open();
  for (int round = 0; round < 9; ++round) {
    std::string lines;
    for (int i = 0; i < 300; ++i) lines += View(std::to_string(round * 300 + i));
    EXPECT_EQ(f.Send(lines).accepted, 300u);
    ASSERT_TRUE(f.engine().Checkpoint().ok());
    Reopen();
    EXPECT_EQ(f.Send(lines).duplicate, 300u) << "round " << round;
  }
}

TEST_F(EngineTest, ReceivedIsAcceptedAndDuplicateAndRejected) {
  const Reply reply = f.Send(View("1") + "nonsense\n" + View("1") + "\n{}\n" + View("2"));
  EXPECT_EQ(reply.received, 5u);
  EXPECT_EQ(reply.accepted, 2u);
  EXPECT_EQ(reply.duplicate, 1u);
  EXPECT_EQ(reply.rejected, 2u);
  ASSERT_EQ(reply.errors.size(), 2u);
  EXPECT_EQ(reply.errors[0].line, 2u);
  EXPECT_EQ(reply.errors[0].code, RejectCode::kBadJson);
  EXPECT_EQ(reply.errors[1].line, 5u);
  EXPECT_EQ(reply.errors[1].code, RejectCode::kMissingTs);
  Reopen();
  const auto rejected = f.engine().RejectedLines();
  ASSERT_EQ(rejected.size(), 2u);
  EXPECT_EQ(rejected[0].code, RejectCode::kBadJson);
  EXPECT_EQ(rejected[0].length, 8u);
  EXPECT_EQ(rejected[0].text, "");  // bytes only where the operator opted in
}

TEST_F(EngineTest, ARejectedLineSaysWhoseItWas) {
  Submission submission = f.Parse(
      "{\n"
      R"({"page":"p","type":"view"})"
      "\n");
  submission.token = "app";
  submission.format = "native";
  EXPECT_EQ(f.Send(std::move(submission)).rejected, 2u);
  for (const bool checkpointed : {false, true}) {
    if (checkpointed) {
      ASSERT_TRUE(f.engine().Checkpoint().ok());
    }
    Reopen();
    const auto rejected = f.engine().RejectedLines();
    ASSERT_EQ(rejected.size(), 2u);
    EXPECT_EQ(rejected[0].page, "");
    EXPECT_EQ(rejected[1].page, "p");
    EXPECT_EQ(rejected[1].token, "app");
    EXPECT_EQ(rejected[1].format, "native");
  }
}

TEST_F(EngineTest, AKeyGetsItsStoredAnswerWithOtherBytes422AndIsForgottenAfter48Hours) {
  const std::string lines = R"({"ts":1759300000,"page":"p","type":"view"})";
  Reply first = f.Send(WithKey(lines + "\nbad\n", 7));
  EXPECT_EQ(first.accepted, 1u);
  for (int i = 0; i < 3; ++i) {
    const Reply again = f.Send(WithKey(lines + "\nbad\n", 7));
    EXPECT_EQ(again.outcome, Outcome::kCounted);
    EXPECT_EQ(again.accepted, 1u);
    EXPECT_EQ(again.rejected, 1u);
    ASSERT_EQ(again.errors.size(), 1u);
    EXPECT_EQ(again.errors[0].line, 2u);
    EXPECT_EQ(f.Send(WithKey(lines + "\n", 7)).outcome, Outcome::kKeyReused);
    Reopen();
  }
  EXPECT_EQ(Views(), 1);
  f.now_ms += 49ll * 3'600'000;
  EXPECT_EQ(f.Send(WithKey(lines, 7)).accepted, 1u);
  EXPECT_EQ(Views(), 2);
}

TEST_F(EngineTest, AJobCountsAStepOnceAndOnlyWhereItStands) {
  const std::string lines = R"({"ts":1759300000,"page":"p","type":"view"})"
                            "\n";
  std::string options = "--format native";
  const auto step = [&](uint64_t from, uint64_t to, uint64_t digest_from, uint64_t digest) {
    Submission submission = f.Parse(lines);
    JobStep job;
    job.job = "history";
    job.file = 1;
    job.file_name = "a.ndjson";
    job.from = from;
    job.to = to;
    job.digest_from = digest_from;
    job.digest = digest;
    job.lines = static_cast<uint32_t>(to);
    job.options = options;
    submission.job = job;
    return f.Send(std::move(submission)).outcome;
  };
  EXPECT_EQ(step(0, 10, 0, 100), Outcome::kCounted);
  EXPECT_EQ(step(0, 10, 0, 100), Outcome::kWrongPosition);
  EXPECT_EQ(step(10, 20, 101, 200), Outcome::kWrongPosition) << "another file up to there";
  Reopen();
  EXPECT_EQ(step(10, 20, 100, 200), Outcome::kCounted);
  Reopen();
  EXPECT_EQ(step(10, 20, 100, 200), Outcome::kWrongPosition);
  options = "--format native --page p";
  EXPECT_EQ(step(20, 30, 200, 300), Outcome::kOtherOptions);
  EXPECT_EQ(Views(), 2);
  const auto files = f.engine().JobFiles("history");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].position, 20u);
  EXPECT_EQ(files[0].accepted, 2u);
  EXPECT_EQ(files[0].file_name, "a.ndjson");
  EXPECT_EQ(files[0].options, "--format native");
  EXPECT_TRUE(f.engine().JobFiles("other").empty());
}

TEST_F(EngineTest, AFactWith256EventsRejectsOneMoreButNotOneToldAgain) {
  const auto love = [](int second) {
    return fmt::format(
        R"({{"ts":{},"page":"p","type":"reaction","reaction":"{}","post":"x","actor":"a"}})"
        "\n",
        1'759'300'000 + second, second % 2 ? "love" : "wow");
  };
  std::string lines;
  for (int i = 0; i < 256; ++i) lines += love(i);
  EXPECT_EQ(f.Send(lines).accepted, 256u);
  Reopen();
  Reply reply = f.Send(love(256) + love(17));
  EXPECT_EQ(reply.accepted, 1u);
  ASSERT_EQ(reply.errors.size(), 1u);
  EXPECT_EQ(reply.errors[0].code, RejectCode::kFactTooBusy);
  EXPECT_EQ(f.Total("page=p metrics=reactions from=2025-09-01 to=2025-10-09"), 1);
}

TEST_F(EngineTest, NamesAboveTheCapsOfAnHour) {
  const NameCaps caps{1, 2, 1};
  const auto send = [&](const std::string& line) {
    Submission submission = f.Parse(line);
    submission.caps = &caps;
    submission.token = "t";
    const Reply reply = f.Send(std::move(submission));
    return reply.errors.empty() ? RejectCode::kNone : reply.errors[0].code;
  };
  for (const char* post : {"a", "b", "c", "d", "a"}) {
    EXPECT_EQ(send(View(post, fmt::format(R"(,"post":"{}")", post))), RejectCode::kNone);
  }
  EXPECT_EQ(Views(), 4);  // the last one repeats an id
  EXPECT_EQ(Views("where=post=a"), 1);
  EXPECT_EQ(Views("where=post=__other__"), 2);
  EXPECT_EQ(send(R"({"ts":1759300000,"page":"p","type":"scroll"})"), RejectCode::kNone);
  EXPECT_EQ(send(R"({"ts":1759300000,"page":"p","type":"zoom"})"), RejectCode::kTypeLimit);
  EXPECT_EQ(send(R"({"ts":1759300000,"page":"q","type":"view"})"), RejectCode::kPageLimit);
  f.now_ms += 3'600'000;
  EXPECT_EQ(send(R"({"ts":1759300000,"page":"q","type":"view"})"), RejectCode::kNone);
}

TEST_F(EngineTest, ACutThatRetentionHasPassedIsNotAnswered) {
  const int64_t day_ms = 86'400'000;
  f.now_ms = 1'759'363'200'000;  // 2025-10-02T00:00:00Z
  f.Send(View("1"));             // of the day before
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  const std::string words =
      "page=p metrics=views "
      "from=2025-10-01T06:03:00Z to=2025-10-02T06:03:00Z";
  EXPECT_EQ(f.Total(words), 1);
  const auto old_cut = f.engine().TakeCut();
  f.now_ms += 9 * day_ms;
  f.Send(View("2"));
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  const auto passed = RunQuery(*ParseQueryWords(words), f.engine().catalog(), *old_cut, f.now_ms);
  EXPECT_TRUE(absl::IsAborted(passed.status())) << passed.status();
  // On a cut of now: there are no such minutes any more, and that is said.
  const auto now = f.engine().Run(*ParseQueryWords(words), f.now_ms);
  EXPECT_TRUE(absl::IsInvalidArgument(now.status())) << now.status();
  EXPECT_EQ(f.Total("page=p metrics=views from=2025-10-01 to=2025-10-02 tz=UTC"), 2);
}

TEST_F(EngineTest, OfEachDetailOfAPostTheLastSaidHoldsInAnyOrder) {
  const std::vector<PostInfo> said = {
      {.page = "p", .title = "old", .published_ms = 5, .said_ms = 10},
      {.page = "p", .title = "new", .said_ms = 15},
      {.page = "p", .title = "and at once", .said_ms = 15},
      {.page = "p", .link = "https://example.org/a", .said_ms = 20},
  };
  std::vector<size_t> order = {0, 1, 2, 3};
  do {
    const std::string post = fmt::format("{}", fmt::join(order, ""));
    for (const size_t i : order) {
      Submission submission;
      submission.batches.emplace_back().posts.push_back(said[i]);
      submission.batches.back().posts.back().post = post;
      f.Send(std::move(submission));
    }
  } while (std::next_permutation(order.begin(), order.end()));
  Reopen();
  const std::vector<PostView> posts = f.engine().Posts(f.engine().catalog().FindPage("p").value());
  EXPECT_EQ(posts.size(), 24u);
  for (const PostView& post : posts) {
    EXPECT_EQ(post.title, "new") << post.post;
    EXPECT_EQ(post.link, "https://example.org/a") << post.post;
    EXPECT_EQ(post.published_ms, 5) << post.post;
  }
}

TEST_F(EngineTest, ARejectedEventBringsNoNames) {
  const NameCaps caps{1, 10, 1};
  const auto send = [&](const std::string& line) {
    Submission submission = f.Parse(line);
    submission.caps = &caps;
    return f.Send(std::move(submission)).rejected;
  };
  EXPECT_EQ(send(R"({"ts":1759300000,"page":"p","type":"scroll"})"), 0u);
  EXPECT_EQ(send(R"({"ts":1759300000,"page":"q","type":"zoom","source":"s","post":"x"})"), 1u);
  EXPECT_EQ(f.engine().catalog().FindPage("q"), std::nullopt);
  EXPECT_EQ(f.engine().catalog().FindSource("s"), std::nullopt);
  EXPECT_EQ(f.engine().catalog().FindCustomCounter("zoom"), std::nullopt);
  f.now_ms += 3'600'000;
  EXPECT_EQ(send(R"({"ts":1759300000,"page":"q","type":"scroll"})"), 0u);  // the cap was not used
  EXPECT_EQ(send(R"({"ts":1759300000,"page":"r","type":"zoom"})"), 1u);
  EXPECT_EQ(f.engine().catalog().FindCustomCounter("zoom"), std::nullopt);
}

TEST_F(EngineTest, AnotherZoneForAPageIsRefused) {
  f.Send(View("1"));
  f.Close();
  f.options().zone_of_page = [](std::string_view) { return std::string("Europe/Berlin"); };
  const absl::Status status = f.TryOpen();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_NE(std::string(status.message()).find("Asia/Ho_Chi_Minh"), std::string::npos) << status;
}

TEST_F(EngineTest, ReadingADirectoryGivesWhatARestartWouldAndWritesNothing) {
  for (int i = 0; i < 50; ++i)
    f.Send(View(std::to_string(i), R"(,"actor":")" + std::to_string(i % 9) + "\""));
  ASSERT_TRUE(f.engine().Checkpoint().ok());
  f.Send(View("late"));
  const std::string words = "page=p metrics=views,reach from=2025-09-01 to=2025-10-09 by=time:day";
  const std::string expected = f.Ask(words);
  f.options().database.read_only = true;
  // As after a kill: a copy of the directory while the engine runs. RocksDB may take a file away
  // meanwhile; then another one.
  EngineFixture copy;
  copy.options().database.read_only = true;
  std::error_code error;
  do {
    std::filesystem::remove_all(copy.path() + "/data");
    std::filesystem::copy(f.path() + "/data", copy.path() + "/data",
                          std::filesystem::copy_options::recursive, error);
  } while (error || !copy.TryOpen().ok());
  copy.Close();
  const auto listing = [&] {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(copy.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      files[entry.path()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return files;
  };
  const auto before = listing();
  copy.Open();
  EXPECT_EQ(copy.Ask(words), expected);
  copy.Close();
  EXPECT_TRUE(listing() == before);
}

TEST_F(EngineTest, ARollupStoreThatIsAheadOfTheJournalIsNotCountedTwice) {
  ForeignRollups rollups;
  int fail_next = 0;
  EngineFixture g;
  g.options().open_database = [&](const DatabaseOptions& options) {
    return OpenWithForeignRollups(options, &rollups, &fail_next);
  };
  g.Open();
  for (int life = 0; life < 4; ++life) {
    for (int i = 0; i < 30; ++i) g.Send(View(fmt::format("{}-{}", life, i)));
    EXPECT_EQ(g.Send(View(fmt::format("{}-29", life))).duplicate, 1u);  // leaves nothing in the log
    fail_next = 1;
    EXPECT_FALSE(g.engine().Checkpoint().ok());
    g.Close();
    fail_next = 0;
    g.Open();
    EXPECT_EQ(g.Total("page=p metrics=views from=2025-09-01 to=2025-10-09"), 30 * (life + 1));
    EXPECT_EQ(g.Send(View(fmt::format("{}-0", life))).duplicate, 1u);
  }
  EXPECT_GT(rollups.commits, rollups.commits_applied);
}

}  // namespace
}  // namespace pagepulse::testing
