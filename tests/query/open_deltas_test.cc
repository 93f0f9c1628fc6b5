// What is open and of no interest to a question: it makes no row, and yet something happened.

#include <gtest/gtest.h>

#include "query/query.h"
#include "query/time_text.h"
#include "tests/query/fake_source.h"

namespace pagepulse {
namespace {

class OpenDeltasTest : public ::testing::Test {
 protected:
  // More views of one post than there are in a batch, and one comment on another.
  OpenDeltasTest() {
    const uint32_t page = catalog_.AddPage("a", "Asia/Ho_Chi_Minh");
    const uint32_t viewed = catalog_.AddPost(page, "viewed");
    const uint32_t commented = catalog_.AddPost(page, "commented");
    std::vector<Delta> deltas;
    for (size_t i = 0; i < 3 * kMaxDeltaBatch; ++i) {
      DeltaOf view{.page = page, .post = viewed, .minute = first_ + static_cast<int64_t>(i)};
      view.actor = 1 + i % 50;  // few enough to be exact
      view.reach = true;
      deltas.push_back(view);
    }
    deltas.insert(deltas.begin() + 700, DeltaOf{.page = page,
                                                .post = commented,
                                                .minute = first_,
                                                .counter = kComments,
                                                .actor = 7,
                                                .engaged = true});
    cut_.Open(deltas);
  }

  QueryResult Ask(const std::string& words) {
    auto result = RunQuery(*ParseQueryWords(words), catalog_, cut_, (first_ + 20 * 1440) * 60'000);
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }

  const int64_t first_ = ParseTimeBound("t", "2025-07-01T00:00:00+07:00")->minute;
  FakeCatalog catalog_;
  FakeCut cut_{catalog_};
};

TEST_F(OpenDeltasTest, OnlyWhatIsWantedMakesARow) {
  const QueryResult result =
      Ask("page=a metrics=interactions,engaged by=post from=2025-07-01 to=2025-07-10");
  ASSERT_EQ(result.rows.size(), 1u);
  EXPECT_EQ(result.rows[0].labels[0], "commented");
  EXPECT_EQ(std::get<int64_t>(result.rows[0].values[0]), 1);
  EXPECT_EQ(std::get<int64_t>(result.rows[0].values[1]), 1);
  EXPECT_EQ(std::get<int64_t>(result.totals[0]), 1);
}

TEST_F(OpenDeltasTest, WhatIsCountedBesidesIsCounted) {
  const QueryResult result =
      Ask("page=a metrics=views,reach,comments by=post order=post from=2025-07-01 to=2025-07-10");
  ASSERT_EQ(result.rows.size(), 2u);
  EXPECT_EQ(std::get<int64_t>(result.rows[0].values[2]), 1);
  EXPECT_EQ(std::get<int64_t>(result.rows[1].values[0]), static_cast<int64_t>(3 * kMaxDeltaBatch));
  EXPECT_EQ(std::get<int64_t>(result.rows[1].values[1]), 50);
}

TEST_F(OpenDeltasTest, ARangeIsNotEmptyForWantOfWhatIsAskedFor) {
  EXPECT_TRUE(Ask("page=a metrics=follows from=2025-07-01 to=2025-07-10").warnings.empty());
  const QueryResult elsewhere = Ask("page=a metrics=follows from=2025-07-08 to=2025-07-10");
  ASSERT_EQ(elsewhere.warnings.size(), 1u);
  EXPECT_NE(elsewhere.warnings[0].find("from 2025-07-01 to 2025-07-02"), std::string::npos)
      << elsewhere.warnings[0];
}

}  // namespace
}  // namespace pagepulse
