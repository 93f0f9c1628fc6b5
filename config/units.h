#pragma once

// Spans of time and amounts of memory as people write them. Errors are INVALID_ARGUMENT and name
// the forms that are read.

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace pagepulse {

// "30s", "15min", "48h", "8d", "2w" -> seconds; a whole number above zero.
absl::StatusOr<int64_t> ParseSpanSeconds(std::string_view text);

// As ParseSpanSeconds, and "0" or "forever" -> 0, which stands for no end.
absl::StatusOr<int64_t> ParseRetentionSeconds(std::string_view text);

// "512", "64KiB", "16MiB", "2GiB" -> bytes.
absl::StatusOr<uint64_t> ParseBytes(std::string_view text);

}  // namespace pagepulse
