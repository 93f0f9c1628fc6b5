#pragma once

// How `pagepulse inspect` shows what keys and values hold.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "query/data_source.h"

namespace pagepulse {

// As every command writes it that inspects: 2025-07-01T00:00:00.000Z.
std::string Instant(int64_t ms);

// A key and its value of a column family, in words. DATA_LOSS where they are not what the family
// holds; INVALID_ARGUMENT for a family that there is not.
absl::StatusOr<std::string> DescribeEntry(std::string_view family, std::string_view key,
                                          std::string_view value, const Catalog& catalog);

}  // namespace pagepulse
