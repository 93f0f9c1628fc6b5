#pragma once

// The log: entries in the order of their sequence numbers, in files of their own, synced before
// they count. RocksDB's own log would write every entry a second time, into a memtable that only a
// restart reads. Layout: docs/storage_format.md, "Log".

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "rocksdb/env.h"
#include "storage/block_file.h"
#include "storage/database.h"

namespace pagepulse {

// Append by one thread, Trim by one thread, the rest by any. An error of Append is final.
class Log {
 public:
  using Visitor = absl::FunctionRef<absl::Status(uint64_t sequence, std::string_view bytes)>;

  // Checks every file of the log. What a crash left behind, never acknowledged, is passed over;
  // DATA_LOSS where anything that had been synced is damaged or missing. Entries up to `marker` are
  // in rows, and whole files of those are not missed: one that was trimmed may come back after
  // power was lost, without its neighbours. Writes nothing if read_only. direct: of WritesDirectly.
  static absl::StatusOr<std::unique_ptr<Log>> Open(rocksdb::Env* env, const std::string& store,
                                                   uint64_t marker, bool read_only, bool direct);

  absl::Status Append(absl::Span<const LogEntry> entries);
  // In order, entries above `marker`. DATA_LOSS where any that were durable are missing.
  absl::Status Replay(uint64_t marker, Visitor visit) const;
  // In order, entries to keep above `after`, trimmed or not; those of now.
  absl::Status VisitKept(uint64_t after, Visitor visit) const;
  // Files that hold nothing above `marker` go: to the kept ones if they have an entry to keep.
  absl::Status Trim(uint64_t marker);

  uint64_t bytes() const;       // of what Replay may read
  uint64_t kept_bytes() const;  // of trimmed files that are kept

 private:
  struct Segment {
    uint64_t first = 0, last = 0;  // entries
    uint64_t bytes = 0;
    bool keep = false;
  };

  Log(rocksdb::Env* env, const std::string& store, bool read_only, bool direct)
      : env_(env),
        directory_(store + "/log"),
        kept_directory_(store + "/records"),
        read_only_(read_only),
        direct_(direct) {}

  absl::Status Load(uint64_t marker);
  absl::Status LoadKept();
  absl::Status StartSegment(uint64_t first);
  absl::Status Write(const LogEntry& entry, uint64_t durable);

  rocksdb::Env* const env_;
  const std::string directory_, kept_directory_;
  const bool read_only_, direct_;

  // Append's.
  std::unique_ptr<BlockFile> file_;
  uint64_t durable_ = 0;

  mutable Mutex mutex_;
  std::deque<Segment> segments_ ABSL_GUARDED_BY(mutex_);  // the last one may be open
  bool open_ ABSL_GUARDED_BY(mutex_) = false;             // whether it is
  uint64_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace pagepulse
