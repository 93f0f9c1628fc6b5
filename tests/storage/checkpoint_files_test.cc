// Which files a checkpoint leaves: history in order of time is cut where its parts meet.

#include "storage/checkpoint_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/coding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/database.h"
#include "storage/rocks.h"
#include "tests/storage/test_rows.h"
#include "tests/support/open_database.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

constexpr uint32_t kDay = 20270, kMonth = 660;

// A row of about so many bytes, which no two pages share and no compression makes smaller.
std::string RowOfBytes(std::mt19937_64& random, size_t bytes) {
  RowBuilder builder(kPageShape);
  for (uint32_t slot = 0; slot * 1280 < bytes; ++slot) {
    builder.StartCell(slot);
    std::set<uint64_t> people;
    while (people.size() < 256) people.insert(random() >> 24);
    builder.AddPeople(People::kReach, std::vector<uint64_t>(people.begin(), people.end()));
  }
  std::string out;
  builder.Finish(&out);
  return out;
}

// Rows of one kind: of each period so many pages, each of so many bytes.
Partials RowsOf(Level level, uint32_t first, uint32_t last, uint32_t pages, size_t bytes) {
  std::mt19937_64 random(first);
  const Scope scope = level == Level::kQuarter ? Scope::kDetail : Scope::kPage;
  Partials partials;
  for (uint32_t period = first; period <= last; ++period) {
    for (uint32_t page = 1; page <= pages; ++page) {
      const size_t offset = partials.bytes.size();
      if (scope == Scope::kDetail) {
        DetailBuilder(&partials.bytes).Add(3, 1, RowOfBytes(random, bytes));
      } else {
        partials.bytes += RowOfBytes(random, bytes);
      }
      partials.rows.push_back(
          {{scope, level, period, page, 0}, offset, partials.bytes.size() - offset});
    }
  }
  return partials;
}

// As sealed stretches are, one after another.
void Commit(Database* database, uint64_t checkpoint, const Partials& partials,
            const JournalUpdate& update = {}) {
  ASSERT_TRUE(database->rollups().Commit(checkpoint, partials).ok());
  ASSERT_TRUE(database->CommitCheckpoint(checkpoint, update).ok());
}

// The first and last period of each file, by the files' order.
using Periods = std::vector<std::pair<uint32_t, uint32_t>>;

