#pragma once

// The version of the formats on disk, and the store's birth certificate in the column family
// `default`: "format" (u32, little-endian), "hash_key" (192 bytes), "created" (u64 of ms).

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "storage/rocks.h"

namespace pagepulse {

inline constexpr uint32_t kFormatVersion = 4;

// Takes a store from version `from` to `from` + 1. It may be interrupted and run again: the version
// is raised, durably, after it returns OK.
struct Migration {
  uint32_t from;
  absl::Status (*run)(const Rocks&);
};

// The key of the store, which is new if it has no version yet. FAILED_PRECONDITION: the store's
// version is newer, or older without a way to `current`, or older and read_only.
absl::StatusOr<HashKey> LoadFormat(const Rocks& rocks, const std::optional<HashKey>& new_key,
                                   absl::Span<const Migration> migrations = {},
                                   uint32_t current = kFormatVersion);

}  // namespace pagepulse
