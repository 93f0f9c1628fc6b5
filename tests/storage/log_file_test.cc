// The files of the log, by themselves: what a crash or a fault of the disk leaves of them.

#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "storage/log.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

namespace fs = std::filesystem;

using Entries = std::vector<std::pair<uint64_t, std::string>>;

std::string ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteWhole(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
}

std::vector<std::string> FilesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::unique_ptr<Log> OpenLog(const std::string& store) {
  auto log = Log::Open(rocksdb::Env::Default(), store, 0, false, true);
  EXPECT_TRUE(log.ok()) << log.status();
  return *std::move(log);
}

std::unique_ptr<Log> OpenReadOnly(const std::string& store) {
  auto log = Log::Open(rocksdb::Env::Default(), store, 0, true, true);
  EXPECT_TRUE(log.ok()) << log.status();
  return *std::move(log);
}

Entries All(const Log& log, uint64_t marker = 0) {
  Entries entries;
  EXPECT_TRUE(log.Replay(marker,
                         [&](uint64_t sequence, std::string_view bytes) {
                           entries.emplace_back(sequence, bytes);
                           return absl::OkStatus();
                         })
                  .ok());
  return entries;
}

Entries Kept(const Log& log, uint64_t after = 0) {
  Entries entries;
  EXPECT_TRUE(log.VisitKept(after,
                            [&](uint64_t sequence, std::string_view bytes) {
                              entries.emplace_back(sequence, bytes);
                              return absl::OkStatus();
                            })
                  .ok());
  return entries;
}

// docs/storage_format.md, "Log": entry 258, "ab", to be kept, when 257 was durable.
TEST(LogFile, HasTheBytesOfItsFormat) {
  TempDir dir;
  auto log = OpenLog(dir / "");
  ASSERT_TRUE(log->Append({LogEntry{257, "x"}}).ok());
  ASSERT_TRUE(log->Append({LogEntry{258, "ab", true}}).ok());
  const std::string path = dir / "log/00000000000000000257.log";
  const std::string open_bytes = ReadWhole(path);
  log.reset();
  const std::string bytes = ReadWhole(path);
  const std::string rest(
      "\x02\x01\0\0\0\0\0\0"
      "\x01\x01\0\0\0\0\0\0"
      "\x02\0\0\0"
      "\x01\0\0\0",
      24);
  const uint64_t header = XXH3_64bits_withSeed(rest.data(), rest.size(), 0);
  const uint64_t checksum = XXH3_64bits_withSeed("ab", 2, header);
  std::string expected(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  expected += rest + "ab";
  ASSERT_EQ(bytes.size(), 33 + expected.size());
  EXPECT_EQ(bytes.substr(33), expected);
  EXPECT_EQ(open_bytes, bytes + std::string(4096 - bytes.size(), '\0'));
}

// Entries of every size across the ends of blocks and of the buffer; what a crash would leave is
// read beside what a close leaves.
TEST(LogFile, HoldsWhatWasAppendedWhereverBlocksEnd) {
  for (const bool direct : {false, true}) {
    TempDir dir;
    auto log = Log::Open(rocksdb::Env::Default(), dir / "", 0, false, direct);
    ASSERT_TRUE(log.ok()) << log.status();
    Entries entries;
    std::mt19937_64 random(7);
    for (const size_t size : {1, 4064 - 33, 4064, 4065, 262144, 262112, 300000, 1 << 20, 0, 7}) {
      std::string bytes(size, '\0');
      for (char& c : bytes) c = static_cast<char>(random());
      entries.emplace_back(entries.size() + 1, bytes);
      ASSERT_TRUE((*log)->Append({LogEntry{entries.back().first, entries.back().second}}).ok());
      ASSERT_EQ(All(*OpenReadOnly(dir / "")), entries) << size;
    }
    log->reset();
    EXPECT_EQ(All(*OpenReadOnly(dir / "")), entries);
  }
}

TEST(LogFile, ATornEndIsPassedOverAtEveryByte) {
  TempDir dir;
  const Entries entries = {{1, "one"}, {2, ""}, {5, "five"}};
  {
    auto log = OpenLog(dir / "");
    for (const auto& [sequence, bytes] : entries) {
      ASSERT_TRUE(log->Append({LogEntry{sequence, bytes}}).ok());
    }
  }
  const std::string path = dir / "log/00000000000000000001.log";
  const std::string whole = ReadWhole(path);
  for (size_t size = 0; size <= whole.size(); ++size) {
    fs::remove_all(dir / "log");
    fs::create_directory(dir / "log");
    WriteWhole(path, whole.substr(0, size));
    const size_t left = size < 35 ? 0 : size < 67 ? 1 : size < whole.size() ? 2 : 3;
    const Entries expected(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(left));
    auto log = OpenLog(dir / "");
    ASSERT_EQ(All(*log), expected) << size;
    // What comes after it takes the lost numbers, and the torn file is no longer the last.
    const uint64_t next = left == 0 ? 1 : expected.back().first + 1;
    ASSERT_TRUE(log->Append({LogEntry{next, "new"}}).ok());
    log = OpenLog(dir / "");
    Entries with_new = expected;
    with_new.emplace_back(next, "new");
    ASSERT_EQ(All(*log), with_new) << size;
  }
}

TEST(LogFile, WhatWasDurableAndIsDamagedIsNotPassedOver) {
  TempDir dir;
  {
    auto log = OpenLog(dir / "");
    for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(log->Append({LogEntry{i, "entry"}}).ok());
  }
  const std::string path = dir / "log/00000000000000000001.log";
  const std::string whole = ReadWhole(path);
  const size_t frame = whole.size() / 3;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    WriteWhole(path, damaged);
    const auto log = Log::Open(rocksdb::Env::Default(), dir / "", 0, false, true);
    if (at < 2 * frame) {  // a later entry says that it was durable
      EXPECT_TRUE(absl::IsDataLoss(log.status())) << at;
    } else {
      ASSERT_TRUE(log.ok()) << log.status();
      EXPECT_EQ(All(**log).size(), 2u) << at;
    }
  }
}

