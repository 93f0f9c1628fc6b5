#pragma once

// The bytes of a DistinctSet, for those who build or split them without one. Layout:
// docs/storage_format.md, "Distinct sets". An encoded set says its own length.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace pagepulse {

inline constexpr size_t kMemberBytes = 5;
inline constexpr size_t kMaxSetHeader = 5;  // bytes, of at most 2^32 / 2 members

struct EncodedSet {
  int precision = 0;  // of the dense form; 0: exact
  size_t count = 0;   // members, or registers
  const uint8_t* payload = nullptr;
  size_t length = 0;  // header and payload; 0: the bytes do not begin with a set

  bool dense() const { return precision != 0; }
};

// The set at the beginning of `bytes`. Its payload is within `bytes` but otherwise unchecked.
EncodedSet ParseEncodedSet(std::string_view bytes);

// Writes n ascending members; room for kMaxSetHeader + n * kMemberBytes. Returns the end.
char* EncodeExactSet(const uint64_t* members, size_t n, char* out);
// Writes the dense form; room for 1 + 2^precision.
char* EncodeDenseSet(const uint8_t* registers, int precision, char* out);

inline uint64_t LoadMember(const uint8_t* p) {
  uint32_t low;
  std::memcpy(&low, p, sizeof low);
  return low | static_cast<uint64_t>(p[4]) << 32;
}

// Sorts ascending and drops repeats; returns how many are left. Fast on hashes (uniform in 40
// bits), correct on any numbers.
size_t SortUnique(uint64_t* hashes, size_t n);

}  // namespace pagepulse
