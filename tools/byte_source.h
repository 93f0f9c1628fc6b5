#pragma once

// A file of a backfill, or standard input, as a stream of uncompressed bytes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace pagepulse {

class ByteSource {
 public:
  // Standard input for "-". NOT_FOUND: with the file's name and why.
  static absl::StatusOr<std::unique_ptr<ByteSource>> Open(const std::string& path);
  virtual ~ByteSource() = default;

  // Up to `size` of the next bytes; 0 at the end. DATA_LOSS: the file is broken behind what was
  // read before.
  virtual absl::StatusOr<size_t> Read(char* to, size_t size) = 0;
  virtual bool seekable() const = 0;          // whether Open may be called again for the same bytes
  virtual uint64_t raw_position() const = 0;  // bytes of the file itself that were read
  virtual uint64_t raw_size() const = 0;      // 0: unknown
};

}  // namespace pagepulse