TEST(LogFile, AWholeUnsyncedBatchMayGoWithItsFirstEntry) {
  TempDir dir;
  {
    auto log = OpenLog(dir / "");
    ASSERT_TRUE(log->Append({LogEntry{1, "entry"}}).ok());
    ASSERT_TRUE(log->Append({LogEntry{2, "entry"}, LogEntry{3, "entry"}}).ok());
  }
  const std::string path = dir / "log/00000000000000000001.log";
  std::string text = ReadWhole(path);
  text[37 + 32] = '!';  // entry 2: nobody says that it was durable before entry 3 was written
  WriteWhole(path, text);
  EXPECT_EQ(All(*OpenLog(dir / "")), Entries({{1, "entry"}}));
}

// Entry 4 was the first that was synced after a checkpoint: all that it vouches for is in rows.
TEST(LogFile, DamageAmongWhatIsInRowsHidesNothingAboveIt) {
  TempDir dir;
  {
    auto log = OpenLog(dir / "");
    for (uint64_t i = 1; i <= 4; ++i) ASSERT_TRUE(log->Append({LogEntry{i, "entry"}}).ok());
  }
  const std::string path = dir / "log/00000000000000000001.log";
  const std::string whole = ReadWhole(path);
  for (size_t at = 0; at < 3 * whole.size() / 4; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    WriteWhole(path, damaged);
    const auto log = Log::Open(rocksdb::Env::Default(), dir / "", 3, false, true);
    EXPECT_TRUE(absl::IsDataLoss(log.status())) << at;
  }
}

TEST(LogFile, AMissingFileIsNoticed) {
  TempDir dir;
  const std::string large(33 << 20, 'x');
  {
    auto log = OpenLog(dir / "");
    for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(log->Append({LogEntry{i, large}}).ok());
  }
  ASSERT_EQ(FilesIn(dir / "log").size(), 3u);
  fs::remove(dir / "log/00000000000000000002.log");
  EXPECT_TRUE(
      absl::IsDataLoss(Log::Open(rocksdb::Env::Default(), dir / "", 0, false, true).status()));
}

