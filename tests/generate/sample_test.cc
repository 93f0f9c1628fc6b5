#include <string>
#include <string_view>

#include "base/hash.h"
#include "generate/generate.h"
#include "gtest/gtest.h"
#include "tests/generate/recount.h"

namespace pagepulse {
namespace {

struct Counted {
  Recount recount;
  uint64_t lines = 0;
  ContentHasher hasher;
};

void Count(uint64_t seed, Counted* out) {
  const auto sink = [&](std::string_view block) {
    out->hasher.Update(block);
    while (!block.empty()) {
      const size_t end = block.find('\n');
      if (!out->recount.Add(block.substr(0, end))) {
        return absl::InternalError(out->recount.error());
      }
      ++out->lines;
      block.remove_prefix(end + 1);
    }
    return absl::OkStatus();
  };
  const absl::Status status = Generate({.profile = GenerateProfile::kSample, .seed = seed}, sink);
  ASSERT_TRUE(status.ok()) << status;
  out->recount.Finish();
}

void ExpectTheSentence(const Counted& counted) {
  ASSERT_EQ(counted.recount.pages().size(), 1u);
  const auto& months = counted.recount.pages().at("tan-dinh-gan-ket");
  const Recount::Totals& total = months.at("");
  EXPECT_GT(total.views, 2'240'001);
  EXPECT_LT(total.views, 2'249'999);
  EXPECT_GT(total.interactions(), 371'500);
  EXPECT_LT(total.interactions(), 371'999);
  ASSERT_EQ(months.size(), 7u);  // July to December, and the total
  int64_t views = 0, interactions = 0;
  size_t reach = 0;
  for (const auto& [month, totals] : months) {
    if (month.empty()) continue;
    EXPECT_GE(month, "2025-07");
    EXPECT_LE(month, "2025-12");
    EXPECT_GT(totals.views, 100'000) << month;
    views += totals.views;
    interactions += totals.interactions();
    reach += totals.reach();
  }
  EXPECT_EQ(views, total.views);
  EXPECT_EQ(interactions, total.interactions());
  EXPECT_GT(total.reach(), 50'000u);
  EXPECT_LT(total.reach(), 100'000u);
  EXPECT_GT(reach, total.reach() * 3 / 2);  // people return: reach is never a sum
}

// The true totals of the history that a first start loads.
TEST(Sample, TheDefaultSeed) {
  Counted counted;
  Count(GenerateOptions().seed, &counted);
  ExpectTheSentence(counted);
  struct Row {
    const char* month;
    int64_t views, interactions;
    size_t reach;
  };
  constexpr Row kRows[] = {
      {"", 2'245'465, 371'610, 71'560},     {"2025-07", 297'535, 46'323, 22'584},
      {"2025-08", 326'398, 54'639, 32'819}, {"2025-09", 611'096, 93'548, 43'534},
      {"2025-10", 358'351, 62'751, 52'366}, {"2025-11", 409'060, 71'390, 62'506},
      {"2025-12", 243'025, 42'959, 59'455}};
  const auto& months = counted.recount.pages().at("tan-dinh-gan-ket");
  for (const Row& row : kRows) {
    const Recount::Totals& totals = months.at(row.month);
    EXPECT_EQ(totals.views, row.views) << row.month;
    EXPECT_EQ(totals.interactions(), row.interactions) << row.month;
    EXPECT_EQ(totals.reach(), row.reach) << row.month;
  }
  const Recount::Totals& total = months.at("");
  EXPECT_EQ(total.clicks, 56'000);
  EXPECT_EQ(total.messages, 6'400);
  EXPECT_NEAR(total.follows, 11'160, 120);
  EXPECT_EQ(counted.lines, 2'748'065u);
  EXPECT_EQ(absl::Uint128High64(counted.hasher.Digest()), 3'277'827'036'697'257'163u);
}

TEST(Sample, AnotherSeed) {
  Counted counted;
  Count(0xfedcba9876543210, &counted);
  ExpectTheSentence(counted);
}

}  // namespace
}  // namespace pagepulse