// The smallest and the largest key of each file of a family, ascending. Closes the database.
std::vector<std::pair<std::string, std::string>> KeysOfFiles(const std::string& path,
                                                             Family family) {
  DatabaseOptions options;
  options.path = path;
  options.read_only = true;
  const auto rocks = Rocks::Open(options, std::make_shared<Retention>());
  EXPECT_TRUE(rocks.ok()) << rocks.status();
  rocksdb::ColumnFamilyMetaData meta;
  (**rocks)->GetColumnFamilyMetaData((*rocks)->family(family), &meta);
  std::vector<std::pair<std::string, std::string>> files;
  for (const rocksdb::LevelMetaData& level : meta.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      files.emplace_back(file.smallestkey, file.largestkey);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Periods PeriodsOfFiles(const std::string& path, Family family) {
  Periods periods;
  for (const auto& [smallest, largest] : KeysOfFiles(path, family)) {
    periods.emplace_back(DecodeRowKey(smallest)->period, DecodeRowKey(largest)->period);
  }
  return periods;
}

// By family, as the names of what is staged say.
std::map<std::string, int> Staged(const std::string& path) {
  std::map<std::string, int> files;
  for (const auto& entry : std::filesystem::directory_iterator(path + "/staging")) {
    const std::string name = entry.path().filename().string();
    ++files[name.substr(0, name.find('-'))];
  }
  return files;
}

TEST(CheckpointFiles, HistoryIsCutWhereItsPartsMeet) {
  TempDir dir;
  for (const Level level : kAllLevels) {
    const uint32_t first = level < Level::kDay ? kDay : kMonth;
    const std::string path = dir / std::to_string(static_cast<int>(level));
    auto database = OpenDatabase(path);
    // Two MiB each, of which the second goes on in the period in which the first ends.
    const Partials early = RowsOf(level, first, first + 4, 20, 20 << 10),
                   late = RowsOf(level, first + 4, first + 9, 20, 20 << 10);
    Commit(database.get(), 1, early);
    Commit(database.get(), 2, late);
    RowRange range;
    range.scope = early.rows[0].key.scope;
    range.level = level;
    range.last_period = UINT32_MAX;
    std::map<uint32_t, std::set<RowKey>> rows;
    const auto note = [&](const RowKey& key, std::string_view) {
      rows[key.period].insert(key);  // one of two checkpoints may come in two parts
      return absl::OkStatus();
    };
    EXPECT_TRUE(database->rollups().Snapshot()->Scan(range, note).ok());
    EXPECT_EQ(rows.size(), 10u);
    for (const auto& [period, keys] : rows) EXPECT_EQ(keys.size(), 20u) << period;
    database.reset();
    EXPECT_THAT(PeriodsOfFiles(path, FamilyOf(level)),
                ElementsAre(Pair(first, first), Pair(first + 1, first + 3),
                            Pair(first + 4, first + 4), Pair(first + 4, first + 4),
                            Pair(first + 5, first + 8), Pair(first + 9, first + 9)))
        << "level " << static_cast<int>(level);
  }
}

TEST(CheckpointFiles, LargeOnesEndWithAPeriod) {
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  // 6 MiB a day: with the first and the last apart, three days are more than 16 MiB.
  const Partials rows = RowsOf(Level::kQuarter, kDay, kDay + 8, 6, 1 << 20);
  ASSERT_GT(rows.bytes.size(), 9u * (6 << 20));
  Commit(database.get(), 1, rows);
  database.reset();
  EXPECT_THAT(PeriodsOfFiles(dir / "data", Family::kQuarters),
              ElementsAre(Pair(kDay, kDay), Pair(kDay + 1, kDay + 3), Pair(kDay + 4, kDay + 6),
                          Pair(kDay + 7, kDay + 7), Pair(kDay + 8, kDay + 8)));
}

// A period may be larger than a file; its parts do not overlap.
TEST(CheckpointFiles, APeriodOfManyFiles) {
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  Commit(database.get(), 1, RowsOf(Level::kQuarter, kDay, kDay, 90, 1 << 20));
  database.reset();
  const auto files = KeysOfFiles(dir / "data", Family::kQuarters);
  ASSERT_EQ(files.size(), 2u) << "64 MiB, and the rest";
  EXPECT_LT(files[0].second, files[1].first);
}

TEST(CheckpointFiles, SmallOnesAreOneFileAFamily) {
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  Rows rows;
  for (const auto& [level, scope] : kKinds) {
    for (uint32_t i = 0; i < 30; ++i) {
      rows[{scope, level, (level < Level::kDay ? kDay : kMonth) + i, 1, 0}] = {{{0, kViews}, 1}};
    }
  }
  JournalUpdate update;
  for (const int fact : {1, 2}) update.AddFact(Hash128(fact), "history");
  std::string ids(1, 'i');
  PutBig32(&ids, 490000);
  PutBig64(&ids, 1);
  update.entries = {{"n1", "name"}, {ids, std::string(1 << 19, 'i')}, {"p", "file"}};
  ASSERT_TRUE(database->rollups().Commit(1, ToPartials(rows)).ok());
  EXPECT_EQ(Staged(dir / "data"),
            (std::map<std::string, int>{{"minutes", 1}, {"quarters", 1}, {"days", 1}}));
  ASSERT_TRUE(database->CommitCheckpoint(1, update).ok());
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), rows);
  database.reset();
  for (const Family family :
       {Family::kMinutes, Family::kQuarters, Family::kDays, Family::kFacts, Family::kJournal}) {
    EXPECT_THAT(KeysOfFiles(dir / "data", family), SizeIs(1)) << FamilyName(family);
  }
}

TEST(CheckpointFiles, ManyIdsHaveFilesOfTheirOwn) {
  TempDir dir;
  auto database = OpenDatabase(dir / "data");
  const auto ids_key = [](uint32_t hour, uint32_t part) {
    std::string key(1, 'i');
    PutBig32(&key, hour);
    PutBig64(&key, 1);
    PutBig32(&key, part);
    return key;
  };
  JournalUpdate update;
  const std::string half(1 << 19, 'i'), few((1 << 19) - 8, 'i');
  update.entries = {{"n1", "name"},
                    {ids_key(490000, 0), half},
                    {ids_key(490000, 1), few},
                    {ids_key(490001, 0), half},
                    {ids_key(490001, 1), half},
                    {ids_key(490002, 0), half},
                    {ids_key(490002, 1), half},
                    {ids_key(490003, 0), half},
                    {"p", std::string(1 << 20, 'p')}};
  ASSERT_TRUE(database->CommitCheckpoint(1, update).ok());
  for (const auto& [key, value] : update.entries) EXPECT_EQ(*database->GetEntry(key), value);
  EXPECT_EQ(database->marker(), 1u);
  database.reset();
  EXPECT_THAT(
      KeysOfFiles(dir / "data", Family::kJournal),
      ElementsAre(Pair("c", ids_key(490000, 1)), Pair(ids_key(490001, 0), ids_key(490001, 1)),
                  Pair(ids_key(490002, 0), ids_key(490002, 1)), Pair(ids_key(490003, 0), "p")));
}

}  // namespace
}  // namespace pagepulse
