#pragma once

// Keys that the storage folder makes or looks into. Layouts: docs/storage_format.md.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/coding.h"
#include "base/hash.h"

namespace pagepulse {

// What a fact is shown under: its identity, so that sorting identities sorts keys.
inline void AppendFactKey(Hash128 identity, std::string* out) {
  PutBig64(out, absl::Uint128High64(identity));
  PutBig64(out, absl::Uint128Low64(identity));
}

// journal: what the storage folder writes itself ...
inline constexpr std::string_view kMarkerKey = "c";    // u64, little-endian
inline constexpr std::string_view kHorizonsKey = "h";  // i64 of each Level, little-endian
inline constexpr std::string_view kFactRunsKey = "F";  // numbers, u64, little-endian, oldest first
// ... and the engine's entries that age.
inline constexpr char kIdsPrefix = 'i';  // hour u32, checkpoint u64, part u32, big-endian
inline constexpr size_t kIdsHourBytes = 1 + 4, kIdsKeyBytes = kIdsHourBytes + 8 + 4;
inline constexpr char kToldAgainPrefix = 't';  // checkpoint u64, part u32, big-endian
inline constexpr char kReplyPrefix = 'r';  // 16 bytes; the value begins with its arrival, u64 of ms
inline constexpr size_t kReplyKeyBytes = 1 + 16;

// The first key above every key with this prefix; "" where there is none.
inline std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

}  // namespace pagepulse
