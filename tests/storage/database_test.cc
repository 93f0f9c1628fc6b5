#include "storage/database.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/perf_context.h"
#include "rocksdb/perf_level.h"
#include "tests/storage/test_rows.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

using testing::HasSubstr;

DatabaseOptions At(const std::string& path, bool read_only = false) {
  DatabaseOptions options;
  options.path = path;
  options.read_only = read_only;
  return options;
}

std::unique_ptr<Database> Open(const DatabaseOptions& options) {
  auto database = Database::Open(options);
  EXPECT_TRUE(database.ok()) << database.status();
  return *std::move(database);
}

std::map<std::string, std::string> Entries(const Database& database, std::string_view prefix) {
  std::map<std::string, std::string> entries;
  const auto visit = [&](std::string_view key, std::string_view value) {
    entries.emplace(key, value);
    return absl::OkStatus();
  };
  EXPECT_TRUE(database.ScanEntries(prefix, visit).ok());
  return entries;
}

TEST(Database, MakesADirectoryForItsOwnerAlone) {
  TempDir dir;
  Open(At(dir / "a/b/data/"));
  struct stat info;
  ASSERT_EQ(stat((dir / "a/b/data").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(Database, KeepsItsKey) {
  TempDir dir;
  const std::string key(Open(At(dir / "data"))->hash_key().bytes());
  DatabaseOptions options = At(dir / "data");
  options.create_with_key = HashKey::Random();
  EXPECT_EQ(Open(options)->hash_key().bytes(), key) << "a new key would orphan the old hashes";
  EXPECT_EQ(Open(At(dir / "data", true))->hash_key().bytes(), key);
  EXPECT_NE(Open(At(dir / "other"))->hash_key().bytes(), key);
}

TEST(Database, SaysWhenThereIsNone) {
  TempDir dir;
  DatabaseOptions no_create = At(dir / "data");
  no_create.create_if_missing = false;
  for (const DatabaseOptions& options : {no_create, At(dir / "data", true)}) {
    const absl::Status status = Database::Open(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(status.message()), HasSubstr(dir / "data"));
    EXPECT_NE(ErrorHint(status), "");
  }
  EXPECT_FALSE(std::filesystem::exists(dir / "data"));
}

// In a process of its own, since locks of one process do not exclude each other. It is this program
// again: what was merely forked off may start no threads under TSan.
constexpr int kOpened = 100;  // added to the status: the program went that far
constexpr char kOpenFor[] = "PAGEPULSE_TEST_OPEN", kReadOnly[] = "PAGEPULSE_TEST_READ_ONLY";

TEST(Database, DISABLED_OpensForAnotherProcess) {
  const absl::Status status =
      Database::Open(At(std::getenv(kOpenFor), std::getenv(kReadOnly) != nullptr)).status();
  const bool said =
      status.ok() || std::string(status.message()).ends_with(" is in use by another pagepulse");
  _exit(kOpened + (said ? static_cast<int>(status.code()) : 100));
}

absl::StatusCode OpenInChild(const DatabaseOptions& options) {
  const pid_t child = fork();
  if (child == 0) {
    setenv(kOpenFor, options.path.c_str(), 1);
    if (options.read_only) setenv(kReadOnly, "1", 1);
    execl("/proc/self/exe", "database_test", "--gtest_also_run_disabled_tests",
          "--gtest_filter=Database.DISABLED_OpensForAnotherProcess", nullptr);
    _exit(101);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return static_cast<absl::StatusCode>(WEXITSTATUS(status) - kOpened);
}

TEST(Database, IsHeldByOneProcess) {
  TempDir dir;
  auto database = Open(At(dir / "data"));
  EXPECT_EQ(ErrorCode(Database::Open(At(dir / "data")).status()), "store_in_use");
  EXPECT_EQ(OpenInChild(At(dir / "data")), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(OpenInChild(At(dir / "data", true)), absl::StatusCode::kFailedPrecondition);
  database.reset();
  EXPECT_EQ(OpenInChild(At(dir / "data")), absl::StatusCode::kOk);

  database = Open(At(dir / "data", true));
  EXPECT_EQ(OpenInChild(At(dir / "data", true)), absl::StatusCode::kOk) << "readers share";
  EXPECT_EQ(OpenInChild(At(dir / "data")), absl::StatusCode::kFailedPrecondition);
}

// Many checkpoints, so that runs are merged: of all facts, and of so few that no other run has any
// between them.
TEST(Database, FactsEqualAMap) {
  TempDir dir;
  auto database = Open(At(dir / "data"));
  std::mt19937_64 random(5);
  std::map<Hash128, std::string> model;
  bool merged = false;
  std::vector<Hash128> known;
  for (int i = 0; i < 400; ++i) known.push_back(absl::MakeUint128(random(), random() % 3));
  for (uint64_t checkpoint = 1; checkpoint <= 150; ++checkpoint) {
    std::map<Hash128, std::string> changed;
    for (int i = random() % 3 == 0 ? 1 + random() % 3 : 100; i > 0; --i) {
      changed[known[random() % known.size()]] = std::string(1 + random() % 40, 'a' + random() % 26);
    }
    JournalUpdate update;
    for (const auto& [identity, value] : changed) update.AddFact(identity, value);
    std::shuffle(update.facts.begin(), update.facts.end(), random);
    ASSERT_TRUE(database->CommitCheckpoint(checkpoint, update).ok());
    for (const auto& [identity, value] : changed) model[identity] = value;
    merged |= database->GetEntry("F")->value().size() < 8 * checkpoint;
    if (checkpoint % 20 == 0) {
      database.reset();
      database = Open(At(dir / "data"));
    }
    std::vector<Hash128> asked = known;
    for (int i = 0; i < 50; ++i) asked.push_back(absl::MakeUint128(random(), random()));
    asked.push_back(known[0]);  // twice
    std::vector<std::string> values = {"left over"};
    ASSERT_TRUE(database->GetFacts(asked, &values).ok());
    ASSERT_EQ(values.size(), asked.size());
    for (size_t i = 0; i < asked.size(); ++i) {
      const auto it = model.find(asked[i]);
      ASSERT_EQ(values[i], it == model.end() ? "" : it->second);
    }
  }
  EXPECT_TRUE(merged);
  std::vector<std::string> values = {"left over"};
  ASSERT_TRUE(database->GetFacts({}, &values).ok());
  EXPECT_TRUE(values.empty());
}

TEST(Database, AFactNeverSeenCostsNoRead) {
  TempDir dir;
  auto database = Open(At(dir / "data"));
  std::mt19937_64 random(6);
  const auto identity = [&] { return absl::MakeUint128(random(), random()); };
  for (uint64_t checkpoint = 1; checkpoint <= 3; ++checkpoint) {
    JournalUpdate update;
    for (int i = 0; i < 10'000; ++i) update.AddFact(identity(), "twelve bytes");
    ASSERT_TRUE(database->CommitCheckpoint(checkpoint, update).ok());
  }
  database.reset();
  database = Open(At(dir / "data"));  // with an empty block cache
  std::vector<Hash128> unseen(1000);
  for (Hash128& hash : unseen) hash = identity();
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
  rocksdb::get_perf_context()->Reset();
  std::vector<std::string> values;
  ASSERT_TRUE(database->GetFacts(unseen, &values).ok());
  // 1 % of 1000 in each of three runs, and some luck.
  EXPECT_LT(rocksdb::get_perf_context()->block_read_count, 70u);
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
}

TEST(Database, JournalByKeyAndPrefix) {
  TempDir dir;
  auto database = Open(At(dir / "data"));
  JournalUpdate update;
  update.entries = {{"nb", "2"}, {"na", "1"}, {"n", ""}, {"o", "3"}, {"m\xff", "0"}};
  ASSERT_TRUE(database->CommitCheckpoint(5, update).ok());
  update.entries = {{"nb", "new"}};
  update.horizon_minutes[1] = 77;
  ASSERT_TRUE(database->CommitCheckpoint(0x0102, update).ok());

  const std::map<std::string, std::string> names = {{"n", ""}, {"na", "1"}, {"nb", "new"}};
  EXPECT_EQ(Entries(*database, "n"), names);
  EXPECT_EQ(*database->GetEntry("o"), "3");
  EXPECT_EQ(*database->GetEntry("x"), std::nullopt);
  // Golden bytes of what the storage folder itself writes.
  EXPECT_EQ(*database->GetEntry("c"), std::string("\x02\x01\0\0\0\0\0\0", 8));
  EXPECT_EQ(*database->GetEntry("h"), "\x4d" + std::string(4 * 8 - 1, '\0'));
  database.reset();
  database = Open(At(dir / "data"));
  EXPECT_EQ(database->marker(), 0x0102u);
  EXPECT_EQ(database->horizon_minute(Level::kMinute), 77);
  EXPECT_EQ(Entries(*database, "n"), names);
}

TEST(Database, RefusesWhatWouldBreakACheckpoint) {
  TempDir dir;
  auto database = Open(At(dir / "data"));
  ASSERT_TRUE(database->CommitCheckpoint(5, {}).ok());
  EXPECT_FALSE(database->CommitCheckpoint(5, {}).ok());
  EXPECT_FALSE(database->CommitCheckpoint(4, {}).ok());
  JournalUpdate twice;
  for (const char* history : {"a", "b"}) twice.AddFact(Hash128(1), history);
  EXPECT_FALSE(database->CommitCheckpoint(6, twice).ok());
  EXPECT_EQ(database->marker(), 5u);
}

TEST(Database, SweepsStagedFilesAtOpen) {
  TempDir dir;
  auto database = Open(At(dir / "data"));
  const Rows rows = {{{Scope::kDetail, Level::kQuarter, 20000, 1, 0}, {{{0, kViews}, 1}}}};
  ASSERT_TRUE(database->rollups().Commit(1, ToPartials(rows)).ok());
  EXPECT_FALSE(std::filesystem::is_empty(dir / "data/staging"));
  database.reset();
  database = Open(At(dir / "data"));
  EXPECT_TRUE(std::filesystem::is_empty(dir / "data/staging"));
  EXPECT_TRUE(ScanEverything(*database->rollups().Snapshot()).empty());
  ASSERT_TRUE(database->rollups().Commit(1, ToPartials(rows)).ok());
  ASSERT_TRUE(database->CommitCheckpoint(1, {}).ok());
  EXPECT_TRUE(std::filesystem::is_empty(dir / "data/staging"));
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), rows);
}

TEST(Database, PropertyAndDumpKnowTheirFamilies) {
  TempDir dir;
  auto database = Open(At(dir / "data"));
  EXPECT_EQ(database->Property("facts", "rocksdb.estimate-num-keys"), 0);
  EXPECT_EQ(database->Property("facts", "no.such.property"), -1);
  EXPECT_EQ(database->Property("none", "rocksdb.estimate-num-keys"), -1);
  const auto visit = [](std::string_view, std::string_view) { return absl::OkStatus(); };
  EXPECT_FALSE(database->Dump("none", visit).ok());
}

// Names, contents and times of everything under a directory.
std::map<std::string, std::string> Fingerprint(const std::string& path) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    struct stat info;
    EXPECT_EQ(stat(entry.path().c_str(), &info), 0);
    std::string& print = out[entry.path().string()];
    print = std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    print.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return out;
}

TEST(Database, ReadOnlyReadsAllAndChangesNothing) {
  TempDir dir;
  auto database = Open(At(dir / "data"));
  const Rows rows = {{{Scope::kDetail, Level::kQuarter, 20000, 1, 0}, {{{0, kViews}, 1}}}};
  JournalUpdate update;
  update.AddFact(Hash128(42), "history");
  update.entries = {{"na", "1"}};
  const std::vector<LogEntry> log = {{1, "one"}, {2, "two"}};
  ASSERT_TRUE(database->AppendLog(log).ok());
  ASSERT_TRUE(database->rollups().Commit(1, ToPartials(rows)).ok());
  ASSERT_TRUE(database->CommitCheckpoint(1, update).ok());
  ASSERT_TRUE(database->rollups().Commit(2, ToPartials(rows)).ok());  // left in staging
  database.reset();

  const auto before = Fingerprint(dir / "data");
  database = Open(At(dir / "data", /*read_only=*/true));
  EXPECT_EQ(database->marker(), 1u);
  std::vector<std::string> replayed, values;
  const auto visit = [&](uint64_t sequence, std::string_view value) {
    replayed.push_back(std::to_string(sequence) + std::string(value));
    return absl::OkStatus();
  };
  ASSERT_TRUE(database->ReplayLog(visit).ok());
  EXPECT_EQ(replayed, std::vector<std::string>{"2two"});
  ASSERT_TRUE(database->GetFacts({Hash128(42)}, &values).ok());
  EXPECT_EQ(values[0], "history");
  EXPECT_EQ(Entries(*database, "n").size(), 1u);
  EXPECT_EQ(ScanEverything(*database->rollups().Snapshot()), rows);
  EXPECT_FALSE(database->AppendLog(log).ok());
  database.reset();
  EXPECT_EQ(Fingerprint(dir / "data"), before);
}

}  // namespace
}  // namespace pagepulse
