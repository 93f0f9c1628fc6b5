#pragma once

// RocksDB's errors as ours.

#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace pagepulse {

// OK stays OK. `doing` says what failed ("append to the log"); the code of the error is
// storage_error, storage_full or storage_corrupt, with a hint.
absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing);

}  // namespace pagepulse

#define RETURN_IF_ROCKS_ERROR(expr, doing) RETURN_IF_ERROR(::pagepulse::FromRocks((expr), (doing)))
