// Power loss and failed writes at every place: with an Env that drops what was not synced, each
// acknowledged batch is counted once after reopening, and what was not acknowledged is counted once
// after it was sent again.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/engine_fixture.h"
#include "tests/support/fault_env.h"

namespace pagepulse::testing {
namespace {

constexpr int kEventsABatch = 20;

// Views with ids, and a reaction without one that its second line changes.
std::string Batch(int n) {
  std::string lines;
  for (int i = 0; i < kEventsABatch; ++i) {
    lines += fmt::format(
        R"({{"id":"{}-{}","ts":{},"page":"p","type":"view","post":"x{}","actor":"a{}"}})"
        "\n",
        n, i, 1'759'000'000 + (n * 977 + i) % 300'000, i % 3, (n + i) % 50);
  }
  for (const char* kind : {"love", "wow"}) {
    lines += fmt::format(
        R"({{"ts":{},"page":"p","type":"reaction","reaction":"{}","post":"x0","actor":"fan{}"}})"
        "\n",
        1'759'000'000 + n + (kind[0] == 'w'), kind, n);
  }
  return lines;
}

constexpr char kRange[] = "page=p from=2025-09-20 to=2025-10-05";

class EngineCrash : public ::testing::TestWithParam<int> {};

TEST_P(EngineCrash, EveryAcknowledgedBatchCountsOnceAtWhateverOperationItFails) {
  std::mt19937 random(static_cast<uint32_t>(GetParam()));
  FaultEnv env;
  EngineFixture fixture;
  fixture.options().database.env = env.env();
  fixture.options().stretch_deltas = 60;
  ASSERT_NO_FATAL_FAILURE(fixture.Open());
  std::vector<int> waiting;
  int next = 0, acknowledged = 0;
  for (int life = 0; life < 10; ++life) {
    env.FailFrom(1 + random() % 90);
    for (int step = 0; step < 40; ++step) {
      const int n = waiting.empty() ? next++ : waiting.back();
      if (waiting.empty()) waiting.push_back(n);
      const Reply reply = fixture.Send(Batch(n));
      if (reply.outcome != Outcome::kCounted) break;
      ASSERT_EQ(reply.rejected, 0u);
      waiting.pop_back();
      ++acknowledged;
      if (random() % 7 == 0 && !fixture.engine().Checkpoint().ok()) break;
    }
    fixture.Close();
    env.Crash(random() % 3 == 0 ? 0 : random());
    ASSERT_NO_FATAL_FAILURE(fixture.Open());
    if (acknowledged == 0) continue;
    const int64_t views = fixture.Total(fmt::format("{} metrics=views", kRange));
    EXPECT_GE(views, acknowledged * kEventsABatch) << "life " << life;
    EXPECT_LE(views, next * kEventsABatch) << "life " << life;
    EXPECT_EQ(fixture.Total(fmt::format("{} metrics=reactions.love", kRange)), 0);
  }
  for (int n : waiting) ASSERT_EQ(fixture.Send(Batch(n)).outcome, Outcome::kCounted);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(fixture.Total(fmt::format("{} metrics=views", kRange)), next * kEventsABatch);
    EXPECT_EQ(fixture.Total(fmt::format("{} metrics=reactions.wow", kRange)), next);
    EXPECT_EQ(fixture.Total(fmt::format("{} metrics=reactions.added", kRange)), 2 * next);
    EXPECT_EQ(fixture.Total(fmt::format("{} metrics=reach", kRange)),
              std::min(50, next + kEventsABatch - 1));
    ASSERT_TRUE(fixture.engine().Checkpoint().ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, EngineCrash, ::testing::Range(1, 7));

}  // namespace
}  // namespace pagepulse::testing
