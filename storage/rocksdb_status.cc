#include "storage/rocksdb_status.h"

#include <fmt/format.h>

#include "base/error.h"

namespace pagepulse {

absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = fmt::format("cannot {}: {}", doing, status.ToString());
  if (status.IsNotFound()) return absl::NotFoundError(message);
  if (status.IsCorruption()) {
    return MakeError(absl::StatusCode::kDataLoss, "storage_corrupt", message,
                     "check the disk, then restore the data directory from a backup");
  }
  if (status.IsNoSpace()) {
    return MakeError(absl::StatusCode::kResourceExhausted, "storage_full", message,
                     "free space on the disk that holds the data directory, then start again");
  }
  return MakeError(absl::StatusCode::kInternal, "storage_error", message,
                   "check the disk and the permissions of the data directory");
}

}  // namespace pagepulse
