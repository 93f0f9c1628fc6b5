#pragma once

// From the bytes of a body to chunks that an adapter may parse: undoes the content coding, tells
// lines from an array by the first byte that is not white space, cuts lines. The same body gives
// the same lines however it is cut into pieces. One thread at a time; no I/O.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "ingest/adapter.h"
#include "ingest/chunk.h"
#include "ingest/decoder.h"
#include "ingest/line_cutter.h"

namespace pagepulse {

struct BodyPlan {
  Encoding encoding = Encoding::kIdentity;
  bool detects = false;           // though no encoding is named, the first bytes may say one
  uint64_t max_bytes = 0;         // after decoding
  std::string_view if_too_large;  // the hint to who sends more
  uint64_t max_whole_bytes = 0;   // of a body that is one document
  size_t expected_bytes = 0;      // if known; 0: not
  uint64_t offset = 0;            // where the body's first byte and line stand in a longer stream
  uint32_t first_line = 1;
  // Of the format. Where it reads lines and the body begins its stream, the first byte that is not
  // white space may decide for its document instead.
  const Adapter* adapter = &NativeLines();
};

class BodyReader {
 public:
  // `emit` gets each chunk with the adapter that reads it, in order.
  using Emit = std::function<void(const Adapter&, Chunk)>;
  BodyReader(const BodyPlan& plan, Emit emit);

  // Of a plan that detects, before the first Feed: how what begins so is decoded from then on.
  // Fewer than 4 bytes are not.
  Encoding Detect(std::string_view first_bytes);
  // INVALID_ARGUMENT: corrupt, looks_compressed; body_too_large (413).
  absl::Status Feed(std::string_view raw);
  absl::Status Finish();
  // Instead of both, of a body that is in memory as a whole: its block, with room for kPadding
  // behind it, becomes the chunk.
  absl::Status FeedAll(std::unique_ptr<char[]> block, size_t size);

  uint64_t decoded_bytes() const { return decoded_bytes_; }

 private:
  absl::Status CheckPlain(std::string_view raw);  // that nobody forgot to name an encoding
  absl::Status Take(std::string_view bytes);      // decoded
  bool MayBeDocument() const;
  void Sniff(std::string_view bytes);
  absl::Status TakeWhole(std::string_view bytes);
  const Adapter& Lines() const;
  absl::Status DecoderError(const absl::Status& status) const;

  const BodyPlan plan_;
  const Emit emit_;
  std::unique_ptr<Decoder> decoder_;  // null: identity
  uint64_t decoded_bytes_ = 0;
  std::string head_;  // the first bytes, until there are enough to know a compressed body by

  enum class Kind { kUnknown, kLines, kWhole } kind_;
  std::string leading_;     // white space met before it was known what the body is
  const Adapter* adapter_;  // null while unknown
  LineCutter cutter_;
  Chunk whole_;
  size_t whole_capacity_ = 0;
};

}  // namespace pagepulse
