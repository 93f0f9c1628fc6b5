#pragma once

// UltraLogLog (Ertl, "UltraLogLog: A Practical and More Space-Efficient Alternative to HyperLogLog
// for Approximate Distinct Counting", 2023): 2^precision registers of one byte, as a plain array.
//
// A register is either 0 or packs the highest bit ever seen at `register >> 2` with the two bits
// below it. The free functions neither allocate nor keep state; they are safe on any bytes.

#include <bit>
#include <cstddef>
#include <cstdint>

namespace pagepulse::ull {

inline constexpr int kMinPrecision = 3, kMaxPrecision = 26;

// The top bit of `bits` (bit 2 or above) and the two below it; what lies deeper is forgotten.
constexpr uint8_t Pack(uint64_t bits) {
  const int zeros = std::countl_zero(bits);
  const uint64_t next_two = zeros == 63 ? 0 : bits << (zeros + 1) >> 62;
  return static_cast<uint8_t>((63 - zeros) << 2 | static_cast<int>(next_two));
}

// 0 for an empty register, and for 1..7, which no register holds.
constexpr uint64_t Unpack(uint8_t value) {
  return value < 8 ? 0 : (uint64_t{4} | (value & 3)) << ((value >> 2) - 2);
}

// `hash` must be uniform in all the bits that matter for the sets counted: the top `precision`
// bits choose the register, the run of zeros below them its new bit.
inline void Add(uint8_t* registers, int precision, uint64_t hash) {
  uint8_t* const r = registers + (hash >> (64 - precision));
  const uint64_t rest = ~(~hash << precision);  // ends the run inside the word
  const int bit = std::countl_zero(rest) + precision - 1;
  *r = Pack(Unpack(*r) | uint64_t{1} << bit);
}

// into = the registers of the union. Bit-identical to adding both sets' hashes to one sketch.
void Merge(uint8_t* into, const uint8_t* from, int precision);

// The same where `from` has a higher precision: bit-identical to adding its hashes to `into`.
void MergeFiner(uint8_t* into, int precision, const uint8_t* from, int from_precision);

// Whether each register is 0 or within [low, high].
bool AllWithin(const uint8_t* registers, size_t n, uint8_t low, uint8_t high);

// The FGRA estimate, unbiased up to some 2^50; relative standard error sqrt(0.6119 / 2^precision).
double Estimate(const uint8_t* registers, int precision);

// What Merge and AllWithin do where the processor has no AVX2; n registers, precision 4 and above.
void MergePortable(uint8_t* into, const uint8_t* from, size_t n);
bool AllWithinPortable(const uint8_t* registers, size_t n, uint8_t low, uint8_t high);

}  // namespace pagepulse::ull
