#include "storage/log.h"

#include <string>

#include "base/coding.h"
#include "base/status_macros.h"
#include "rocksdb/convenience.h"
#include "rocksdb/write_batch.h"
#include "storage/rocksdb_status.h"
#include "storage/storage_keys.h"

namespace pagepulse {
namespace {

// Flushing earlier would write more of what is still live; later would keep more WAL.
constexpr size_t kFlushTrimmedBytes = 32 << 20;

}  // namespace

absl::Status Log::Append(absl::Span<const std::pair<uint64_t, std::string_view>> entries) {
  if (entries.empty()) return absl::OkStatus();
  size_t bytes = 0;
  for (const auto& [sequence, value] : entries) bytes += value.size() + 64;
  rocksdb::WriteBatch batch(bytes);
  for (const auto& [sequence, value] : entries) {
    RETURN_IF_ROCKS_ERROR(
        batch.Put(rocks_.family(Family::kLog), LogKey(sequence), rocksdb::Slice(value)),
        "append to the log");
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  RETURN_IF_ROCKS_ERROR(rocks_->Write(options, &batch), "append to the log");
  MutexLock lock(&mutex_);
  live_.emplace_back(entries.back().first, bytes);
  return absl::OkStatus();
}

absl::Status Log::Replay(uint64_t marker,
                         absl::FunctionRef<absl::Status(uint64_t, std::string_view)> visit) const {
  const auto entry = [&](std::string_view key, std::string_view value) -> absl::Status {
    Reader reader(key);
    const uint64_t sequence = reader.Big64();
    if (!reader.done()) return absl::DataLossError("a key of the log is not 8 bytes");
    return visit(sequence, value);
  };
  return rocks_.Visit(Family::kLog, LogKey(marker + 1), "", entry, "read the log");
}

absl::Status Log::Trim(uint64_t marker) {
  rocksdb::ColumnFamilyHandle* family = rocks_.family(Family::kLog);
  bool flush = false;
  {
    MutexLock lock(&mutex_);
    while (!live_.empty() && live_.front().first <= marker) {
      trimmed_bytes_ += live_.front().second;
      live_.pop_front();
    }
    flush = trimmed_bytes_ >= kFlushTrimmedBytes;
    if (flush) trimmed_bytes_ = 0;
  }
  if (flush) {
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true;
    RETURN_IF_ROCKS_ERROR(rocks_->Flush(options, family), "flush the log");
  }
  const std::string end_key = LogKey(marker + 1);
  const rocksdb::Slice end(end_key);
  return FromRocks(rocksdb::DeleteFilesInRange(rocks_.db(), family, nullptr, &end, false),
                   "trim the log");
}

}  // namespace pagepulse
