// Pages by name, from one to most of those there are: the sums and people of those and of no other,
// from rows and from open deltas alike.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <utility>

#include "query/query.h"
#include "query/time_text.h"
#include "tests/query/fake_source.h"

namespace pagepulse {
namespace {

constexpr uint32_t kPages = 40;

class ManyPagesTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  ManyPagesTest() {
    for (uint32_t page = 1; page <= kPages; ++page) {
      catalog_.AddPage(fmt::format("page{}", page), "Asia/Ho_Chi_Minh");
    }
    std::vector<Delta> rows, open;
    for (int i = 0; i < 4000; ++i) {
      DeltaOf d;
      d.page = 1 + static_cast<uint32_t>(random_() % kPages);
      d.minute = first_ + static_cast<int64_t>(random_() % (12 * 1440));
      d.actor = 1 + random_() % 200;  // few enough to be exact
      d.reach = true;
      deltas_.push_back(d);
      (i % 2 == 0 ? rows : open).push_back(d);
    }
    cut_.Store(rows);
    cut_.Open(open);
  }

  std::mt19937_64 random_{5};
  FakeCatalog catalog_;
  FakeCut cut_{catalog_};
  const int64_t first_ = ParseTimeBound("t", "2025-07-01T00:00:00+07:00")->minute;
  std::vector<DeltaOf> deltas_;
};

TEST_P(ManyPagesTest, HoldsThoseAndNoOther) {
  // Every other one first, so that those left out lie between, before and behind.
  std::set<uint32_t> pages;
  for (uint32_t i = 0; pages.size() < GetParam(); ++i) {
    pages.insert(1 + (2 * i + (2 * i >= kPages ? 1 : 0) + 3) % kPages);
  }
  std::string names;
  for (const uint32_t page : pages)
    names += fmt::format("{}page{}", names.empty() ? "" : ",", page);

  int64_t views = 0;
  std::set<uint64_t> people;
  for (const DeltaOf& d : deltas_) {
    if (pages.count(d.page) == 0 || d.minute >= first_ + 10 * 1440) continue;
    views += d.value;
    people.insert(d.actor);
  }
  const auto spec = ParseQueryWords(fmt::format(
      "page={} metrics=views,reach from=2025-07-01 to=2025-07-10 tz=Asia/Ho_Chi_Minh", names));
  ASSERT_TRUE(spec.ok()) << spec.status();
  const auto result = RunQuery(*spec, catalog_, cut_, (first_ + 40 * 1440) * 60'000);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(std::get<int64_t>(result->totals[0]), views);
  EXPECT_EQ(std::get<int64_t>(result->totals[1]), static_cast<int64_t>(people.size()));
}

INSTANTIATE_TEST_SUITE_P(Pages, ManyPagesTest, ::testing::Values(1, 2, 16, 17, 30, 39, 40));

}  // namespace
}  // namespace pagepulse
