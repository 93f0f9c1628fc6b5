#pragma once

// Streaming decompression. What it is, is told by the first bytes (or named by Content-Encoding).

#include <memory>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pagepulse {

enum class Encoding { kIdentity, kGzip, kZstd };

// By magic number; kIdentity for anything else (fewer than 4 bytes included).
Encoding DetectEncoding(std::string_view first_bytes);
// "gzip", "x-gzip", "zstd", "identity", "" (any case); INVALID_ARGUMENT for another.
absl::StatusOr<Encoding> ParseContentEncoding(std::string_view header);

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Decodes the next bytes; emit is called with pieces of at most 256 KiB that live for the call.
  // Members or frames that follow one another are one stream. INVALID_ARGUMENT: not that encoding,
  // corrupt; RESOURCE_EXHAUSTED: more than max_bytes came out, or a window above 8 MiB (zstd).
  virtual absl::Status Feed(std::string_view bytes,
                            absl::FunctionRef<void(std::string_view)> emit) = 0;
  // INVALID_ARGUMENT where the stream ends inside a member.
  virtual absl::Status Finish() = 0;
};

std::unique_ptr<Decoder> NewDecoder(Encoding encoding, uint64_t max_bytes);

}  // namespace pagepulse
