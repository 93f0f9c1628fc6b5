// The hub with queries whose answers a test sets.

#include "live/hub.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "base/error.h"
#include "query/query.h"

namespace pagepulse {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

class HubTest : public ::testing::Test {
 protected:
  HubTest() {
    options_.threads = 2;
    options_.interval = milliseconds(100);
    options_.poll = milliseconds(5);
    options_.clock = [this] { return now_ms.load(); };
    options_.published = [this] { return published.load(); };
  }

  void Start() { hub_ = std::make_unique<Hub>(options_); }

  // A query whose one number is `views`.
  Hub::Compute Counting() {
    return [this](int64_t) -> absl::StatusOr<QueryResult> {
      ++computed;
      std::this_thread::sleep_for(delay.load());
      if (fails) return MakeError(absl::StatusCode::kNotFound, "unknown_page", "gone");
      QueryResult result;
      result.query = *ParseQueryWords("page=a metrics=views last=1d tz=UTC");
      result.metrics = {{.name = "views"}};
      result.rows.resize(rows);
      for (ResultRow& row : result.rows) row.values = {views.load()};
      result.totals = {views.load()};
      return result;
    };
  }

  absl::StatusOr<Hub::Watch> Join(const std::string& key = "q") {
    std::promise<absl::StatusOr<Hub::Watch>> joined;
    hub_->Join(key, Counting(),
               [&](absl::StatusOr<Hub::Watch> watch) { joined.set_value(std::move(watch)); });
    return joined.get_future().get();
  }

  void Publish(int64_t n) {
    views += n;
    ++published;
  }

  static void Await(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return;
      std::this_thread::sleep_for(milliseconds(5));
    }
    FAIL() << "waited in vain";
  }

  std::atomic<int64_t> now_ms{1'763'632'800'000}, views{0};
  std::atomic<uint64_t> published{0};
  std::atomic<int> computed{0};
  std::atomic<milliseconds> delay{milliseconds(0)};
  std::atomic<bool> fails{false};
  std::atomic<size_t> rows{1};
  HubOptions options_;
  std::unique_ptr<Hub> hub_;
};

TEST_F(HubTest, ManyViewersOfOneQueryAreOneComputation) {
  delay = milliseconds(50);
  Start();
  std::vector<std::promise<absl::StatusOr<Hub::Watch>>> joined(50);
  for (auto& promise : joined) {
    hub_->Join("q", Counting(),
               [&](absl::StatusOr<Hub::Watch> watch) { promise.set_value(std::move(watch)); });
  }
  std::vector<Hub::Watch> watches;
  for (auto& promise : joined) watches.push_back(*promise.get_future().get());
  EXPECT_EQ(computed, 1);
  EXPECT_EQ(hub_->queries(), 1u);
  delay = milliseconds(0);
  const std::shared_ptr<Channel> channel = watches[0].channel();
  std::atomic<int> told{0};
  const uint64_t listener = channel->Listen([&] { ++told; });
  Publish(7);
  Await([&] { return told == 1; });
  EXPECT_NE(channel->After(1).bytes->find("\"views\":7"), std::string::npos);
  EXPECT_EQ(computed, 2);
  channel->Ignore(listener);
}

TEST_F(HubTest, NothingIsComputedWhileNothingIsPublished) {
  Start();
  const Hub::Watch watch = *Join();
  std::this_thread::sleep_for(milliseconds(400));
  EXPECT_EQ(computed, 1);
  now_ms += 60'000;  // but with the minute, by which ranges move
  Await([&] { return computed == 2; });
  EXPECT_EQ(watch.channel()->After(1).bytes, nullptr) << "its answer is the same";
}

TEST_F(HubTest, NothingIsComputedForNobody) {
  Start();
  { const Hub::Watch watch = *Join(); }
  Publish(1);
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(computed, 1);
  // Who comes back is told what happened meanwhile, from what it has on.
  const Hub::Watch back = *Join();
  EXPECT_EQ(computed, 2);
  const Channel::Next next = back.channel()->After(1);
  EXPECT_EQ(next.revision, 2u);
  EXPECT_NE(next.bytes->find("event: change"), std::string::npos);
}

