// An undo that power loss and failed writes stop at every place, and that is taken up again until
// it ends: as if the job had never been loaded. Meanwhile the job takes no step.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/support/fault_env.h"
#include "tests/support/told_stream.h"

namespace pagepulse::testing {
namespace {

const std::vector<std::string> kAdditive = {
    "views",   "clicks",  "messages",        "reactions.like", "comments",         "shares",
    "follows", "scrolls", "reactions.added", "interactions",   "reactions.removed"};

std::string Lines(const std::vector<SentEvent>& events, size_t begin, size_t n) {
  std::string lines;
  for (size_t i = begin; i < std::min(events.size(), begin + n); ++i) {
    lines += events[i].ToJson() + "\n";
  }
  return lines;
}

class UndoCrash : public ::testing::TestWithParam<uint32_t> {
 protected:
  // Where a stop falls is the threads' doing: one seed may never meet an undo that is half done.
  static void TearDownTestSuite() { EXPECT_GT(steps_refused, 0); }
  static inline int steps_refused = 0;
};

TEST_P(UndoCrash, StoppedAnywhereItEndsAsIfTheJobHadNeverBeenLoaded) {
  std::mt19937 random(GetParam());
  std::vector<SentEvent> of_job, of_other, live;
  for (int n = 0; n < 1200; ++n) {
    const SentEvent e = RandomEvent(random, n);
    if (n % 2) of_job.push_back(e);
    if (n % 4 == 0 || n % 8 == 1) of_other.push_back(e);
    if (n % 4 == 2 || n % 8 == 3) live.push_back(e);
  }
  FaultEnv env;
  EngineFixture fixture;
  Senders senders(&fixture);
  fixture.options().database.env = env.env();
  fixture.options().stretch_deltas = 90;
  ASSERT_NO_FATAL_FAILURE(fixture.Open());
  for (size_t i = 0; i < of_job.size(); i += 25) {
    ASSERT_EQ(senders.Send("job", Lines(of_job, i, 25)).rejected, 0u);
    ASSERT_EQ(senders.Send("other", Lines(of_other, i, 25)).rejected, 0u);
    ASSERT_EQ(senders.Send("", Lines(live, i, 25)).rejected, 0u);
  }
  int stops = 0;
  bool done = false;
  while (!done) {
    ASSERT_LT(stops, 2000);
    // Far enough to get somewhere, in the end.
    env.FailFrom(1 + random() % (stops < 60 ? 60 : 600));
    done = fixture.engine().UndoJob("job", kLong).ok();
    if (done) break;
    ++stops;
    fixture.Close();
    env.Crash(random() % 3 == 0 ? 0 : random());
    ASSERT_NO_FATAL_FAILURE(fixture.Open());
    const std::vector<JobSummary> jobs = fixture.engine().ListJobs();
    if (!jobs.at(0).being_undone) continue;
    const std::string more = Lines(of_job, 0, 1);
    EXPECT_EQ(senders.Send("job", more).outcome, Outcome::kBeingUndone);
    ++steps_refused;
  }
  EXPECT_GT(stops, 3);
  fixture.Close();
  env.Crash(random());
  ASSERT_NO_FATAL_FAILURE(fixture.Open());

  EngineFixture never;
  ASSERT_NO_FATAL_FAILURE(never.Open());
  never.Send(Lines(of_other, 0, of_other.size()));
  never.Send(Lines(live, 0, live.size()));
  for (int round = 0; round < 2; ++round) {
    for (const std::string page : {"p1", "p2"}) {
      EXPECT_EQ(EverythingAbout(fixture, page, kAdditive), EverythingAbout(never, page, kAdditive));
    }
    const absl::StatusOr<UndoReport> again = fixture.engine().UndoJob("job", kLong);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->did_nothing) << "an undo that has ended changes nothing";
    ASSERT_TRUE(fixture.engine().Checkpoint().ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, UndoCrash, ::testing::Range(1u, 7u));

}  // namespace
}  // namespace pagepulse::testing
