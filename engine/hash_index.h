#pragma once

// Numbers by 128-bit hash, for tables that are looked into for every event: what is found by a
// number lies elsewhere, in a row, and a place here takes 16 bytes, four to a cache line. Hashes
// are compared by 96 of their bits. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/prefetch.h"

namespace pagepulse {

class HashIndex {
 public:
  HashIndex() : places_(kMinPlaces) {}

  size_t size() const { return size_; }
  void Reserve(size_t size) {
    if (size > Room(places_.size())) Rehash(size);
  }

  // Loads where Find will look, for loops that find many (base/prefetch.h).
  void Touch(Hash128 hash) const { pagepulse::Touch(&places_[Home(Low(hash))]); }

  // 0: absent.
  uint32_t Find(Hash128 hash) const {
    const uint64_t high = absl::Uint128High64(hash);
    const uint32_t low = Low(hash);
    for (size_t i = Home(low);; i = (i + 1) & (places_.size() - 1)) {
      const Place& place = places_[i];
      if (place.number == 0 || (place.high == high && place.low == low)) return place.number;
    }
  }

  // Of a hash that is absent; number > 0.
  void Add(Hash128 hash, uint32_t number) {
    Reserve(size_ + 1);
    Put({absl::Uint128High64(hash), Low(hash), number});
    ++size_;
  }

 private:
  struct Place {
    uint64_t high = 0;
    uint32_t low = 0;
    uint32_t number = 0;  // 0: free
  };
  static_assert(sizeof(Place) == 16);
  static constexpr size_t kMinPlaces = 64;  // a power of two, as always

  static uint32_t Low(Hash128 hash) { return static_cast<uint32_t>(absl::Uint128Low64(hash)); }
  // Of so many places, how many may be taken before looks for what is absent grow long.
  static size_t Room(size_t places) { return places / 2; }
  size_t Home(uint32_t low) const { return low & (places_.size() - 1); }

  void Put(const Place& place) {
    size_t i = Home(place.low);
    while (places_[i].number != 0) i = (i + 1) & (places_.size() - 1);
    places_[i] = place;
  }
  void Rehash(size_t size) {
    size_t places = places_.size();
    while (size > Room(places)) places *= 2;
    std::vector<Place> old(places);
    old.swap(places_);
    for (const Place& place : old) {
      if (place.number != 0) Put(place);
    }
  }

  std::vector<Place> places_;
  size_t size_ = 0;
};

}  // namespace pagepulse
