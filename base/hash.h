#pragma once

// Every hash that reaches a disk is XXH3 (stable since xxHash 0.8) under the store's own key, so
// that nobody who does not hold the key can aim at a sketch, an id table or a fact.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"

namespace pagepulse {

using Hash128 = absl::uint128;

// An actor's 40 bits. Small sets are exact: 256 people of one set collide with a chance of 3e-8.
inline constexpr int kActorBits = 40;

class HashKey {
 public:
  static constexpr size_t kBytes = 192;

  static HashKey Random();                                         // from the system's generator
  static absl::StatusOr<HashKey> FromBytes(std::string_view raw);  // exactly kBytes

  std::string_view bytes() const { return {reinterpret_cast<const char*>(secret_.data()), kBytes}; }

  // Names and people.
  // Of n pages two have one hash with a chance of n^2 / 2^65: 3e-8 of a million.
  uint64_t Page(std::string_view page) const;
  uint64_t Source(std::string_view source) const;
  uint64_t Actor(std::string_view actor) const;  // below 2^40
  // Within a page or a kind of name: `space` is another hash, so that equal bytes elsewhere differ.
  uint64_t Within(uint64_t space, std::string_view bytes) const;
  Hash128 Within128(uint64_t space, std::string_view bytes) const;

 private:
  HashKey() = default;

  alignas(64) std::array<uint8_t, kBytes> secret_;
  uint64_t seed_ = 0;  // drawn from the secret; XXH3 ignores a secret beside a seed on short input
};

// For tables keyed by hashes, whose bits are even as they are.
struct UniformHash {
  size_t operator()(Hash128 hash) const { return absl::Uint128Low64(hash); }
  size_t operator()(uint64_t hash) const { return hash; }
};

// Not keyed: recognises bytes (a file, a body), never hides anything.
Hash128 ContentHash(std::string_view bytes);

// Of bytes on disk, in parts: start with 0, go on with what the part before gave.
uint64_t Checksum(uint64_t before, std::string_view bytes);

// As text, in messages and headers.
std::string FormatHash(Hash128 hash);  // 32 hexadecimal digits in lower case
std::optional<Hash128> ParseHash(std::string_view hex);

// ContentHash of a stream, in steps. Digest() may be taken at any point.
class ContentHasher {
 public:
  ContentHasher();
  ~ContentHasher();
  ContentHasher(const ContentHasher&) = delete;
  ContentHasher& operator=(const ContentHasher&) = delete;

  void Update(std::string_view bytes);
  Hash128 Digest() const;

 private:
  void* state_;
};

}  // namespace pagepulse
