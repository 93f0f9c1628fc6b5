#pragma once

// One entry in a file of the log:
//
//   checksum u64 | sequence u64 | durable u64 | length u32 | flags u32 | bytes      (little-endian)
//
// checksum: XXH3 of all that follows it. durable: up to which entry the log was synced when this
// one was written; an entry that cannot be read although a later one says that it was durable has
// been lost, one that nobody vouches for was never acknowledged. flags: bit 0, to be kept.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pagepulse {

struct LogFrame {
  static constexpr size_t kHeaderBytes = 32;

  uint64_t sequence = 0, durable = 0;
  bool keep = false;
  std::string_view bytes;

  size_t size() const { return kHeaderBytes + bytes.size(); }
};

// The header of a frame, whose bytes are to follow it.
std::string EncodeLogHeader(const LogFrame& frame);
// The frame at the beginning of `text`, which it views; nullopt: there is no whole one.
std::optional<LogFrame> ReadLogFrame(std::string_view text);

}  // namespace pagepulse
