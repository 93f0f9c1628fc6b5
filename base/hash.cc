#define XXH_INLINE_ALL
#include "base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <cstring>
#include <random>

namespace pagepulse {
namespace {

Hash128 ToHash128(XXH128_hash_t h) { return absl::MakeUint128(h.high64, h.low64); }

}  // namespace

HashKey HashKey::Random() {
  std::random_device device;
  std::string raw(kBytes, '\0');
  for (size_t i = 0; i < kBytes; i += 4) {
    const uint32_t word = device();
    std::memcpy(raw.data() + i, &word, 4);
  }
  return *FromBytes(raw);
}

absl::StatusOr<HashKey> HashKey::FromBytes(std::string_view raw) {
  if (raw.size() != kBytes) return absl::InvalidArgumentError("a hash key has 192 bytes");
  HashKey key;
  std::memcpy(key.secret_.data(), raw.data(), kBytes);
  key.seed_ = XXH3_64bits_withSecret("seed", 4, key.secret_.data(), kBytes);
  return key;
}

uint64_t HashKey::Page(std::string_view page) const {
  return XXH3_64bits_withSecret(page.data(), page.size(), secret_.data(), kBytes);
}

uint64_t HashKey::Source(std::string_view source) const { return Within(0, source); }

uint64_t HashKey::Actor(std::string_view actor) const {
  return XXH3_64bits_withSeed(actor.data(), actor.size(), seed_) >> (64 - kActorBits);
}

uint64_t HashKey::Within(uint64_t space, std::string_view bytes) const {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed_ ^ space);
}

Hash128 HashKey::Within128(uint64_t space, std::string_view bytes) const {
  return ToHash128(XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed_ ^ space));
}

Hash128 ContentHash(std::string_view bytes) {
  return ToHash128(XXH3_128bits(bytes.data(), bytes.size()));
}

uint64_t Checksum(uint64_t before, std::string_view bytes) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), before);
}

std::string FormatHash(Hash128 hash) {
  return fmt::format("{:016x}{:016x}", absl::Uint128High64(hash), absl::Uint128Low64(hash));
}

std::optional<Hash128> ParseHash(std::string_view hex) {
  if (hex.size() != 32) return std::nullopt;
  uint64_t halves[2] = {};
  for (int i = 0; i < 2; ++i) {
    const char* begin = hex.data() + 16 * i;
    const auto [end, error] = std::from_chars(begin, begin + 16, halves[i], 16);
    if (error != std::errc() || end != begin + 16) return std::nullopt;
  }
  return absl::MakeUint128(halves[0], halves[1]);
}

ContentHasher::ContentHasher() : state_(XXH3_createState()) {
  XXH3_128bits_reset(static_cast<XXH3_state_t*>(state_));
}
ContentHasher::~ContentHasher() { XXH3_freeState(static_cast<XXH3_state_t*>(state_)); }
void ContentHasher::Update(std::string_view bytes) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_), bytes.data(), bytes.size());
}
Hash128 ContentHasher::Digest() const {
  return ToHash128(XXH3_128bits_digest(static_cast<const XXH3_state_t*>(state_)));
}

}  // namespace pagepulse
