#pragma once

// A file that only grows, written past the system's file cache: the memory of that cache, taken
// anew for every byte, was half the CPU of writing.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/env.h"

namespace pagepulse {

// Whether files in the directory, which exists, can be written so; on tmpfs they cannot.
bool WritesDirectly(const std::string& directory);

// Writes whole blocks. The last one ends with zeros until it is full, and is then written again: so
// what lies before is never at risk, since its bytes stay what they were. One thread at a time.
class BlockFile {
 public:
  // reserve: bytes to set aside on the disk. direct: of WritesDirectly.
  static absl::StatusOr<std::unique_ptr<BlockFile>> Create(rocksdb::Env* env,
                                                           const std::string& path, size_t reserve,
                                                           bool direct);

  ~BlockFile();  // closes it
  BlockFile(const BlockFile&) = delete;
  BlockFile& operator=(const BlockFile&) = delete;

  absl::Status Append(std::string_view bytes);  // in memory, for a part
  absl::Status Sync();                          // all that was appended is durable
  absl::Status Close();                         // cuts off the zeros; then nothing more

 private:
  static constexpr size_t kBlock = 4096;
  static constexpr size_t kBufferBytes = 256 << 10;

  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };

  explicit BlockFile(std::unique_ptr<rocksdb::WritableFile> file);
  absl::Status Write(size_t blocks);

  std::unique_ptr<rocksdb::WritableFile> file_;
  std::unique_ptr<char, Free> buffer_;  // what comes behind offset_
  size_t buffered_ = 0;
  uint64_t offset_ = 0;  // of the file; whole blocks
};

}  // namespace pagepulse