TEST(LogFile, AMissingFirstFileIsNoticedByTheMarker) {
  TempDir dir;
  const std::string large(33 << 20, 'x');
  {
    auto log = OpenLog(dir / "");
    for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(log->Append({LogEntry{i * 10, large}}).ok());
  }
  fs::remove(dir / "log/00000000000000000010.log");
  const auto log = OpenLog(dir / "");
  const auto replayed = [&](uint64_t marker) {
    size_t entries = 0;
    const absl::Status status = log->Replay(marker, [&](uint64_t, std::string_view) {
      ++entries;
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok() || (absl::IsDataLoss(status) && entries == 0)) << status;
    return status.ok() ? static_cast<int>(entries) : -1;
  };
  EXPECT_EQ(replayed(0), -1);
  EXPECT_EQ(replayed(9), -1);
  EXPECT_EQ(replayed(10), 2);  // trimmed, for all that one can tell
  EXPECT_EQ(replayed(25), 1);
  EXPECT_EQ(replayed(30), 0);
}

TEST(LogFile, ATrimmedFileThatComesBackAloneIsNoLoss) {
  TempDir dir;
  const std::string large(33 << 20, 'x');
  {
    auto log = OpenLog(dir / "");
    ASSERT_TRUE(log->Append({LogEntry{1, large, true}}).ok());
    ASSERT_TRUE(log->Append({LogEntry{2, large}}).ok());
    ASSERT_TRUE(log->Append({LogEntry{3, "here"}}).ok());
    ASSERT_TRUE(log->Trim(2).ok());
  }
  const std::string name = "/00000000000000000001.log";
  fs::rename(dir / "records" + name, dir / "log" + name);  // that it had moved was not synced
  const auto open = [&](uint64_t marker) {
    return Log::Open(rocksdb::Env::Default(), dir / "", marker, false, true);
  };
  EXPECT_TRUE(absl::IsDataLoss(open(1).status())) << "2 is neither in the log nor in rows";
  const auto log = open(2);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(All(**log, 2), Entries({{3, "here"}}));
}

TEST(LogFile, EntriesToKeepOutliveTheTrim) {
  TempDir dir;
  const std::string large(33 << 20, 'x');
  auto log = OpenLog(dir / "");
  ASSERT_TRUE(log->Append({LogEntry{1, "kept", true}, LogEntry{2, "not"}}).ok());
  ASSERT_TRUE(log->Append({LogEntry{3, large}}).ok());
  ASSERT_TRUE(log->Append({LogEntry{4, large}}).ok());
  ASSERT_TRUE(log->Append({LogEntry{5, "kept too", true}}).ok());
  const Entries kept = {{1, "kept"}, {5, "kept too"}};
  EXPECT_EQ(Kept(*log), kept);
  ASSERT_TRUE(log->Trim(3).ok());
  EXPECT_EQ(FilesIn(dir / "records"), std::vector<std::string>{"00000000000000000001.log"});
  ASSERT_TRUE(log->Trim(4).ok());
  EXPECT_EQ(FilesIn(dir / "records").size(), 1u) << "nothing in it is to be kept";
  EXPECT_EQ(FilesIn(dir / "log"), std::vector<std::string>{"00000000000000000005.log"});
  EXPECT_EQ(Kept(*log), kept);
  EXPECT_EQ(All(*log, 4), Entries({{5, "kept too"}}));
  EXPECT_EQ(Kept(*log, 1), Entries({{5, "kept too"}}));
  EXPECT_EQ(Kept(*log, 5), Entries());
  EXPECT_GT(log->kept_bytes(), large.size());
  log = OpenLog(dir / "");
  EXPECT_EQ(Kept(*log), kept);
  ASSERT_TRUE(log->Trim(5).ok());
  EXPECT_EQ(FilesIn(dir / "log"), std::vector<std::string>());
  EXPECT_EQ(Kept(*log), kept);
}

}  // namespace
}  // namespace pagepulse
