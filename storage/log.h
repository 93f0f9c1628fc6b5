#pragma once

// The column family `log`: appended with one sync, replayed from the marker, trimmed lazily.

#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "storage/rocks.h"

namespace pagepulse {

class Log {
 public:
  explicit Log(const Rocks* rocks) : rocks_(*rocks) {}

  absl::Status Append(absl::Span<const std::pair<uint64_t, std::string_view>> entries)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Replay(uint64_t marker,
                      absl::FunctionRef<absl::Status(uint64_t, std::string_view)> visit) const;

  // Frees what lies at or below the marker, which must be durable and known to the log's filter.
  // Nothing is written for it: once enough has gathered, the memtable is flushed (in the
  // background) and its filter leaves out what is trimmed, so that the WAL files behind it go too;
  // files that went out earlier are dropped whole.
  absl::Status Trim(uint64_t marker) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Rocks& rocks_;
  Mutex mutex_;
  // (last sequence number, bytes) of each append since the process began, above the last trim.
  std::deque<std::pair<uint64_t, size_t>> live_ ABSL_GUARDED_BY(mutex_);
  size_t trimmed_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // since the last flush
};

}  // namespace pagepulse
