// Any order, any repetition, any batching, with checkpoints and restarts anywhere: the same answer,
// and the answer of a naive recount.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/engine_fixture.h"
#include "tests/support/reference_model.h"
#include "tests/support/told_stream.h"

namespace pagepulse::testing {
namespace {

const std::vector<std::string> kMetrics = {
    "views",          "clicks",         "messages",          "reactions",       "reactions.like",
    "reactions.love", "reactions.wow",  "comments",          "shares",          "follows",
    "interactions",   "comments.added", "reactions.removed", "follows.removed", "scrolls",
    "reach",          "engaged"};

std::vector<SentEvent> RandomEvents(uint32_t seed, int n) {
  std::mt19937 random(seed);
  std::vector<SentEvent> events;
  for (int i = 0; i < n; ++i) events.push_back(RandomEvent(random, i));
  return events;
}

void ExpectMatches(EngineFixture& fixture, const ReferenceModel& model) {
  for (const std::string page : {"p1", "p2"}) {
    for (const std::string& metric : kMetrics) {
      const auto total = [&](const std::string& more) {
        return fixture.Total(fmt::format("page={} metrics={} {}", page, metric, more));
      };
      EXPECT_EQ(total(kAllDays), model.Count(metric, {page})) << page << " " << metric;
      for (int day = 0; day < kDays; ++day) {
        EXPECT_EQ(total(fmt::format("from=2025-10-0{0} to=2025-10-0{0}", day + 1)),
                  model.Count(metric, {page, std::nullopt, std::nullopt, kFirstDay + day}))
            << page << " " << metric << " day " << day;
      }
      for (int post = 0; post < 4; ++post) {
        const std::string name = "post" + std::to_string(post);
        EXPECT_EQ(total(std::string(kAllDays) + " where=post=" + name),
                  model.Count(metric, {page, name}))
            << page << " " << metric << " " << name;
      }
      EXPECT_EQ(total(std::string(kAllDays) + " where=source=zalo"),
                model.Count(metric, {page, std::nullopt, "zalo"}))
          << page << " " << metric;
    }
  }
}

// Sends the events in batches of random sizes, with checkpoints and restarts in between.
void SendAll(EngineFixture& fixture, const std::vector<SentEvent>& events, std::mt19937& random,
             uint64_t* accepted) {
  for (size_t i = 0; i < events.size();) {
    const size_t n = std::min<size_t>(events.size() - i, 1 + random() % 60);
    std::string lines;
    for (size_t k = 0; k < n; ++k) lines += events[i + k].ToJson() + "\n";
    const Reply reply = fixture.Send(lines);
    ASSERT_EQ(reply.received, n);
    ASSERT_EQ(reply.rejected, 0u);
    *accepted += reply.accepted;
    i += n;
    if (random() % 6 == 0) {
      ASSERT_TRUE(fixture.engine().Checkpoint().ok());
    }
    if (random() % 15 == 0) {
      fixture.Close();
      ASSERT_NO_FATAL_FAILURE(fixture.Open());
    }
  }
}

class EngineProperty : public ::testing::TestWithParam<int> {};

TEST_P(EngineProperty, AnyOrderRepetitionAndBatchingGiveTheRecount) {
  const uint32_t seed = static_cast<uint32_t>(GetParam());
  const std::vector<SentEvent> events = RandomEvents(seed, 1500);
  ReferenceModel model;
  for (const SentEvent& event : events) model.Add(event);

  EngineFixture sorted;
  ASSERT_NO_FATAL_FAILURE(sorted.Open());
  std::mt19937 random(seed * 7 + 1);
  std::vector<SentEvent> by_time = events;
  std::stable_sort(by_time.begin(), by_time.end(),
                   [](const SentEvent& a, const SentEvent& b) { return a.ts_ms < b.ts_ms; });
  uint64_t accepted = 0;
  ASSERT_NO_FATAL_FAILURE(SendAll(sorted, by_time, random, &accepted));
  EXPECT_EQ(accepted, model.accepted());
  ExpectMatches(sorted, model);

  EngineFixture shuffled;
  ASSERT_NO_FATAL_FAILURE(shuffled.Open());
  std::vector<SentEvent> thrice;
  for (int i = 0; i < 3; ++i) thrice.insert(thrice.end(), events.begin(), events.end());
  std::shuffle(thrice.begin(), thrice.end(), random);
  accepted = 0;
  ASSERT_NO_FATAL_FAILURE(SendAll(shuffled, thrice, random, &accepted));
  for (const std::string page : {"p1", "p2"}) {
    const std::string expected = EverythingAbout(sorted, page, kMetrics);
    EXPECT_EQ(EverythingAbout(shuffled, page, kMetrics), expected);
    EXPECT_EQ(expected.find("ERROR"), std::string::npos)
        << expected.substr(expected.find("ERROR"), 300);
    ASSERT_TRUE(shuffled.engine().Checkpoint().ok());
    EXPECT_EQ(EverythingAbout(shuffled, page, kMetrics), expected) << "after a checkpoint";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, EngineProperty, ::testing::Range(1, 7));

}  // namespace
}  // namespace pagepulse::testing
