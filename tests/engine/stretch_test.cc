#include "engine/stretch.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace pagepulse {
namespace {

using Seen = std::vector<uint64_t>;  // which deltas, by their actor

Seen Visited(const Stretch& stretch, size_t published, const std::vector<uint32_t>& pages,
             MinuteRange range) {
  Seen seen;
  stretch.Visit(published, pages, range, [&](DeltaBatch batch) {
    EXPECT_FALSE(batch.empty());
    EXPECT_LE(batch.size(), kMaxDeltaBatch);
    for (const Delta* delta : batch) seen.push_back(delta->actor());
  });
  std::sort(seen.begin(), seen.end());
  return seen;
}

// History with some that is late, in a buffer that another stretch has used before.
TEST(Stretch, GivesWhatWasAskedForAndNothingElse) {
  std::mt19937 random(3);
  auto buffer = std::make_unique<DeltaBuffer>();
  for (int round = 0; round < 3; ++round) {
    Stretch stretch(std::move(buffer));
    std::vector<Delta> all;
    for (uint32_t i = 0; i < 5 * DeltaBuffer::kZoneDeltas + 77; ++i) {
      Delta delta;
      delta.page = 1 + random() % 40;
      delta.minute = 1000 * static_cast<uint32_t>(3 - round) + i / 10;
      if (random() % 100 == 0) delta.minute -= random() % 500;
      delta.actor_and_flags = uint64_t{i} << 24;
      stretch.Append(delta);
      all.push_back(delta);
    }
    for (int query = 0; query < 200; ++query) {
      const size_t published = random() % (all.size() + 1);
      std::vector<uint32_t> pages;
      for (uint32_t page = 1; page <= 40; ++page) {
        if (query % 3 == 1 ? page % 20 == 7 : query % 3 == 2 && page % 2 == 0)
          pages.push_back(page);
      }
      MinuteRange range{.from = static_cast<int64_t>(random() % 4500)};
      if (query % 5 != 0) range.to = range.from + random() % 1500;
      Seen expected;
      for (size_t i = 0; i < published; ++i) {
        const bool wanted =
            pages.empty() || std::count(pages.begin(), pages.end(), all[i].page) > 0;
        if (wanted && all[i].minute >= range.from && all[i].minute < range.to) {
          expected.push_back(all[i].actor());
        }
      }
      ASSERT_EQ(Visited(stretch, published, pages, range), expected) << query;
    }
    buffer = stretch.ReleaseBuffer();
  }
}

}  // namespace
}  // namespace pagepulse
