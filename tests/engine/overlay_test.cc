// A dry run says what the run then does, by page, day and metric, and leaves no trace.

#include "engine/overlay.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "base/status_macros.h"
#include "tests/support/told_stream.h"

namespace pagepulse::testing {
namespace {

const std::vector<std::string> kMetrics = {
    "views",  "clicks",  "messages", "reactions.like", "reactions.love", "comments",
    "shares", "follows", "scrolls",  "reach",          "engaged"};

using Figures = std::map<std::string, int64_t>;  // by page, day and metric; no zeros

Figures FiguresOf(EngineFixture& fixture) {
  Figures figures;
  for (const std::string page : {"p1", "p2"}) {
    for (int day = 1; day <= kDays; ++day) {
      for (const std::string& metric : kMetrics) {
        const int64_t value = fixture.Total(fmt::format(
            "page={} metrics={} from=2025-10-0{} to=2025-10-0{}", page, metric, day, day));
        if (value != 0) figures[fmt::format("{} 2025-10-0{} {}", page, day, metric)] = value;
      }
    }
  }
  return figures;
}

std::map<std::string, std::string> FilesIn(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path()] = std::string(std::istreambuf_iterator<char>(in), {});
  }
  return files;
}

class OverlayTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(OverlayTest, TheDifferenceIsWhatTheRunThenDoes) {
  std::mt19937 random(GetParam());
  EngineFixture fixture;
  fixture.options().stretch_deltas = 100;
  fixture.Open();
  Senders senders(&fixture);
  const auto batch = [&](int first) {
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += RandomEvent(random, first + i).ToJson() + "\n";
    return lines;
  };
  int n = 0;
  for (int i = 0; i < 12; ++i) senders.Send("job", batch(n += 30));
  const Figures before = FiguresOf(fixture);
  std::vector<std::string> batches;
  for (int i = 0; i < 12; ++i) batches.push_back(batch(n += 30));
  fixture.Close();
  const auto files = FilesIn(fixture.path());

  Overlay* overlay = nullptr;
  fixture.options().open_database =
      [&](DatabaseOptions options) -> absl::StatusOr<std::unique_ptr<Database>> {
    options.read_only = true;
    ASSIGN_OR_RETURN(std::unique_ptr<Database> base, Database::Open(options));
    std::unique_ptr<Overlay> over = Overlay::Over(std::move(base));
    overlay = over.get();
    return std::unique_ptr<Database>(std::move(over));
  };
  ASSERT_NO_FATAL_FAILURE(fixture.Open());
  ASSERT_TRUE(fixture.engine().Checkpoint().ok());
  overlay->StartDifference();
  std::vector<uint64_t> accepted;
  for (const std::string& lines : batches) {
    accepted.push_back(senders.Send("job", lines).accepted);
    if (random() % 3 == 0) {
      ASSERT_TRUE(fixture.engine().Checkpoint().ok());
    }
  }
  ASSERT_TRUE(fixture.engine().Checkpoint().ok());
  const auto difference = overlay->Difference(fixture.engine().catalog());
  ASSERT_TRUE(difference.ok()) << difference.status();
  Figures expected = before;
  for (const DayDifference& d : *difference) {
    if (std::find(kMetrics.begin(), kMetrics.end(), d.metric) == kMetrics.end()) continue;
    const std::string place =
        fmt::format("{} {} {}", fixture.engine().catalog().PageName(d.page), d.day, d.metric);
    EXPECT_EQ(expected[place], d.before) << place;
    EXPECT_NE(d.before, d.after) << place;
    expected[place] = d.after;
  }
  std::erase_if(expected, [](const auto& figure) { return figure.second == 0; });
  EXPECT_GT(difference->size(), 20u);
  fixture.Close();
  EXPECT_TRUE(FilesIn(fixture.path()) == files);

  fixture.options().open_database = Database::Open;
  ASSERT_NO_FATAL_FAILURE(fixture.Open());
  EXPECT_EQ(FiguresOf(fixture), before);
  for (size_t i = 0; i < batches.size(); ++i) {
    EXPECT_EQ(senders.Send("job", batches[i]).accepted, accepted[i]);
  }
  EXPECT_EQ(FiguresOf(fixture), expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, OverlayTest, ::testing::Range(1u, 5u));

}  // namespace
}  // namespace pagepulse::testing
