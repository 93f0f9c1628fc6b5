#include "storage/row_selection.h"

#include <random>
#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pagepulse {
namespace {

constexpr uint32_t kMax = 0xffffffff;

// Small numbers and the ends of the range, where sums overflow.
uint32_t RandomId(std::mt19937_64& random) {
  return random() % 8 == 0 ? kMax - random() % 2 : random() % 6;
}

std::vector<uint32_t> RandomList(std::mt19937_64& random) {
  std::set<uint32_t> ids;
  for (int n = random() % 4; n > 0; --n) ids.insert(RandomId(random));
  return {ids.begin(), ids.end()};
}

bool Contains(const std::vector<uint32_t>& ids, uint32_t id) {
  return ids.empty() || std::count(ids.begin(), ids.end(), id) > 0;
}

// Steps over a sorted set of keys as a scan does; the answer must be a plain filter's.
TEST(RowSelection, EqualsAPlainFilter) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 2000; ++round) {
    RowRange range;
    range.scope = static_cast<Scope>(1 + random() % 3);
    const std::vector<uint32_t> pages = RandomList(random);
    const std::vector<uint32_t> members =
        range.scope == Scope::kPage ? std::vector<uint32_t>() : RandomList(random);
    range.first_period = RandomId(random);
    range.last_period = RandomId(random);
    range.pages = pages;
    range.members = members;
    const RowSelection selection(range);

    std::set<RowKey> keys;
    for (int i = 0; i < 60; ++i) {
      const uint32_t member = range.scope == Scope::kPage ? 0 : RandomId(random);
      keys.insert({range.scope, range.level, RandomId(random), RandomId(random), member});
    }
    std::vector<RowKey> want;
    for (const RowKey& key : keys) {
      if (range.first_period <= key.period && key.period <= range.last_period &&
          Contains(pages, key.page) && Contains(members, key.member)) {
        want.push_back(key);
      }
    }

    std::vector<RowKey> got;
    std::optional<RowKey> wanted = selection.First();
    while (wanted) {
      const auto at = keys.lower_bound(*wanted);
      if (at == keys.end()) break;
      EXPECT_LE(*wanted, *at);
      wanted = selection.AtOrAfter(*at);
      if (wanted == *at) {
        EXPECT_LT(EncodeRowKey(*at), selection.UpperBound());
        got.push_back(*at);
        wanted = selection.After(*at);
      }
    }
    ASSERT_THAT(got, testing::ElementsAreArray(want)) << "round " << round;
  }
}

TEST(RowSelection, NearMeansFewRowsBetween) {
  const std::vector<uint32_t> pages = {3, 5, 900};
  RowRange range;
  range.pages = pages;
  range.last_period = 10;
  const RowSelection some(range);
  const auto key = [](uint32_t period, uint32_t page) {
    return RowKey{Scope::kPage, Level::kMinute, period, page, 0};
  };
  EXPECT_TRUE(some.Near(key(1, 3), key(1, 5)));
  EXPECT_FALSE(some.Near(key(1, 5), key(1, 900)));
  EXPECT_FALSE(some.Near(key(1, 900), key(2, 3)));
  range.pages = {};
  EXPECT_TRUE(RowSelection(range).Near(key(1, 900), key(2, 0)));
}

}  // namespace
}  // namespace pagepulse
