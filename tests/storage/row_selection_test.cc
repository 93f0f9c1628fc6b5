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

bool HasMembers(Scope scope) { return scope == Scope::kPost || scope == Scope::kSource; }

// A key of the range's kind, or of any other, which may lie before it, behind it and between.
RowKey RandomKey(std::mt19937_64& random, const RowRange& range) {
  RowKey key = {range.scope, range.level, RandomId(random), RandomId(random), 0};
  if (random() % 2) key.scope = static_cast<Scope>(1 + random() % 4);
  if (random() % 2) key.level = static_cast<Level>(1 + random() % 4);
  if (HasMembers(key.scope)) key.member = RandomId(random);
  return key;
}

// Steps over a sorted set of keys as a scan does, by Next where the wanted key is near and by Seek
// where it is not; the answer must be a plain filter's.
TEST(RowSelection, EqualsAPlainFilter) {
  std::mt19937_64 random(2);
  size_t selected = 0, passed = 0;
  for (int round = 0; round < 4000; ++round) {
    RowRange range;
    range.scope = static_cast<Scope>(1 + random() % 4);
    range.level = static_cast<Level>(1 + random() % 4);
    const std::vector<uint32_t> pages = RandomList(random);
    const std::vector<uint32_t> members =
        HasMembers(range.scope) ? RandomList(random) : std::vector<uint32_t>();
    range.first_period = RandomId(random);
    range.last_period = RandomId(random);
    range.pages = pages;
    range.members = members;
    const RowSelection selection(range);

    std::set<RowKey> keys;
    for (int i = 0; i < 90; ++i) keys.insert(RandomKey(random, range));
    std::vector<RowKey> want;
    for (const RowKey& key : keys) {
      if (key.scope == range.scope && key.level == range.level &&
          range.first_period <= key.period && key.period <= range.last_period &&
          Contains(pages, key.page) && Contains(members, key.member)) {
        want.push_back(key);
      }
    }

    std::vector<RowKey> got;
    std::optional<RowKey> wanted = selection.First();
    auto at = keys.end();
    bool seek = true;
    while (wanted) {
      const auto next = seek ? keys.lower_bound(*wanted) : std::next(at);
      at = next;
      if (at == keys.end()) break;
      wanted = selection.AtOrAfter(*at);
      if (wanted) {
        EXPECT_LE(*at, *wanted);
        EXPECT_LT(EncodeRowKey(*wanted), selection.UpperBound());
      }
      if (wanted == *at) {
        got.push_back(*at);
        wanted = selection.After(*at);
        if (wanted) {
          EXPECT_LT(*at, *wanted);
        }
      } else {
        ++passed;
      }
      seek = wanted && !selection.Near(*at, *wanted);
    }
    ASSERT_THAT(got, testing::ElementsAreArray(want)) << "round " << round;
    selected += got.size();
  }
  EXPECT_GT(selected, 5000u);
  EXPECT_GT(passed, 5000u);
}

TEST(RowSelection, NearMeansFewRowsBetween) {
  const std::vector<uint32_t> pages = {3, 5, 900};
  RowRange range;
  range.level = Level::kMinute;
  range.pages = pages;
  range.last_period = 10;
  const auto key = [&range](uint32_t period, uint32_t page, uint32_t member = 0) {
    return RowKey{range.scope, range.level, period, page, member};
  };
  const auto near = [&range](const RowKey& from, const RowKey& to) {
    return RowSelection(range).Near(from, to);
  };
  EXPECT_TRUE(near(key(1, 3), key(1, 5)));
  EXPECT_FALSE(near(key(1, 5), key(1, 900)));
  EXPECT_FALSE(near(key(1, 900), key(2, 3)));
  range.pages = {};
  EXPECT_TRUE(near(key(1, 900), key(2, 0)));

  range.level = Level::kQuarter;
  range.scope = Scope::kDetail;
  EXPECT_TRUE(near(key(1, 900), key(2, 0)));
  EXPECT_TRUE(near(key(1, 3), key(1, 4)));
  EXPECT_FALSE(near(key(1, 3), key(1, 5))) << "that of page 4 would be merged in vain";

  // Months and other scopes lie between the days of two months; posts, between two pages.
  range.level = Level::kDay;
  range.scope = Scope::kPage;
  EXPECT_TRUE(near(key(1, 3), key(1, 5)));
  EXPECT_FALSE(near(key(1, 900), key(2, 0)));
  range.scope = Scope::kPost;
  EXPECT_TRUE(near(key(1, 3, 7), key(1, 3, 8)));
  EXPECT_FALSE(near(key(1, 3, 7), key(1, 3, 80)));
  EXPECT_FALSE(near(key(1, 3, 7), key(1, 4, 0)));
  EXPECT_FALSE(near({Scope::kSource, Level::kDay, 1, 3, 7}, key(2, 3, 7)));
  EXPECT_FALSE(near({Scope::kPost, Level::kMonth, 1, 3, 7}, key(2, 3, 7)));
  EXPECT_FALSE(near({Scope::kPage, Level::kDay, 1, 3, 0}, key(1, 3, 2))) << "all pages between";
}

}  // namespace
}  // namespace pagepulse
