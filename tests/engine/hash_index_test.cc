#include "engine/hash_index.h"

#include <map>
#include <random>

#include "engine/fact_table.h"
#include "gtest/gtest.h"

namespace pagepulse {
namespace {

// Hashes of which many begin at the same place, and many differ in few bits.
Hash128 Crowded(std::mt19937_64* random) {
  return absl::MakeUint128((*random)() % 3 << 62, (*random)() % 50 << 20 | (*random)() % 40);
}

TEST(HashIndex, EqualsAMap) {
  std::mt19937_64 random(1);
  HashIndex index;
  std::map<Hash128, uint32_t> model;
  for (uint32_t number = 1; number <= 30'000; ++number) {
    const Hash128 hash = number % 2 == 0 ? Crowded(&random) : absl::MakeUint128(random(), random());
    if (model.emplace(hash, number).second) index.Add(hash, number);
    const Hash128 other = Crowded(&random);
    const auto it = model.find(other);
    ASSERT_EQ(index.Find(other), it == model.end() ? 0 : it->second);
  }
  ASSERT_EQ(index.size(), model.size());
  for (const auto& [hash, number] : model) ASSERT_EQ(index.Find(hash), number);
}

TEST(HashIndex, ReservingForgetsNothing) {
  HashIndex index;
  index.Add(Hash128(5), 7);
  index.Reserve(100'000);
  EXPECT_EQ(index.Find(Hash128(5)), 7u);
  EXPECT_EQ(index.Find(Hash128(6)), 0u);
  EXPECT_EQ(index.size(), 1u);
}

TEST(FactTable, KeepsTheOrderInWhichFactsWereMet) {
  FactTable table;
  std::vector<Hash128> identities;
  for (uint64_t i = 0; i < 5'000; ++i) identities.push_back(absl::MakeUint128(i % 7, i * 64));
  table.ReserveMore(identities.size());
  const Fact* const first = table.FindOrAdd(identities[0]).first;
  for (const Hash128 identity : identities) {
    const auto [fact, is_new] = table.FindOrAdd(identity);
    EXPECT_EQ(fact->identity, identity);
    EXPECT_EQ(is_new, identity != identities[0]);
  }
  EXPECT_EQ(table.Find(identities[0]), first);  // where it was, as promised
  EXPECT_EQ(table.Find(Hash128(1)), nullptr);
  EXPECT_EQ(table.size(), identities.size());
  size_t i = 0;
  for (const Fact& fact : table) EXPECT_EQ(fact.identity, identities[i++]);
  table.Clear();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.Find(identities[0]), nullptr);
}

}  // namespace
}  // namespace pagepulse
