// A mixed load of live senders and jobs, of which some are undone, with checkpoints, restarts and
// hours passing anywhere: what is left is what the others told, by a naive recount and by an engine
// that never heard of the undone ones.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "tests/support/told_stream.h"

namespace pagepulse::testing {
namespace {

// All of them additive: people stay.
const std::vector<std::string> kAdditive = {
    "views",          "clicks",         "messages",          "reactions",       "reactions.like",
    "reactions.love", "reactions.wow",  "comments",          "shares",          "follows",
    "interactions",   "comments.added", "reactions.removed", "follows.removed", "scrolls"};

class Load {
 public:
  explicit Load(uint32_t seed) : random_(seed) { fixture_.Open(); }

  UndoCounts met;  // of all undos

  EngineFixture& fixture() { return fixture_; }
  std::mt19937& random() { return random_; }

  // Tells a batch, and sometimes lets hours pass, makes a checkpoint, or restarts.
  void Tell(const std::string& sender, const std::vector<SentEvent>& events) {
    std::string lines;
    for (const SentEvent& event : events) {
      lines += event.ToJson() + "\n";
      told_.push_back({sender, event});
    }
    const Reply reply = senders_.Send(sender, lines);
    ASSERT_EQ(reply.outcome, Outcome::kCounted);
    ASSERT_EQ(reply.received, events.size());
    ASSERT_EQ(reply.rejected, 0u);
    Disturb();
  }

  void Undo(const std::string& job) {
    // At once, or a section at a time with whatever happens between.
    const bool at_once = random_() % 2 == 0;
    for (bool done = false; !done;) {
      const auto report =
          fixture_.engine().UndoJob(job, at_once ? kLong : std::chrono::milliseconds(0));
      ASSERT_TRUE(report.ok()) << report.status();
      done = report->done;
      if (!done) Disturb();
      if (!done || report->did_nothing) continue;
      met.events += report->counts.events;
      met.repeated += report->counts.repeated;
      met.ids += report->counts.ids;
      met.shared += report->counts.shared;
    }
    std::erase_if(told_, [&](const Telling& telling) { return telling.sender == job; });
    EXPECT_TRUE(fixture_.engine().JobFiles(job).empty());
    const absl::StatusOr<UndoReport> again = fixture_.engine().UndoJob(job, kLong);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->did_nothing);
    Disturb();
  }

  // What is there, now, after a checkpoint and after a restart, is what the senders that are not
  // undone have told.
  void ExpectTheOthersAlone() {
    ReferenceModel model;
    EngineFixture never;
    never.Open();
    std::string lines;
    for (const Telling& telling : told_) {
      model.Add(telling.event);
      lines += telling.event.ToJson() + "\n";
    }
    ASSERT_EQ(never.Send(lines).rejected, 0u);
    for (const std::string when : {"at once", "after a checkpoint", "after a restart"}) {
      if (when == "after a checkpoint") {
        ASSERT_TRUE(fixture_.engine().Checkpoint().ok());
      }
      if (when == "after a restart") Restart();
      for (const std::string page : {"p1", "p2"}) {
        for (const std::string& metric : kAdditive) {
          ASSERT_EQ(fixture_.Total(fmt::format("page={} metrics={} {}", page, metric, kAllDays)),
                    model.Count(metric, {page}))
              << page << " " << metric << " " << when;
        }
        ASSERT_EQ(EverythingAbout(fixture_, page, kAdditive),
                  EverythingAbout(never, page, kAdditive))
            << page << " " << when;
      }
    }
  }

 private:
  void Restart() {
    fixture_.Close();
    fixture_.Open();
  }
  void Disturb() {
    fixture_.now_ms += static_cast<int64_t>(random_() % 20) * 60'000;
    if (random_() % 5 == 0) {
      ASSERT_TRUE(fixture_.engine().Checkpoint().ok());
    }
    if (random_() % 12 == 0) Restart();
  }

