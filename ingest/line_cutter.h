#pragma once

// Cuts a stream of bytes, in pieces of any size, into chunks of whole lines. A line above
// kMaxLineBytes is passed over without being kept. A byte-order mark at the start is dropped. The
// same bytes give the same lines, numbers and offsets however they are cut into pieces (where a
// chunk ends may differ). A line ends with LF; a CR before it belongs to the end, not the line.
// Not thread-safe: one cutter, one stream.

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
  // Both take what they use off the front of *bytes.
  void Keep(std::string_view* bytes, absl::FunctionRef<void(Chunk)> emit);
  void Skip(std::string_view* bytes, absl::FunctionRef<void(Chunk)> emit);
  // The bytes of a byte-order mark are held back until it is known whether it is one.
  bool PassMark(std::string_view* bytes);

  void BeginSkipping(size_t kept);
  void EndSkipping(absl::FunctionRef<void(Chunk)> emit);
  void Append(std::string_view bytes);
  void Grow(size_t needed);
  void Flush(absl::FunctionRef<void(Chunk)> emit);  // at a line's end alone

  size_t chunk_bytes_;
  Chunk open_;             // whole lines, then the beginning of the next one
  size_t capacity_ = 0;    // of open_.block, the padding not counted
  size_t block_bytes_;     // the capacity that the next block begins with
  size_t line_begin_ = 0;  // in open_: where the unfinished line begins
  uint64_t next_offset_;   // of the next byte fed
  bool skipping_ = false;  // inside a line that is too long
  Rejection skipped_;      // that line; its length so far is skipped_length_
  uint64_t skipped_length_ = 0;
  bool skipped_ends_in_cr_ = false;
  size_t mark_ = 0;  // bytes of a byte-order mark held back
  bool at_start_;
};

}  // namespace pagepulse
