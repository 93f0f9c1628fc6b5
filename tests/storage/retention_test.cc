#include "storage/retention.h"

#include <map>
#include <random>
#include <string>

#include "base/coding.h"
#include "gtest/gtest.h"
#include "model/time_zone.h"
#include "storage/database.h"
#include "storage/rocks.h"
#include "storage/storage_keys.h"
#include "tests/storage/test_rows.h"
#include "tests/support/open_database.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

constexpr uint32_t kFirstDay = 20270;  // 2025-07-01
constexpr uint32_t kFirstMonth = 660;  // 2025-01
constexpr int64_t kDay = 1440;

int64_t MonthStart(int year, int month) {
  return int64_t{DayNumber(absl::CivilDay(year, month, 1))} * kDay;
}

// Compacts everything, as a long life would.
void CompactAll(const std::string& path, std::shared_ptr<const Retention> retention) {
  DatabaseOptions options;
  options.path = path;
  const auto rocks = Rocks::Open(options, retention);
  ASSERT_TRUE(rocks.ok()) << rocks.status();
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (int i = 0; i < kFamilies; ++i) {
    const rocksdb::Status status =
        (**rocks)->CompactRange(all, (*rocks)->family(static_cast<Family>(i)), nullptr, nullptr);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
}

size_t Count(const Database& database, std::string_view family) {
  size_t n = 0;
  const auto count = [&](std::string_view, std::string_view) {
    ++n;
    return absl::OkStatus();
  };
  EXPECT_TRUE(database.Dump(family, count).ok());
  return n;
}
size_t CountRows(const Database& database) {
  return Count(database, "minutes") + Count(database, "quarters") + Count(database, "days");
}

// 30 days and 30 months, of all kinds.
Rows RowsOfAllKinds(int seed) {
  std::mt19937_64 random(seed);
  Rows rows;
  for (uint32_t i = 0; i < 30; ++i) {
    for (const auto& [level, scope] : kKinds) {
      for (uint32_t page = 1; page <= 5; ++page) {
        const uint32_t period = level < Level::kDay ? kFirstDay + i : kFirstMonth + i;
        const uint32_t member = scope == Scope::kPost || scope == Scope::kSource ? 3 : 0;
        Cells& cells = rows[{scope, level, period, page, member}];
        cells[{0, kViews}] = 1 + random() % 9;
        cells[{5, kClicks}] = 1 + random() % 9;
      }
    }
  }
  return rows;
}

TEST(Retention, FirstVisiblePeriod) {
  EXPECT_EQ(FirstVisiblePeriod(Level::kMinute, 0), 0u);
  EXPECT_EQ(FirstVisiblePeriod(Level::kMinute, kDay - 1), 0u);
  EXPECT_EQ(FirstVisiblePeriod(Level::kMinute, kDay), 1u);
  for (const Level level : kAllLevels) {
    for (uint32_t period = 1; period < 700; period += 13) {
      const int64_t end = PeriodEndMinute(level, period);
      EXPECT_EQ(FirstVisiblePeriod(level, end), period + 1);
      EXPECT_EQ(FirstVisiblePeriod(level, end - 1), period);
    }
  }
}

TEST(Retention, AnswersDoNotDependOnCompaction) {
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  Rows model;
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(database->rollups().Commit(i, ToPartials(RowsOfAllKinds(i))).ok());
    ASSERT_TRUE(database->CommitCheckpoint(i, {}).ok());
    AddRows(RowsOfAllKinds(i), &model);
  }
  auto old_snapshot = database->rollups().Snapshot();

  JournalUpdate update;
  update.horizon_minutes[static_cast<int>(Level::kMinute)] = (kFirstDay + 22) * kDay;
  update.horizon_minutes[static_cast<int>(Level::kQuarter)] = (kFirstDay + 3) * kDay + 5;
  // A day after the ends of 2025-11 and 2025-03, and a minute before the next.
  update.horizon_minutes[static_cast<int>(Level::kDay)] = MonthStart(2025, 12) + kDay;
  update.horizon_minutes[static_cast<int>(Level::kMonth)] = MonthStart(2025, 5) + kDay - 1;
  ASSERT_TRUE(database->CommitCheckpoint(4, update).ok());
  update.horizon_minutes[static_cast<int>(Level::kMinute)] = 0;  // must not move back
  ASSERT_TRUE(database->CommitCheckpoint(5, update).ok());
  EXPECT_EQ(database->horizon_minute(Level::kMinute), (kFirstDay + 22) * kDay);
  std::erase_if(model, [](const auto& row) {
    const RowKey& key = row.first;
    return (key.level == Level::kMinute && key.period < kFirstDay + 22) ||
           (key.level == Level::kQuarter && key.period < kFirstDay + 3) ||
           (key.level == Level::kDay && key.period < kFirstMonth + 11) ||
           (key.level == Level::kMonth && key.period < kFirstMonth + 3);
  });
  EXPECT_EQ(ScanEverything(*old_snapshot), model);
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), model);
  EXPECT_GT(CountRows(*database), model.size()) << "nothing was left for the filter";

  auto retention = std::make_shared<Retention>();
  for (const Level level : kAllLevels) {
    retention->horizon_minute[static_cast<int>(level)] = database->horizon_minute(level);
  }
  old_snapshot.reset();
  database.reset();
  CompactAll(dir / "data", retention);
  database = OpenDatabase(dir / "data");
  EXPECT_EQ(CountRows(*database), model.size());
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), model);
}

