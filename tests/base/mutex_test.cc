#include "base/mutex.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace pagepulse {
namespace {

using std::chrono::milliseconds;

TEST(MutexTest, ATimeoutSaysThatItDidNotHold) {
  Mutex mutex;
  MutexLock lock(&mutex);
  EXPECT_FALSE(mutex.AwaitFor(milliseconds(5), [] { return false; }));
  EXPECT_TRUE(mutex.AwaitFor(milliseconds(0), [] { return true; }));
}

// A queue of two places with producers, consumers and one who waits for its end, all on one mutex:
// each must be woken by the others, and a wake-up that is lost is a test that does not end.
TEST(MutexTest, NoWakeUpIsLost) {
  constexpr uint64_t kProducers = 3, kConsumers = 3, kEach = 20'000, kPlaces = 2;
  Mutex mutex;
  std::deque<uint64_t> queue;
  uint64_t taken = 0;
  std::vector<uint64_t> sums(kConsumers);
  std::vector<std::thread> threads;
  for (uint64_t p = 0; p < kProducers; ++p) {
    threads.emplace_back([&, p] {
      for (uint64_t i = 0; i < kEach; ++i) {
        MutexLock lock(&mutex);
        mutex.Await([&] { return queue.size() < kPlaces; });
        queue.push_back(p * kEach + i);
      }
    });
  }
  for (uint64_t c = 0; c < kConsumers; ++c) {
    threads.emplace_back([&, c] {
      while (true) {
        MutexLock lock(&mutex);
        const auto done = [&] { return taken == kProducers * kEach; };
        const auto has_work = [&] { return !queue.empty() || done(); };
        // With and without a timeout, one that passes at times included.
        if (c == 0) {
          mutex.AwaitFor(milliseconds(1), has_work);
        } else {
          mutex.Await(has_work);
        }
        if (done()) return;
        if (queue.empty()) continue;
        sums[c] += queue.front();
        queue.pop_front();
        ++taken;
      }
    });
  }
  {
    MutexLock lock(&mutex);
    mutex.Await([&] { return taken == kProducers * kEach; });
  }
  for (std::thread& thread : threads) thread.join();
  constexpr uint64_t kAll = kProducers * kEach;
  EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), uint64_t{0}), kAll * (kAll - 1) / 2);
}

// What a condition reads may change outside the mutex if a lock of it follows.
TEST(MutexTest, ALockBehindAChangeIsEnough) {
  constexpr int kRounds = 20'000;
  Mutex mutex;
  std::atomic<int> turn{0};
  const auto play = [&](int remainder) {
    for (int i = remainder; i < kRounds; i += 2) {
      {
        MutexLock lock(&mutex);
        mutex.Await([&] { return turn == i; });
      }
      turn = i + 1;
      MutexLock lock(&mutex);
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  EXPECT_EQ(turn, kRounds);
}

// Whoever begins to wait lets those go on whom its own changes concern.
TEST(MutexTest, AWaitWakesTheOthers) {
  Mutex mutex;
  bool asked = false, answered = false;
  std::thread other([&] {
    MutexLock lock(&mutex);
    mutex.Await([&] { return asked; });
    answered = true;
  });
  {
    MutexLock lock(&mutex);
    asked = true;
    mutex.Await([&] { return answered; });
  }
  other.join();
}

TEST(MutexTest, NobodyIsWokenInVain) {
  constexpr int kUnlocks = 10'000;
  Mutex mutex;
  bool stop = false;
  int looks = 0;  // of the waiting thread itself
  std::atomic<bool> waits{false};
  std::thread waiting([&] {
    const std::thread::id self = std::this_thread::get_id();
    MutexLock lock(&mutex);
    waits = true;
    mutex.Await([&] {
      looks += std::this_thread::get_id() == self;
      return stop;
    });
  });
  while (!waits) std::this_thread::yield();
  for (int i = 0; i < kUnlocks; ++i) {
    MutexLock lock(&mutex);
    if (i % 100 == 0) std::this_thread::yield();
  }
  {
    MutexLock lock(&mutex);
    stop = true;
  }
  waiting.join();
  EXPECT_LE(looks, 10);  // at its beginning, at its end, and where the system wakes it
}

// Whoever was waited for is still within Unlock when the one who waited takes all of it away.
TEST(MutexTest, MayGoAsSoonAsItIsUnlocked) {
  struct Once {
    Mutex mutex;
    bool set = false;
  };
  for (int i = 0; i < 500; ++i) {
    auto once = std::make_unique<Once>();
    std::thread other([one = once.get()] {
      MutexLock lock(&one->mutex);
      one->set = true;
    });
    {
      MutexLock lock(&once->mutex);
      once->mutex.Await([&] { return once->set; });
    }
    once.reset();
    other.join();
  }
}

}  // namespace
}  // namespace pagepulse