TEST_F(HubTest, AQueryIsComputedOnceAnInterval) {
  Start();
  const Hub::Watch watch = *Join();
  const auto begin = SteadyClock::now();
  computed = 0;
  while (SteadyClock::now() - begin < milliseconds(1000)) {
    Publish(1);
    std::this_thread::sleep_for(milliseconds(1));
  }
  const double intervals =
      std::chrono::duration<double>(SteadyClock::now() - begin) / std::chrono::milliseconds(100);
  EXPECT_LE(computed, intervals + 1);
  EXPECT_GE(computed, 3);  // a machine may be busy
}

TEST_F(HubTest, WhatTakesLongIsAskedLessOften) {
  options_.interval = milliseconds(10);
  Start();
  const Hub::Watch watch = *Join();
  delay = milliseconds(100);
  computed = 0;
  const auto begin = SteadyClock::now();
  while (SteadyClock::now() - begin < milliseconds(1000)) {
    Publish(1);
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_LE(computed, 6) << "half of the time is left to others";
}

TEST_F(HubTest, AnErrorBeforeTheFirstAnswerIsTheJoins) {
  fails = true;
  Start();
  EXPECT_EQ(ErrorCode(Join().status()), "unknown_page");
  EXPECT_EQ(hub_->queries(), 0u);
  fails = false;
  EXPECT_TRUE(Join().ok()) << "a later one asks anew";
}

TEST_F(HubTest, ALaterErrorEndsTheStreams) {
  Start();
  const Hub::Watch watch = *Join();
  fails = true;
  Publish(1);
  Await([&] { return watch.channel()->After(1).last; });
  const Channel::Next next = watch.channel()->After(1);
  EXPECT_EQ(*next.bytes,
            "event: error\ndata: {\"error\":{\"code\":\"unknown_page\",\"message\":\"gone\"}}\n\n");
  EXPECT_EQ(hub_->queries(), 0u);
  fails = false;
  const Hub::Watch anew = *Join();
  EXPECT_NE(anew.channel(), watch.channel());
}

TEST_F(HubTest, AnAnswerAboveTheRowsIsRefused) {
  options_.max_rows = 10;
  rows = 11;
  Start();
  EXPECT_EQ(ErrorCode(Join().status()), "too_large");
}

TEST_F(HubTest, TheNumberOfQueriesIsBounded) {
  options_.max_queries = 2;
  Start();
  const Hub::Watch a = *Join("a");
  {
    const Hub::Watch b = *Join("b");
    const absl::Status status = Join("c").status();
    EXPECT_EQ(ErrorCode(status), "too_many_live_queries");
    EXPECT_TRUE(absl::IsUnavailable(status));
    EXPECT_TRUE(Join("a").ok()) << "it is watched already";
  }
  EXPECT_TRUE(Join("c").ok()) << "what nobody watches makes way";
}

TEST_F(HubTest, AnAnswerWithoutViewersIsForgotten) {
  options_.linger = milliseconds(50);
  Start();
  { const Hub::Watch watch = *Join(); }
  Await([&] { return hub_->queries() == 0; });
}

TEST_F(HubTest, ManyThreadsComeAndGo) {
  options_.interval = milliseconds(1);
  Start();
  std::atomic<bool> done{false};
  std::thread publisher([&] {
    while (!done) {
      Publish(1);
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  std::vector<std::thread> viewers;
  for (int t = 0; t < 4; ++t) {
    viewers.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const Hub::Watch watch = *Join(fmt::format("q{}", (t + i) % 3));
        std::atomic<int> told{0};
        const uint64_t listener = watch.channel()->Listen([&] { ++told; });
        const Channel::Next next = watch.channel()->After(0);
        EXPECT_NE(next.bytes, nullptr);
        watch.channel()->Ignore(listener);
      }
    });
  }
  for (std::thread& viewer : viewers) viewer.join();
  done = true;
  publisher.join();
  EXPECT_EQ(hub_->queries(), 3u);
}

}  // namespace
}  // namespace pagepulse