  std::mt19937 random_;
  EngineFixture fixture_;
  Senders senders_{&fixture_};
  std::vector<Telling> told_;
};

class UndoProperty : public ::testing::TestWithParam<uint32_t> {};

// Nothing is told twice; occurrences may be without an id.
TEST_P(UndoProperty, WithoutSharedEventsAsIfTheJobHadNeverBeenLoaded) {
  Load load(GetParam());
  std::mt19937& random = load.random();
  int n = 0;
  for (int batch = 0; batch < 60; ++batch) {
    const std::string sender = std::vector<std::string>{"", "kept", "undone"}[random() % 3];
    std::vector<SentEvent> events;
    for (size_t i = random() % 30; i > 0; --i) {
      SentEvent e = RandomEvent(random, n++, true);
      // Facts of different senders meet, their events do not: each has a millisecond of its own.
      e.ts_ms += n;
      if (e.type == "share" && e.object.empty()) e.object = "share" + std::to_string(n % 7);
      events.push_back(std::move(e));
    }
    ASSERT_NO_FATAL_FAILURE(load.Tell(sender, events));
  }
  ASSERT_NO_FATAL_FAILURE(load.Tell("undone", {RandomEvent(random, n)}));
  ASSERT_NO_FATAL_FAILURE(load.Undo("undone"));
  ASSERT_NO_FATAL_FAILURE(load.ExpectTheOthersAlone());
}

// A pool of events, each told by some senders, some of them often, and under one id not always the
// same. Jobs are undone in any order, and run again.
TEST_P(UndoProperty, WithSharedEventsAsIfTheOthersAloneHadToldThem) {
  Load load(1000 + GetParam());
  std::mt19937& random = load.random();
  std::vector<SentEvent> pool;
  for (int n = 0; n < 250; ++n) {
    pool.push_back(RandomEvent(random, n));
    if (random() % 8) continue;
    SentEvent other = RandomEvent(random, n);
    other.page = pool.back().page;
    pool.push_back(other);
  }
  const std::vector<std::string> senders = {"", "a", "b", "c"};
  for (const std::string& sender : senders) {
    ASSERT_NO_FATAL_FAILURE(load.Tell(sender, {pool[random() % pool.size()]}));
  }
  for (int batch = 0; batch < 90; ++batch) {
    if (batch > 20 && random() % 12 == 0) {
      const std::string job = senders[1 + random() % 3];
      // One that was undone and has told nothing since has nothing to undo, which is checked too.
      ASSERT_NO_FATAL_FAILURE(load.Undo(job));
      if (random() % 3 == 0) {
        ASSERT_NO_FATAL_FAILURE(load.ExpectTheOthersAlone());
      }
      continue;
    }
    // Live senders seldom, so that much is left to the jobs alone.
    const std::string sender = senders[random() % 7 == 0 ? 0 : 1 + random() % 3];
    std::vector<SentEvent> events;
    for (size_t i = random() % 25; i > 0; --i) events.push_back(pool[random() % pool.size()]);
    ASSERT_NO_FATAL_FAILURE(load.Tell(sender, events));
  }
  for (const char* job : {"b", "a", "c"}) {
    ASSERT_NO_FATAL_FAILURE(load.Undo(job));
    ASSERT_NO_FATAL_FAILURE(load.ExpectTheOthersAlone());
  }
  // The test has met what it is about.
  EXPECT_GT(load.met.events, 300u);
  EXPECT_GT(load.met.repeated, 10u);
  EXPECT_GT(load.met.ids, 100u);
  EXPECT_GT(load.met.shared, 100u);
}

// Others go on telling, the job's events among them, while it is undone.
TEST_P(UndoProperty, WhileOthersTell) {
  Load load(2000 + GetParam());
  std::mt19937& random = load.random();
  std::vector<SentEvent> pool;
  for (int n = 0; n < 1500; ++n) pool.push_back(RandomEvent(random, n));
  std::vector<SentEvent> told_live = pool;
  std::shuffle(told_live.begin(), told_live.end(), random);
  told_live.resize(pool.size() / 2);
  for (size_t i = 0; i < pool.size(); i += 30) {
    ASSERT_NO_FATAL_FAILURE(
        load.Tell("job", {pool.begin() + static_cast<ptrdiff_t>(i),
                          pool.begin() + static_cast<ptrdiff_t>(std::min(i + 30, pool.size()))}));
  }
  EngineFixture& fixture = load.fixture();
  std::thread live([&] {
    for (const SentEvent& event : told_live) fixture.Send(event.ToJson() + "\n");
  });
  absl::StatusOr<UndoReport> report;
  do {
    report = fixture.engine().UndoJob("job", std::chrono::milliseconds(random() % 20));
  } while (report.ok() && !report->done);
  live.join();
  ASSERT_TRUE(report.ok()) << report.status();
  ReferenceModel model;
  for (const SentEvent& event : told_live) model.Add(event);
  for (const std::string page : {"p1", "p2"}) {
    for (const std::string& metric : kAdditive) {
      EXPECT_EQ(fixture.Total(fmt::format("page={} metrics={} {}", page, metric, kAllDays)),
                model.Count(metric, {page}))
          << page << " " << metric;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, UndoProperty, ::testing::Range(1u, 9u));

}  // namespace
}  // namespace pagepulse::testing
