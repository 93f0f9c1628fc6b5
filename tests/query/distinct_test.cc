// Sets too large to be exact: bit by bit what one set fed directly would say, however the people
// are spread over rows, open deltas, buckets and pages; and near the truth.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "base/error.h"
#include "query/query.h"
#include "query/time_text.h"
#include "sketch/distinct_set.h"
#include "tests/query/fake_source.h"

namespace pagepulse {
namespace {

class DistinctTest : public ::testing::Test {
 protected:
  DistinctTest() {
    for (const char* name : {"a", "b"}) catalog_.AddPage(name, "Asia/Ho_Chi_Minh");
    for (const uint32_t page : {1, 2}) catalog_.AddPost(page, "p");
    catalog_.AddSource("facebook");
    std::vector<Delta> part;
    for (int i = 0; i < 40'000; ++i) {
      DeltaOf d;
      d.page = 1 + Pick(2);
      d.post = Pick(3) == 0 ? d.page : 0;
      d.minute = first_ + Pick(20 * 1440);
      d.actor = Actor(Pick(9000));
      d.reach = true;
      part.push_back(d);
      all_.push_back(d);
      if (part.size() == 10'000) {
        i < 25'000 ? cut_.Store(part) : cut_.Open(part);
        part.clear();
      }
    }
  }

