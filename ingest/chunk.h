#pragma once

// A stretch of input in memory that simdjson may read: whole lines, and kPadding zero bytes after
// the last. A chunk is what a parser thread works on.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "model/event.h"

namespace pagepulse {

inline constexpr size_t kPadding = 64;  // SIMDJSON_PADDING, checked where it is included
inline constexpr size_t kMaxLineBytes = 64 * 1024;  // without its end
inline constexpr size_t kChunkBytes = 1024 * 1024;  // what a LineCutter aims at

struct Chunk {
  std::unique_ptr<char[]> block;  // size + kPadding bytes
  size_t size = 0;
  uint64_t offset = 0;              // of the first byte, in the uncompressed stream
  uint32_t first_line = 1;          // number of the first line
  uint32_t lines = 0;               // passed, those skipped and a last one without an end included
  uint64_t end_offset = 0;          // behind the last byte passed, those of skipped lines included
  std::vector<Rejection> too_long;  // skipped without being kept; they follow the text

  std::string_view text() const { return {block.get(), size}; }
};

// Line ends, and a last line without one.
uint32_t CountLines(std::string_view text);

// One chunk that holds a copy of `text`, with its padding; lines are counted.
Chunk CopyToChunk(std::string_view text);

}  // namespace pagepulse
