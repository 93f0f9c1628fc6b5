#pragma once

// Random numbers that are the same on every machine: the distributions of <random> differ between
// standard libraries, and floating point between processors.

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace pagepulse {

// A bijection of 64 bits (the finalizer of SplitMix64): different numbers stay different.
constexpr uint64_t Scramble(uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
  n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
  return n ^ (n >> 31);
}

// xoshiro256++.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) word = seed = Scramble(seed);
  }

  uint64_t Next() {
    const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  uint64_t Below(uint64_t n) {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(Next()) * n >> 64);
  }
  // Near 0 more often than near n: the product of two even draws.
  uint64_t SkewedBelow(uint64_t n) {
    const uint64_t r = Next();
    return Below(((r >> 32) * n >> 32) + 1);
  }
  bool Chance(uint64_t in_ten_thousand) { return Below(10'000) < in_ten_thousand; }

 private:
  std::array<uint64_t, 4> state_;
};

// Shares a total out among weights: whole numbers that add up to it exactly.
inline std::vector<uint64_t> Apportion(const std::vector<uint64_t>& weights, uint64_t total) {
  unsigned __int128 sum = 0, so_far = 0;
  for (const uint64_t w : weights) sum += w;
  std::vector<uint64_t> shares;
  uint64_t given = 0;
  for (const uint64_t w : weights) {
    so_far += w;
    const auto up_to = static_cast<uint64_t>(so_far * total / sum);
    shares.push_back(up_to - given);
    given = up_to;
  }
  return shares;
}

// Draws an index in proportion to its weight, with one memory access.
class WeightedTable {
 public:
  explicit WeightedTable(const std::vector<uint64_t>& weights) {
    const std::vector<uint64_t> shares = Apportion(weights, kSize);
    table_.reserve(kSize);
    for (size_t i = 0; i < shares.size(); ++i) {
      table_.insert(table_.end(), shares[i], static_cast<uint16_t>(i));
    }
  }
  size_t Pick(Random* random) const { return table_[random->Next() >> 48]; }

 private:
  static constexpr uint64_t kSize = 1 << 16;
  std::vector<uint16_t> table_;
};

}  // namespace pagepulse
