#include "storage/log.h"

#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "storage/database.h"
#include "tests/support/fault_env.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

using Entries = std::vector<std::pair<uint64_t, std::string>>;

std::unique_ptr<Database> Open(const std::string& path, bool read_only = false,
                               rocksdb::Env* env = nullptr) {
  DatabaseOptions options;
  options.path = path;
  options.env = env;
  options.read_only = read_only;
  auto database = Database::Open(options);
  EXPECT_TRUE(database.ok()) << database.status();
  return *std::move(database);
}

absl::Status Append(Database* database, const Entries& entries) {
  std::vector<LogEntry> views;
  for (const auto& [sequence, bytes] : entries) views.push_back({sequence, bytes});
  return database->AppendLog(views);
}

Entries Replayed(const Database& database) {
  Entries entries;
  const auto visit = [&](uint64_t sequence, std::string_view value) {
    entries.emplace_back(sequence, value);
    return absl::OkStatus();
  };
  const absl::Status status = database.ReplayLog(visit);
  EXPECT_TRUE(status.ok()) << status;
  return entries;
}

TEST(Log, ReplaysWhatIsAboveTheMarkerInOrder) {
  TempDir dir;
  auto database = Open(dir / "data");
  EXPECT_EQ(Replayed(*database), Entries());
  ASSERT_TRUE(Append(database.get(), {}).ok());
  ASSERT_TRUE(Append(database.get(), {{1, "a"}, {2, std::string("\0b", 2)}}).ok());
  ASSERT_TRUE(Append(database.get(), {{300, "c"}}).ok());
  const Entries all = {{1, "a"}, {2, std::string("\0b", 2)}, {300, "c"}};
  EXPECT_EQ(Replayed(*database), all);
  database.reset();
  database = Open(dir / "data");
  EXPECT_EQ(Replayed(*database), all);

  ASSERT_TRUE(database->CommitCheckpoint(2, {}).ok());
  EXPECT_EQ(Replayed(*database), Entries({{300, "c"}}));
  database.reset();
  EXPECT_EQ(Replayed(*Open(dir / "data", /*read_only=*/true)), Entries({{300, "c"}}));
  database = Open(dir / "data");
  EXPECT_EQ(database->marker(), 2u);
  EXPECT_EQ(Replayed(*database), Entries({{300, "c"}}));
}

TEST(Log, EndsWithTheVisitorsError) {
  TempDir dir;
  auto database = Open(dir / "data");
  ASSERT_TRUE(Append(database.get(), {{1, "a"}, {2, "b"}}).ok());
  const auto visit = [](uint64_t, std::string_view) -> absl::Status {
    return absl::CancelledError("enough");
  };
  EXPECT_EQ(database->ReplayLog(visit), absl::CancelledError("enough"));
}

uint64_t BytesOnDisk(const std::string& path) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    std::error_code gone;  // RocksDB removes files as we look
    if (name.ends_with(".log") || name.ends_with(".sst")) {
      const uint64_t size = std::filesystem::file_size(entry.path(), gone);
      if (!gone) bytes += size;
    }
  }
  return bytes;
}

// 200 checkpoints of 1 MiB, one of which is always live. What may be on disk is the file that is
// written, of 32 MiB, and the one before it, while anything in it is live.
TEST(Log, StaysBoundedOverManyCheckpoints) {
  constexpr uint64_t kCheckpoints = 200, kGroups = 8, kGroupBytes = 128 << 10;
  TempDir dir;
  FaultEnv without_syncs;
  auto database = Open(dir / "data", false, without_syncs.env());
  std::mt19937_64 random(4);
  std::string value(kGroupBytes, '\0');
  uint64_t sequence = 0, most = 0;
  std::unique_ptr<RollupSnapshot> held = database->rollups().Snapshot();
  for (uint64_t i = 0; i < kCheckpoints; ++i) {
    for (uint64_t group = 0; group < kGroups; ++group) {
      for (size_t j = 0; j < value.size(); j += 8) {
        const uint64_t word = random();
        value.replace(j, 8, reinterpret_cast<const char*>(&word), 8);
      }
      ASSERT_TRUE(Append(database.get(), {{++sequence, value}}).ok());
    }
    if (i == 0) continue;
    ASSERT_TRUE(database->CommitCheckpoint(sequence - kGroups, {}).ok());
    held = database->rollups().Snapshot();
    most = std::max(most, BytesOnDisk(dir / "data"));
    if (i % 70 == 0) {
      held.reset();
      database.reset();
      database = Open(dir / "data", false, without_syncs.env());
      held = database->rollups().Snapshot();
      EXPECT_EQ(Replayed(*database).size(), kGroups);
    }
  }
  EXPECT_LT(most, uint64_t{66} << 20);
  RecordProperty("most_mib", static_cast<int>(most >> 20));
  EXPECT_EQ(Replayed(*database).size(), kGroups);
}

}  // namespace
}  // namespace pagepulse
