#include "engine/id_window.h"

#include <algorithm>
#include <random>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gtest/gtest.h"

namespace pagepulse {
namespace {

// The window without a cap, as a map from id to the hour that counts.
class Model {
 public:
  explicit Model(uint32_t window) : window_(window) {}

  bool Contains(uint64_t id) const {
    const auto it = hours_.find(id);
    return it != hours_.end() && it->second >= first_;
  }
  bool Insert(uint64_t id, uint32_t hour) {
    AdvanceTo(hour);
    if (Contains(id)) return false;
    hours_[id] = std::max(hour, first_);
    return true;
  }
  void AdvanceTo(uint32_t hour) {
    newest_ = std::max(newest_, hour);
    first_ = newest_ > window_ ? newest_ - window_ : 0;
  }
  uint64_t Size() const {
    return std::count_if(hours_.begin(), hours_.end(),
                         [&](const auto& entry) { return entry.second >= first_; });
  }
  uint32_t first() const { return first_; }

 private:
  const uint32_t window_;
  uint32_t newest_ = 0, first_ = 0;
  std::unordered_map<uint64_t, uint32_t> hours_;
};

// Fingerprints spread over all bits, as a keyed hash spreads them, 0 and the largest among them.
uint64_t Id(uint64_t n) {
  if (n == 1) return ~uint64_t{0};
  n *= 0x9e3779b97f4a7c15;
  n ^= n >> 32;
  return n * 0xd6e8feb86659fd93;
}

TEST(IdWindow, EveryFingerprintIsItself) {
  IdWindow window({});
  EXPECT_FALSE(window.Contains(0));
  EXPECT_TRUE(window.Insert(0, 10));
  EXPECT_FALSE(window.Insert(0, 11));
  EXPECT_FALSE(window.Contains(1));
  EXPECT_TRUE(window.Insert(1, 10));
  EXPECT_TRUE(window.Insert(~uint64_t{0}, 10));
  EXPECT_TRUE(window.Contains(~uint64_t{0}));
  EXPECT_EQ(window.size(), 3u);
}

TEST(IdWindow, AnIdIsRememberedForTheWholeWindowAfterItsHour) {
  IdWindow window({.max_ids = 1000, .window_hours = 48});
  window.Insert(Id(7), 500'000);
  window.AdvanceTo(500'048);
  EXPECT_TRUE(window.Contains(Id(7)));
  EXPECT_EQ(window.oldest_hour(), 500'000u);
  window.AdvanceTo(500'049);
  EXPECT_FALSE(window.Contains(Id(7)));
  EXPECT_EQ(window.size(), 0u);
  EXPECT_EQ(window.oldest_hour(), 500'001u);
  EXPECT_TRUE(window.Insert(Id(7), 500'049));
  EXPECT_TRUE(window.Contains(Id(7)));
}

TEST(IdWindow, AClockThatGoesBackLosesNothing) {
  IdWindow window({.max_ids = 1000, .window_hours = 48});
  window.Insert(Id(5), 600'000);
  EXPECT_TRUE(window.Insert(Id(6), 500'000));
  EXPECT_FALSE(window.Insert(Id(6), 500'000));
  EXPECT_TRUE(window.Contains(Id(6)));
}

// Random hours, growth, expiry and ids that return after they were forgotten. Long enough for
// every tag to be given several times.
TEST(IdWindow, AgreesWithAMapOverRandomHours) {
  for (const int32_t hours : {1, 48, 200}) {
    std::mt19937_64 random(hours);
    IdWindow window({.max_ids = 1'000'000, .window_hours = hours});
    Model model(hours);
    uint32_t now = 490'000;
    for (int step = 0; step < 400'000; ++step) {
      if (random() % 200 == 0) {
        now += random() % 50 == 0 ? random() % 300 : 1;
        window.AdvanceTo(now);
        model.AdvanceTo(now);
      }
      const uint64_t id = Id(random() % 40'000);
      const uint32_t hour = now - (random() % 4 == 0 ? random() % (hours + 5) : 0);
      ASSERT_EQ(window.Contains(id), model.Contains(id)) << step;
      if (random() % 3 == 0) continue;
      ASSERT_EQ(window.Insert(id, hour), model.Insert(id, hour)) << step;
      ASSERT_TRUE(window.Contains(id));
    }
    EXPECT_EQ(window.size(), model.Size());
    EXPECT_EQ(window.oldest_hour(), model.first());
  }
}

// Many looks at once, and what they found used while the window changes: other ids come into the
// same buckets, shards are rebuilt, ids are forgotten, and ids come twice in one slice.
TEST(IdWindow, WhatWasFoundOfASliceHoldsWhileItIsClaimed) {
  std::mt19937_64 random(7);
  IdWindow window({.max_ids = 1'000'000, .window_hours = 3});
  Model model(3);
  uint32_t now = 490'000;
  for (int slice = 0; slice < 3000; ++slice) {
    std::vector<uint64_t> ids(random() % 400);
    for (uint64_t& id : ids) id = Id(random() % (100 * (slice + 1)));
    std::vector<IdWindow::Place> places(ids.size());
    window.Find(ids, places.data());
    for (size_t i = 0; i < ids.size(); ++i) {
      ASSERT_EQ(places[i].known, model.Contains(ids[i])) << slice;
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      if (random() % 1000 == 0) ++now;
      if (!places[i].known) {
        ASSERT_EQ(window.Contains(ids[i], places[i]), model.Contains(ids[i])) << slice;
      }
      const IdWindow::Place place = places[i].known ? IdWindow::Place() : places[i];
      ASSERT_EQ(window.Insert(ids[i], now, place), model.Insert(ids[i], now)) << slice;
    }
  }
  EXPECT_EQ(window.size(), model.Size());
}

// An old table that nothing fills up any more must not come back to life when its tags are reused.
TEST(IdWindow, ForgottenIdsStayForgottenWhenTagsAreGivenAgain) {
  IdWindow window({.max_ids = 10'000'000, .window_hours = 48});
  for (uint64_t n = 0; n < 200'000; ++n) window.Insert(Id(n), 1000);
  for (uint32_t hour = 1001; hour < 3000; ++hour) {
    window.Insert(Id(1'000'000 + hour), hour);
    if (hour <= 1048) continue;
    for (uint64_t n = hour % 97; n < 200'000; n += 997) ASSERT_FALSE(window.Contains(Id(n)));
  }
  EXPECT_EQ(window.size(), 49u);
}

TEST(IdWindow, TheCapForcesTheOldestHoursOut) {
  IdWindow window({.max_ids = 10'000, .window_hours = 48});
  for (uint32_t hour = 0; hour < 20; ++hour) {
    for (uint64_t n = 0; n < 600; ++n) window.Insert(Id(hour * 1000 + n), 1000 + hour);
  }
  EXPECT_LE(window.size(), 10'000u);
  EXPECT_GE(window.size(), 9'000u);
  const uint32_t oldest = window.oldest_hour();
  EXPECT_GT(oldest, 1000u);
  for (uint32_t hour = oldest; hour < 1020; ++hour) {
    for (uint64_t n = 0; n < 600; ++n) {
      ASSERT_TRUE(window.Contains(Id((hour - 1000) * 1000 + n)));
    }
  }
  EXPECT_FALSE(window.Contains(Id(0)));
}

// A backfill can bring more than max_ids within one hour: the latest must still be known.
TEST(IdWindow, WithinOneHourTheCapForcesOutTheEarliest) {
  constexpr uint64_t kMax = 16'000;
  IdWindow window({.max_ids = kMax, .window_hours = 48});
  for (uint64_t n = 2; n < 200'000; ++n) {
    ASSERT_TRUE(window.Insert(Id(n), 1000));
    ASSERT_LE(window.size(), kMax);
    if (n >= 15'000) {
      ASSERT_TRUE(window.Contains(Id(n - 14'000 + 2)));
    }
  }
  EXPECT_EQ(window.oldest_hour(), 1001u);  // hour 1000 is no longer known as a whole
  EXPECT_FALSE(window.Contains(Id(2)));
}

TEST(IdWindow, SmallCapsAndWindows) {
  IdWindow one({.max_ids = 1, .window_hours = 0});
  EXPECT_TRUE(one.Insert(Id(2), 5));
  EXPECT_TRUE(one.Insert(Id(3), 5));
  EXPECT_FALSE(one.Insert(Id(3), 5));
  EXPECT_FALSE(one.Contains(Id(2)));
  EXPECT_TRUE(one.Insert(Id(2), 6));
  EXPECT_FALSE(one.Contains(Id(3)));
}

TEST(IdWindow, AnIdIsRemovedFromTheHourInWhichItWasClaimed) {
  IdWindow window({.max_ids = 1'000'000, .window_hours = 48});
  for (uint64_t n = 2; n < 50'000; ++n) {
    ASSERT_TRUE(window.Insert(Id(n), 1000 + static_cast<uint32_t>(n % 3)));
  }
  EXPECT_EQ(window.HourOf(Id(8)), 1002u);
  EXPECT_EQ(window.HourOf(Id(1'000'000)), std::nullopt);
  EXPECT_FALSE(window.Remove(Id(8), 1001)) << "another's claim";
  EXPECT_FALSE(window.Remove(Id(1'000'000), 1000));
  for (uint64_t n = 2; n < 50'000; n += 2) {
    ASSERT_TRUE(window.Remove(Id(n), 1000 + static_cast<uint32_t>(n % 3)));
    ASSERT_FALSE(window.Remove(Id(n), 1000 + static_cast<uint32_t>(n % 3)));
  }
  EXPECT_EQ(window.size(), 24'999u);
  for (uint64_t n = 50'000; n < 200'000; ++n) ASSERT_TRUE(window.Insert(Id(n), 1003));  // rebuilds
  for (uint64_t n = 2; n < 50'000; ++n) ASSERT_EQ(window.Contains(Id(n)), n % 2 == 1) << n;
  EXPECT_TRUE(window.Insert(Id(8), 1003)) << "free again";
  EXPECT_EQ(window.HourOf(Id(8)), 1003u);
  window.AdvanceTo(1051);  // hours 1000 to 1002 are over
  EXPECT_EQ(window.size(), 150'001u);
}

// Right, far too high, far too low: what is there is there, and a right guess costs no more memory
// than a table that has grown step by step.
TEST(IdWindow, WhatIsExpectedChangesNothingButTheRoom) {
  constexpr uint64_t kRight = 670'000;  // two in three are new
  for (const uint64_t expected : {kRight, uint64_t{20'000'000}, uint64_t{1'000}}) {
    IdWindow window({.max_ids = 3'000'000});
    std::unordered_set<uint64_t> model;
    std::mt19937_64 random(expected);
    for (int n = 0; n < 1'000'000; ++n) {
      if (n % 1000 == 0) window.Expect(expected - std::min<uint64_t>(expected, n));
      const uint64_t id = random() % 3 == 0 && !model.empty() ? *model.begin() : random();
      ASSERT_EQ(window.Insert(id, 490'000), model.insert(id).second);
    }
    ASSERT_EQ(window.size(), model.size());
    for (const uint64_t id : model) ASSERT_TRUE(window.Contains(id));
    for (int n = 0; n < 100'000; ++n) ASSERT_FALSE(window.Contains(random()));
    // As many as the cap lets in, at the most.
    EXPECT_LE(window.memory_bytes(), (expected > kRight ? 3'000'000 : kRight) * 20);
  }
}

TEST(IdWindow, AtMost15BytesAnId) {
  IdWindow window({});
  EXPECT_LE(window.memory_bytes(), 2u << 20);
  uint64_t state = 1, checked = 0;
  for (uint64_t n = 1; n <= 8'000'000; ++n) {
    state += 0x9e3779b97f4a7c15;
    window.Insert(Id(state), 490'000 + static_cast<uint32_t>(n >> 20));
    if (n >= 5'000'000 && n % 50'000 == 0) {
      ASSERT_LE(window.memory_bytes(), n * 15) << n;
      ++checked;
    }
  }
  EXPECT_EQ(window.size(), 8'000'000u);
  EXPECT_EQ(checked, 61u);
}

}  // namespace
}  // namespace pagepulse