TEST(Retention, CompactionWithoutHorizonsKeepsAll) {
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  ASSERT_TRUE(database->rollups().Commit(1, ToPartials(RowsOfAllKinds(1))).ok());
  ASSERT_TRUE(database->CommitCheckpoint(1, {}).ok());
  database.reset();
  CompactAll(dir / "data", std::make_shared<Retention>());
  database = OpenDatabase(dir / "data");
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), RowsOfAllKinds(1));
}

std::string IdsKey(uint32_t hour, uint64_t checkpoint) {
  std::string key(1, kIdsPrefix);
  PutBig32(&key, hour);
  PutBig64(&key, checkpoint);
  PutBig32(&key, 0);
  return key;
}

std::string Arrival(int64_t ms) {
  std::string value;
  PutLittle64(&value, static_cast<uint64_t>(ms));
  return value + "the rest";
}

TEST(Retention, JournalForgetsOldIdsAndReplies) {
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  JournalUpdate update;
  for (uint32_t hour = 490000; hour < 490010; ++hour) {
    update.entries.emplace_back(IdsKey(hour, 1), "ids");
  }
  for (int i = 0; i < 10; ++i) {
    const std::string key = "r" + std::string(16, static_cast<char>('a' + i));
    update.entries.emplace_back(key, Arrival(1000 * i));
  }
  update.entries.emplace_back("n-name", Arrival(0));  // of neither kind
  update.entries.emplace_back("i-other", Arrival(0));
  ASSERT_TRUE(database->CommitCheckpoint(1, update).ok());
  database->SetJournalHorizon(490004, 7000);
  ASSERT_TRUE(database->CommitCheckpoint(2, {}).ok());
  database.reset();

  auto retention = std::make_shared<Retention>();
  retention->oldest_id_hour = 490004;
  retention->oldest_reply_ms = 7000;
  CompactAll(dir / "data", retention);
  database = OpenDatabase(dir / "data");
  EXPECT_EQ(database->marker(), 2u);
  EXPECT_FALSE(database->GetEntry(IdsKey(490003, 1))->has_value());
  EXPECT_TRUE(database->GetEntry(IdsKey(490004, 1))->has_value());
  EXPECT_FALSE(database->GetEntry("r" + std::string(16, 'g'))->has_value());
  EXPECT_TRUE(database->GetEntry("r" + std::string(16, 'h'))->has_value());
  EXPECT_EQ(Count(*database, "journal"), 6u + 3 + 2 + 2) << "ids, replies, others, c and h";
}

// Files at the bottom may never be compacted; those that hold expired keys alone go whole.
TEST(Retention, ExpiredFilesAreDropped) {
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  for (uint32_t i = 0; i < 10; ++i) {  // each lies behind the last, so each goes to the bottom
    Rows rows;
    for (const auto& [level, scope] : kKinds) {
      rows[{scope, level, (level < Level::kDay ? kFirstDay : kFirstMonth) + i, 1, 0}] = {
          {{0, kViews}, 1}};
    }
    ASSERT_TRUE(database->rollups().Commit(i + 1, ToPartials(rows)).ok());
    ASSERT_TRUE(database->CommitCheckpoint(i + 1, {}).ok());
  }
  uint64_t checkpoint = 10;
  const auto counts = [&](Level level, int64_t horizon) {
    JournalUpdate update;
    update.horizon_minutes[static_cast<int>(level)] = horizon;
    EXPECT_TRUE(database->CommitCheckpoint(++checkpoint, update).ok());
    return std::vector<size_t>{Count(*database, "minutes"), Count(*database, "quarters"),
                               Count(*database, "days")};
  };
  const auto some = [](size_t minutes, size_t quarters, size_t days) {
    return std::vector<size_t>{minutes, quarters, days};
  };
  EXPECT_EQ(counts(Level::kMinute, 0), some(10, 10, 10 * 6));
  EXPECT_EQ(counts(Level::kMinute, (kFirstDay + 6) * kDay), some(4, 10, 10 * 6));
  EXPECT_EQ(counts(Level::kQuarter, (kFirstDay + 2) * kDay), some(4, 8, 10 * 6));
  // Days and months share files, which stay for as long as either shows.
  EXPECT_EQ(counts(Level::kDay, MonthStart(2025, 8) + kDay), some(4, 8, 10 * 6));
  EXPECT_EQ(counts(Level::kMonth, MonthStart(2025, 5) + kDay), some(4, 8, 6 * 6));
  EXPECT_EQ(counts(Level::kMonth, MonthStart(2025, 10) + kDay), some(4, 8, 3 * 6));

  RowRange days, months;
  days.last_period = months.last_period = UINT32_MAX;
  months.level = Level::kMonth;
  EXPECT_EQ(ScanRows(*database->rollups().Snapshot(), days).size(), 3u);
  EXPECT_EQ(ScanRows(*database->rollups().Snapshot(), months).size(), 1u);
}

}  // namespace
}  // namespace pagepulse
