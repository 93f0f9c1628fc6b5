#pragma once

// The open RocksDB and its column families.

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "storage/column_families.h"

namespace pagepulse {

class Rocks {
 public:
  // NOT_FOUND: there is no store, and none may be made. FAILED_PRECONDITION: another process has it
  // open, or it was written by a newer pagepulse.
  static absl::StatusOr<std::unique_ptr<Rocks>> Open(const DatabaseOptions& options,
                                                     std::shared_ptr<const Retention> retention);
  ~Rocks();
  Rocks(const Rocks&) = delete;
  Rocks& operator=(const Rocks&) = delete;

  rocksdb::DB* operator->() const { return db_.get(); }
  rocksdb::DB* db() const { return db_.get(); }
  rocksdb::ColumnFamilyHandle* family(Family f) const { return handles_[static_cast<int>(f)]; }
  const std::string& path() const { return path_; }
  bool read_only() const { return read_only_; }
  // Past the system's file cache; see storage/block_file.h.
  bool writes_directly() const { return db_options_.use_direct_io_for_flush_and_compaction; }
  // For files of this family that are built outside of RocksDB.
  rocksdb::Options file_options(Family f) const {
    rocksdb::Options options(db_options_, family_options_[static_cast<int>(f)]);
    // SstFileWriter would take it for every file.
    options.bottommost_compression = rocksdb::kDisableCompressionOption;
    return options;
  }
  rocksdb::Env* env() const { return db_options_.env; }

  // In key order, from `begin` to before `end` (empty: to the last key).
  absl::Status Visit(Family family, std::string_view begin, std::string_view end,
                     absl::FunctionRef<absl::Status(std::string_view, std::string_view)> visit,
                     std::string_view doing) const;
  // Files whose every key lies in one of the ranges [begin, end) go, whole: compaction filters see
  // only what is compacted, and what is old and at the bottom may never be.
  absl::Status DropFiles(Family family,
                         const std::vector<std::pair<std::string, std::string>>& ranges) const;

 private:
  Rocks() = default;
  absl::Status OpenDb(const DatabaseOptions& options);

  std::string path_;
  bool read_only_ = false;
  rocksdb::DBOptions db_options_;
  std::array<rocksdb::ColumnFamilyOptions, kFamilies> family_options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles_ = {};
  int reader_lock_ = -1;  // a file descriptor; held while a read-only store is open
};

}  // namespace pagepulse