  uint32_t Pick(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  // Spread over 40 bits as a hash is.
  static uint64_t Actor(uint64_t n) { return std::mt19937_64(n + 1)() >> 24; }

  QueryResult Ask(const std::string& words) {
    auto result = RunQuery(*ParseQueryWords(words), catalog_, cut_, now_ms_);
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }

  // Of deltas that pass, in one set, and in truth.
  template <typename Passes>
  void Expect(const Value& value, SketchShape shape, Passes passes) {
    DistinctSet direct(shape);
    std::set<uint64_t> truth;
    for (const Delta& d : all_) {
      if (!passes(d)) continue;
      direct.Add(d.actor());
      truth.insert(d.actor());
    }
    ASSERT_FALSE(direct.exact());
    EXPECT_EQ(std::get<int64_t>(value), std::llround(direct.Estimate()));
    EXPECT_NEAR(direct.Estimate(), truth.size(), 5 * shape.RelativeStandardError() * truth.size());
  }

  std::mt19937_64 random_{7};
  FakeCatalog catalog_;
  FakeCut cut_{catalog_};
  const int64_t first_ = ParseTimeBound("t", "2025-07-01T00:00:00+07:00")->minute;
  const int64_t now_ms_ = (first_ + 40 * 1440) * 60'000;
  std::vector<Delta> all_;
};

TEST_F(DistinctTest, DaysAndTheirTotal) {
  const QueryResult result = Ask("page=a metrics=reach by=time:day from=2025-07-01 to=2025-07-20");
  ASSERT_EQ(result.rows.size(), 20u);
  for (int64_t day = 0; day < 20; ++day) {
    Expect(result.rows[day].values[0], kPageShape,
           [&](const Delta& d) { return d.page == 1 && (d.minute - first_) / 1440 == day; });
  }
  Expect(result.totals[0], kPageShape, [](const Delta& d) { return d.page == 1; });
  EXPECT_FALSE(result.metrics[0].exact);
  EXPECT_DOUBLE_EQ(result.metrics[0].relative_standard_error, kPageShape.RelativeStandardError());
}

TEST_F(DistinctTest, TheTotalDoesNotDependOnTheRows) {
  const std::string range = "metrics=reach from=2025-07-01 to=2025-07-20 ";
  const Value whole = Ask("page=a,b " + range).totals[0];
  Expect(whole, kPageShape, [](const Delta&) { return true; });
  for (const char* by : {"by=time:day", "by=time:month", "by=page", "by=page,time:week",
                         "by=time:hour", "by=source", "by=page limit=1"}) {
    EXPECT_EQ(Ask("page=* " + range + by).totals[0], whole) << by;
  }
}

TEST_F(DistinctTest, PostsHaveTheirOwnShape) {
  const QueryResult result = Ask("page=a,b metrics=reach by=post from=2025-07-01 to=2025-07-20");
  ASSERT_EQ(result.rows.size(), 2u);
  Expect(result.rows[0].values[0], kPostShape, [](const Delta& d) { return d.post == 1; });
  Expect(result.totals[0], kPostShape, [](const Delta& d) { return d.post != 0; });
  EXPECT_DOUBLE_EQ(result.metrics[0].relative_standard_error, kPostShape.RelativeStandardError());
}

// From quarters, whose sets have the shape of pages: exact ones, and of the crowd's quarter dense.
TEST_F(DistinctTest, PostsFromQuarters) {
  std::vector<Delta> crowd;
  for (int i = 0; i < 6000; ++i) {
    DeltaOf d;
    d.page = 1;
    d.post = 1;
    d.source = Pick(2);
    d.minute = first_ + 5 * 1440 + 615 + Pick(15);
    d.actor = Actor(Pick(4000));
    d.reach = true;
    crowd.push_back(d);
    all_.push_back(d);
  }
  cut_.Store({crowd.begin(), crowd.begin() + 4000});
  cut_.Store({crowd.begin() + 4000, crowd.begin() + 4100});
  cut_.Open({crowd.begin() + 4100, crowd.end()});

  const std::string range = " from=2025-07-02T10:15:00+07:00 to=2025-07-18T22:45:00+07:00";
  const int64_t from = first_ + 1440 + 615, to = first_ + 17 * 1440 + 1365;
  const auto on_post = [&](const Delta& d) {
    return d.post == 1 && d.minute >= from && d.minute < to;
  };
  for (const char* by : {"15min", "hour", "total"}) {
    const QueryResult result =
        Ask("page=a metrics=reach where=post=p by=time:" + std::string(by) + range);
    Expect(result.totals[0], kPostShape, on_post);
    EXPECT_DOUBLE_EQ(result.metrics[0].relative_standard_error, kPostShape.RelativeStandardError());
  }
  const auto in_crowd = [&](const Delta& d) {
    return on_post(d) && (d.minute - first_) / 15 == 5 * 96 + 41;
  };
  const std::string quarter = " from=2025-07-06T10:15:00+07:00 to=2025-07-06T10:30:00+07:00";
  Expect(Ask("page=a metrics=reach where=post=p" + quarter).totals[0], kPostShape, in_crowd);
  Expect(Ask("page=a metrics=reach by=post" + quarter).rows[0].values[0], kPostShape, in_crowd);
  // The page's and its sources' sets of the same quarter keep their own shape.
  const auto here = [&](const Delta& d) {
    return d.page == 1 && (d.minute - first_) / 15 == 5 * 96 + 41;
  };
  cut_.horizon[static_cast<int>(Level::kMinute)] = first_ + 30 * 1440;
  Expect(Ask("page=a metrics=reach" + quarter).totals[0], kPageShape, here);
  Expect(Ask("page=a metrics=reach where=source=facebook" + quarter).totals[0], kPageShape,
         [&](const Delta& d) { return here(d) && d.source == 1; });
}

TEST_F(DistinctTest, AnAnswerOfSmallSetsIsExact) {
  const QueryResult result =
      Ask("page=a metrics=reach,views from=2025-07-03T00:00:00+07:00 to=2025-07-03T01:00:00+07:00");
  EXPECT_TRUE(result.metrics[0].exact);
  std::set<uint64_t> truth;
  for (const Delta& d : all_) {
    if (d.page == 1 && (d.minute - first_) / 60 == 48) truth.insert(d.actor());
  }
  EXPECT_EQ(std::get<int64_t>(result.totals[0]), static_cast<int64_t>(truth.size()));
}

}  // namespace
}  // namespace pagepulse
