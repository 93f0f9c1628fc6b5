#include "engine/fact_filter.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "gtest/gtest.h"
#include "tests/support/open_database.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

std::vector<Hash128> RandomFacts(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Hash128> facts;
  for (size_t i = 0; i < n; ++i) facts.push_back(absl::MakeUint128(random(), random()));
  return facts;
}

size_t CountMaybe(const std::vector<Hash128>& facts, FactFilter* filter) {
  size_t n = 0;
  for (const Hash128& fact : facts) n += filter->MayContain(fact);
  return n;
}

TEST(FactFilter, DeniesNoneThatWasAddedAndFewOthers) {
  TempDir dir;
  const auto database = OpenDatabase(dir / "data");
  FactFilter filter(*database);
  const std::vector<Hash128> added = RandomFacts(1'000'000, 1), others = RandomFacts(100'000, 2);
  EXPECT_EQ(CountMaybe(others, &filter), 0u);
  for (const Hash128& fact : added) filter.Add(fact);
  EXPECT_EQ(CountMaybe(added, &filter), added.size());
  EXPECT_LE(CountMaybe(others, &filter), 4u);  // one in a million is expected
}

// As a store gives them, which must not be the case in which a shard is filled from one end.
TEST(FingerprintSet, TakesHashesInOrder) {
  std::vector<Hash128> added = RandomFacts(2'000'000, 7);
  std::sort(added.begin(), added.end());
  FingerprintSet set;
  for (const Hash128& hash : added) set.Add(hash);
  for (const Hash128& hash : added) ASSERT_TRUE(set.MayContain(hash));
  size_t maybe = 0;
  for (const Hash128& hash : RandomFacts(100'000, 8)) maybe += set.MayContain(hash);
  EXPECT_LE(maybe, 4u);
}

TEST(FactFilter, LearnsWhatAStoreHeldBeforeIt) {
  TempDir dir;
  const std::vector<Hash128> stored = RandomFacts(5'000, 3), others = RandomFacts(200'000, 4);
  {
    const auto database = OpenDatabase(dir / "data");
    JournalUpdate update;
    for (const Hash128& fact : stored) update.AddFact(fact, "history");
    ASSERT_TRUE(database->CommitCheckpoint(1, update).ok());
  }
  const auto database = OpenDatabase(dir / "data");
  FactFilter filter(*database);
  EXPECT_EQ(CountMaybe(stored, &filter), stored.size());
  EXPECT_EQ(CountMaybe({others.begin(), others.begin() + 1000}, &filter), 1000u);
  filter.Add(others[0]);
  // Asked often enough, it reads the store, and denies none meanwhile.
  size_t maybe = others.size();
  for (int i = 0; i < 3000 && maybe == others.size(); ++i) {
    maybe = CountMaybe(others, &filter);
    EXPECT_EQ(CountMaybe(stored, &filter), stored.size());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  maybe = CountMaybe(others, &filter);
  EXPECT_LE(maybe, 4u);
  EXPECT_EQ(CountMaybe(stored, &filter), stored.size());
  EXPECT_TRUE(filter.MayContain(others[0]));
}

TEST(FactFilter, MayGoWhileItReads) {
  TempDir dir;
  {
    const auto database = OpenDatabase(dir / "data");
    JournalUpdate update;
    for (const Hash128& fact : RandomFacts(50'000, 5)) update.AddFact(fact, "history");
    ASSERT_TRUE(database->CommitCheckpoint(1, update).ok());
  }
  const auto database = OpenDatabase(dir / "data");
  FactFilter filter(*database);
  CountMaybe(RandomFacts(100'001, 6), &filter);
}

}  // namespace
}  // namespace pagepulse
