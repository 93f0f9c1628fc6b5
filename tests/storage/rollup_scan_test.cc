#include <algorithm>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "storage/database.h"
#include "tests/storage/test_rows.h"
#include "tests/support/open_database.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

constexpr uint32_t kFirstPeriod = 600, kPeriods = 12, kPages = 40, kMembers = 30;

Rows RandomRows(std::mt19937_64& random, int n) {
  Rows rows;
  for (int i = 0; i < n; ++i) {
    // All kinds have the same periods, so that days and months of all scopes lie between each
    // other.
    const auto [level, scope] = kKinds[random() % std::size(kKinds)];
    const bool member = scope == Scope::kPost || scope == Scope::kSource;
    const RowKey key = {scope, level, kFirstPeriod + static_cast<uint32_t>(random() % kPeriods),
                        static_cast<uint32_t>(1 + random() % kPages),
                        member ? static_cast<uint32_t>(random() % kMembers) : 0};
    for (int j = random() % 4; j >= 0; --j) {
      const int64_t value = static_cast<int64_t>(random() % 21) - 10;
      rows[key][{random() % 20, static_cast<CounterId>(random() % 30)}] += value;
    }
  }
  return rows;
}

std::vector<uint32_t> RandomList(std::mt19937_64& random, uint32_t n) {
  std::set<uint32_t> ids;
  for (int i = random() % 6; i > 0; --i) ids.insert(random() % n);
  return {ids.begin(), ids.end()};
}

Rows Filter(const Rows& rows, const RowRange& range) {
  Rows out;
  const auto has = [](absl::Span<const uint32_t> ids, uint32_t id) {
    return ids.empty() || std::count(ids.begin(), ids.end(), id) > 0;
  };
  for (const auto& [key, cells] : rows) {
    if (key.scope == range.scope && key.level == range.level && key.period >= range.first_period &&
        key.period <= range.last_period && has(range.pages, key.page) &&
        has(range.members, key.member)) {
      out[key] = cells;
    }
  }
  return Net(out);
}

void CompareRandomScans(std::mt19937_64& random, const RollupSnapshot& snapshot, const Rows& model,
                        int scans) {
  for (int i = 0; i < scans; ++i) {
    const std::vector<uint32_t> pages = RandomList(random, kPages + 2);
    const std::vector<uint32_t> members = RandomList(random, kMembers + 2);
    RowRange range;
    std::tie(range.level, range.scope) = kKinds[random() % std::size(kKinds)];
    if (random() % 16 == 0) range.scope = static_cast<Scope>(1 + random() % 4);  // perhaps none
    range.first_period = kFirstPeriod - 1 + random() % kPeriods;
    range.last_period = kFirstPeriod - 1 + random() % (kPeriods + 2);
    range.pages = pages;
    if (range.scope == Scope::kPost || range.scope == Scope::kSource) range.members = members;
    ASSERT_EQ(ScanRows(snapshot, range), Filter(model, range));
  }
}

TEST(RollupScan, EqualsAMapUnderManyCommitsAndReopens) {
  std::mt19937_64 random(11);
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  Rows model;
  for (uint64_t checkpoint = 1; checkpoint <= 24; ++checkpoint) {
    const Rows rows = RandomRows(random, 400);
    ASSERT_TRUE(database->rollups().Commit(checkpoint, ToPartials(rows)).ok());
    ASSERT_TRUE(database->CommitCheckpoint(checkpoint, {}).ok());
    AddRows(rows, &model);
    if (checkpoint % 8 == 0) {
      database.reset();
      database = OpenDatabase(dir / "data");
    }
    const auto snapshot = database->rollups().Snapshot();
    CompareRandomScans(random, *snapshot, model, 40);
  }
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), Net(model));
}

TEST(RollupScan, SnapshotsStayAsTheyWere) {
  std::mt19937_64 random(12);
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  const Rows first = RandomRows(random, 300), second = RandomRows(random, 300);
  ASSERT_TRUE(database->rollups().Commit(1, ToPartials(first)).ok());
  ASSERT_TRUE(database->CommitCheckpoint(1, {}).ok());
  const auto before = database->rollups().Snapshot();
  ASSERT_TRUE(database->rollups().Commit(2, ToPartials(second)).ok());
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), Net(first)) << "staged rows show";
  ASSERT_TRUE(database->CommitCheckpoint(2, {}).ok());

  Rows both = first;
  AddRows(second, &both);
  EXPECT_EQ(ScanEverything(*before), Net(first));
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), Net(both));
}

TEST(RollupScan, CommitIsIdempotent) {
  std::mt19937_64 random(13);
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  const Rows rows = RandomRows(random, 200), other = RandomRows(random, 100);
  ASSERT_TRUE(database->rollups().Commit(7, ToPartials(other)).ok());
  ASSERT_TRUE(database->rollups().Commit(7, ToPartials(rows)).ok()) << "replaces what was staged";
  ASSERT_TRUE(database->CommitCheckpoint(7, {}).ok());
  ASSERT_TRUE(database->rollups().Commit(7, ToPartials(rows)).ok());
  ASSERT_TRUE(database->rollups().Commit(3, ToPartials(rows)).ok());
  EXPECT_EQ(*database->rollups().LastCheckpoint(), 7u);
  ASSERT_TRUE(database->CommitCheckpoint(8, {}).ok());
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), Net(rows));

  ASSERT_TRUE(database->rollups().Commit(9, ToPartials(rows)).ok());
  EXPECT_FALSE(database->rollups().Commit(10, ToPartials(rows)).ok()) << "9 would be lost";
  EXPECT_FALSE(database->CommitCheckpoint(10, {}).ok());
}

TEST(RollupScan, EndsWithTheVisitorsError) {
  std::mt19937_64 random(14);
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  ASSERT_TRUE(database->rollups().Commit(1, ToPartials(RandomRows(random, 300))).ok());
  ASSERT_TRUE(database->CommitCheckpoint(1, {}).ok());
  int visited = 0;
  const auto visit = [&](const RowKey&, std::string_view) -> absl::Status {
    return ++visited == 3 ? absl::CancelledError("enough") : absl::OkStatus();
  };
  RowRange range;
  range.last_period = UINT32_MAX;
  const absl::Status status = database->rollups().Snapshot()->Scan(range, visit);
  EXPECT_EQ(status, absl::CancelledError("enough"));
  EXPECT_EQ(visited, 3);
}

}  // namespace
}  // namespace pagepulse
