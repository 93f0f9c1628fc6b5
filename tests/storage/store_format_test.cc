#include "storage/store_format.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/coding.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/database.h"
#include "tests/storage/open_rocks.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

using testing::HasSubstr;

void SetVersion(const Rocks& rocks, uint32_t version) {
  std::string value;
  PutLittle32(&value, version);
  ASSERT_TRUE(rocks->Put(rocksdb::WriteOptions(), "format", value).ok());
}

TEST(StoreFormat, GoldenBytes) {
  TempDir dir;
  std::string key_bytes(HashKey::kBytes, 'k');
  DatabaseOptions options;
  options.path = dir / "data";
  options.create_with_key = *HashKey::FromBytes(key_bytes);
  const auto database = Database::Open(options);
  ASSERT_TRUE(database.ok()) << database.status();
  std::vector<std::pair<std::string, std::string>> entries;
  const auto visit = [&](std::string_view key, std::string_view value) {
    entries.emplace_back(key, value);
    return absl::OkStatus();
  };
  ASSERT_TRUE((*database)->Dump("default", visit).ok());
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].first, "created");
  EXPECT_EQ(entries[0].second.size(), 8u);
  EXPECT_EQ(entries[1], std::make_pair(std::string("format"), std::string("\4\0\0\0", 4)));
  EXPECT_EQ(entries[2], std::make_pair(std::string("hash_key"), key_bytes));
}

TEST(StoreFormat, RefusesANewerVersionAndOneItCannotMigrate) {
  TempDir dir;
  for (const uint32_t version : {5u, 3u, 2u, 1u, 0u}) {
    {
      const auto rocks = OpenRocks(dir / "data");
      ASSERT_TRUE(LoadFormat(*rocks, std::nullopt).ok() || version < 5);
      SetVersion(*rocks, version);
    }
    DatabaseOptions options;
    options.path = dir / "data";
    const absl::Status status = Database::Open(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_EQ(ErrorCode(status), "unknown_format");
    EXPECT_THAT(std::string(status.message()), HasSubstr(dir / "data"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("has format " + std::to_string(version) +
                                                         "; this pagepulse reads format 4"));
    EXPECT_NE(ErrorHint(status), "");
  }
}

// A column family that the program does not know: of format 1, or of a later one.
TEST(StoreFormat, RefusesOtherFamiliesAndLeavesThemAlone) {
  for (const std::string family : {"rollups", "weeks"}) {
    TempDir dir;
    {
      const auto rocks = OpenRocks(dir / "data");
      ASSERT_TRUE(LoadFormat(*rocks, std::nullopt).ok());
      SetVersion(*rocks, family == "rollups" ? 1 : 3);
      rocksdb::ColumnFamilyHandle* handle = nullptr;
      ASSERT_TRUE((*rocks)->CreateColumnFamily({}, family, &handle).ok());
      ASSERT_TRUE((*rocks)->DestroyColumnFamilyHandle(handle).ok());
    }
    DatabaseOptions options;
    options.path = dir / "data";
    for (const bool read_only : {false, true}) {
      options.read_only = read_only;
      const absl::Status status = Database::Open(options).status();
      EXPECT_EQ(ErrorCode(status), "unknown_format");
      EXPECT_THAT(std::string(status.message()),
                  HasSubstr(family == "rollups" ? "has format 1; this pagepulse reads format 4"
                                                : "has a part named weeks"));
      EXPECT_THAT(ErrorHint(status), HasSubstr(family == "rollups" ? "an older version"
                                                                   : "that wrote it, or a newer"));
    }
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, options.path, &names).ok());
    EXPECT_EQ(std::count(names.begin(), names.end(), family), 1);
  }
}

int migrated = 0;

absl::Status FirstStep(const Rocks&) {
  ++migrated;
  return absl::OkStatus();
}
absl::Status SecondStep(const Rocks&) {
  migrated += 10;
  return migrated > 20 ? absl::OkStatus() : absl::InternalError("the disk is full");
}

TEST(StoreFormat, MigratesStepByStepAndResumes) {
  const Migration steps[] = {{1, FirstStep}, {2, SecondStep}};
  TempDir dir;
  auto rocks = OpenRocks(dir / "data");
  const auto key = LoadFormat(*rocks, std::nullopt, {}, 1);
  ASSERT_TRUE(key.ok()) << key.status();
  rocks.reset();
  const auto reader = OpenRocks(dir / "data", /*read_only=*/true);
  EXPECT_EQ(ErrorCode(LoadFormat(*reader, std::nullopt, steps, 3).status()), "old_format");

  rocks = OpenRocks(dir / "other");
  ASSERT_TRUE(LoadFormat(*rocks, *key, {}, 1).ok());
  EXPECT_FALSE(LoadFormat(*rocks, std::nullopt, steps, 3).ok());
  EXPECT_EQ(migrated, 11) << "the first step, then the second, which failed";
  rocks.reset();
  rocks = OpenRocks(dir / "other");
  const auto again = LoadFormat(*rocks, std::nullopt, steps, 3);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(migrated, 21) << "the second step alone";
  EXPECT_EQ(again->bytes(), key->bytes());
  ASSERT_TRUE(LoadFormat(*rocks, std::nullopt, steps, 3).ok());
  EXPECT_EQ(migrated, 21);
}

}  // namespace
}  // namespace pagepulse
