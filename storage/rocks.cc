#include "storage/rocks.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "rocksdb/convenience.h"
#include "rocksdb/env.h"
#include "storage/block_file.h"
#include "storage/rocksdb_status.h"
#include "storage/store_format.h"

namespace pagepulse {
namespace {

absl::Status InUse(const std::string& path) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "store_in_use",
                   fmt::format("{} is in use by another pagepulse", path),
                   "ask that one (--server URL), or stop it first");
}

absl::Status NoStore(const std::string& path) {
  return MakeError(absl::StatusCode::kNotFound, "no_store",
                   fmt::format("there is no pagepulse store in {}", path),
                   "name the right directory with --data; `pagepulse serve` makes a new one");
}

// For the owner alone: the log and the names in it are about people.
absl::Status MakeDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::path directory(path);
  if (!directory.has_filename()) directory = directory.parent_path();  // a slash at the end
  const std::filesystem::path parent = directory.parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error || (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "cannot_create_store",
                     fmt::format("cannot create the directory {}: {}", path,
                                 error ? error.message() : std::strerror(errno)),
                     "name another directory with --data, or make this one writable");
  }
  return absl::OkStatus();
}

// Readers share a lock that a writer's excludes; reading beside a writer is undefined in RocksDB.
// Where there is no lock file or none may be opened (a copy, a read-only disk), there is no writer.
absl::StatusOr<int> TakeReaderLock(const std::string& path) {
  const int fd = open((path + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  struct flock lock = {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return fd;
  const bool taken = errno == EAGAIN || errno == EACCES;
  close(fd);
  if (taken) return InUse(path);
  return -1;
}

// RocksDB says it in words alone; others of its words about locks mean a lack of permission.
bool IsLocked(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && (absl::StrContains(text, "While lock file") ||
                                absl::StrContains(text, "lock hold by current process"));
}

// From format 2 on they are in families by time, and no way leads there: hours and the quarters of
// pages, posts and sources do not say what happened on a post through a source.
constexpr std::string_view kRollupsOfFormat1 = "rollups";

absl::Status CheckFamilies(const rocksdb::DBOptions& options, const std::string& path,
                           bool read_only) {
  std::vector<std::string> names;
  RETURN_IF_ROCKS_ERROR(rocksdb::DB::ListColumnFamilies(options, path, &names),
                        "read the store's manifest");
  int known = 0;
  for (const std::string& name : names) {
    if (name == kRollupsOfFormat1) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "unknown_format",
                       fmt::format("the store in {} has format 1; this pagepulse reads format {}",
                                   path, kFormatVersion),
                       "use an older version of pagepulse, or load the data anew");
    }
    if (!FindFamily(name)) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, "unknown_format",
          fmt::format("the store in {} has a part named {}, which this pagepulse does not know",
                      path, name),
          "use the version of pagepulse that wrote it, or a newer one");
    }
    ++known;
  }
  // Its creation was interrupted; a writer completes it.
  if (read_only && known < kFamilies) return NoStore(path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Rocks>> Rocks::Open(const DatabaseOptions& options,
                                                   std::shared_ptr<const Retention> retention) {
  auto rocks = std::unique_ptr<Rocks>(new Rocks);
  rocks->path_ = options.path;
  rocks->read_only_ = options.read_only;
  rocks->db_options_ = MakeDbOptions(options);
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  for (int i = 0; i < kFamilies; ++i) {
    rocks->family_options_[i] = MakeFamilyOptions(static_cast<Family>(i), cache, retention);
  }

  const bool exists = rocks->env()->FileExists(options.path + "/CURRENT").ok();
  if (!exists && !rocks->db_options_.create_if_missing) return NoStore(options.path);
  if (exists) {
    RETURN_IF_ERROR(CheckFamilies(rocks->db_options_, options.path, options.read_only));
  } else {
    RETURN_IF_ERROR(MakeDirectory(options.path));
  }
  if (options.read_only) {
    ASSIGN_OR_RETURN(rocks->reader_lock_, TakeReaderLock(options.path));
  } else {
    rocks->db_options_.use_direct_io_for_flush_and_compaction = WritesDirectly(options.path);
  }
  RETURN_IF_ERROR(rocks->OpenDb(options));
  return rocks;
}

absl::Status Rocks::OpenDb(const DatabaseOptions& options) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (int i = 0; i < kFamilies; ++i) {
    families.emplace_back(std::string(FamilyName(static_cast<Family>(i))), family_options_[i]);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      options.read_only ? rocksdb::DB::OpenForReadOnly(db_options_, path_, families, &handles, &db)
                        : rocksdb::DB::Open(db_options_, path_, families, &handles, &db);
  if (IsLocked(status)) return InUse(path_);
  RETURN_IF_ROCKS_ERROR(status, fmt::format("open the store in {}", path_));
  db_.reset(db);
  std::copy(handles.begin(), handles.end(), handles_.begin());
  return absl::OkStatus();
}

Rocks::~Rocks() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle);
  }
  db_.reset();
  if (reader_lock_ >= 0) close(reader_lock_);
}

absl::Status Rocks::Visit(Family f, std::string_view begin, std::string_view end,
                          absl::FunctionRef<absl::Status(std::string_view, std::string_view)> visit,
                          std::string_view doing) const {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;  // what is read once, from one end to the other
  const rocksdb::Slice bound(end);
  if (!end.empty()) options.iterate_upper_bound = &bound;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, family(f)));
  for (it->Seek(begin); it->Valid(); it->Next()) {
    RETURN_IF_ERROR(visit(it->key().ToStringView(), it->value().ToStringView()));
  }
  return FromRocks(it->status(), doing);
}

absl::Status Rocks::DropFiles(
    Family f, const std::vector<std::pair<std::string, std::string>>& ranges) const {
  if (ranges.empty()) return absl::OkStatus();
  std::vector<std::pair<rocksdb::Slice, rocksdb::Slice>> slices(ranges.begin(), ranges.end());
  std::vector<rocksdb::RangePtr> pointers;
  for (const auto& [begin, end] : slices) pointers.emplace_back(&begin, &end);
  return FromRocks(rocksdb::DeleteFilesInRanges(db(), family(f), pointers.data(), pointers.size(),
                                                /*include_end=*/false),
                   "drop files");
}

}  // namespace pagepulse
