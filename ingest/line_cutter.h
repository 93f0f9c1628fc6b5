#pragma once

// Cuts a stream of bytes, in pieces of any size, into chunks of whole lines. A line above
// kMaxLineBytes is passed over without being kept. A byte-order mark at the start is dropped. The
// same bytes give the same lines, numbers and offsets however they are cut into pieces (where a
// chunk ends may differ).

#include <functional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "ingest/chunk.h"

namespace pagepulse {

class LineCutter {
 public:
  // Continues a stream: the next byte has this offset and belongs to this line (1-based).
  explicit LineCutter(uint64_t offset = 0, uint32_t line = 1, size_t chunk_bytes = kChunkBytes);

  void Feed(std::string_view bytes, absl::FunctionRef<void(Chunk)> emit);
  // The end of the stream: a last line without an end counts as a line.
  void Finish(absl::FunctionRef<void(Chunk)> emit);

 private:
  void Flush(absl::FunctionRef<void(Chunk)> emit);

  size_t chunk_bytes_;
  Chunk open_;             // whole lines, then the beginning of the next one
  size_t capacity_ = 0;
  size_t line_begin_ = 0;  // in open_: where the unfinished line begins
  uint64_t next_offset_;   // of the next byte fed
  bool skipping_ = false;  // inside a line that is too long
  uint64_t skipped_offset_ = 0;
  uint64_t skipped_length_ = 0;
  bool at_start_;
};

}  // namespace pagepulse
