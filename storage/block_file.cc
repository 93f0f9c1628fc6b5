#include "storage/block_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/status_macros.h"
#include "storage/rocksdb_status.h"

namespace pagepulse {

// Some file systems take the flag and refuse what is then written.
bool WritesDirectly(const std::string& directory) {
  constexpr size_t kBlock = 4096;
  alignas(kBlock) static constexpr char kZeros[kBlock] = {};
  const std::string probe = directory + "/direct-probe";
  const int fd = open(probe.c_str(), O_CREAT | O_WRONLY | O_DIRECT | O_CLOEXEC, 0600);
  const bool works = fd >= 0 && write(fd, kZeros, kBlock) == static_cast<ssize_t>(kBlock);
  if (fd >= 0) close(fd);
  unlink(probe.c_str());  // open may have made it and yet have failed
  return works;
}

BlockFile::BlockFile(std::unique_ptr<rocksdb::WritableFile> file)
    : file_(std::move(file)),
      buffer_(static_cast<char*>(std::aligned_alloc(kBlock, kBufferBytes))) {}

absl::StatusOr<std::unique_ptr<BlockFile>> BlockFile::Create(rocksdb::Env* env,
                                                             const std::string& path,
                                                             size_t reserve, bool direct) {
  rocksdb::EnvOptions options;
  options.use_mmap_writes = false;
  options.use_direct_writes = direct;
  std::unique_ptr<rocksdb::WritableFile> file;
  RETURN_IF_ROCKS_ERROR(env->NewWritableFile(path, &file, options), "make a file of the log");
  file->SetPreallocationBlockSize(reserve);
  file->PrepareWrite(0, 1);
  return std::unique_ptr<BlockFile>(new BlockFile(std::move(file)));
}

// A crash leaves the zeros there: they are no harm to who reads.
BlockFile::~BlockFile() {
  if (file_ != nullptr) Close().IgnoreError();
}

absl::Status BlockFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t taken = std::min(bytes.size(), kBufferBytes - buffered_);
    std::memcpy(buffer_.get() + buffered_, bytes.data(), taken);
    buffered_ += taken;
    bytes.remove_prefix(taken);
    if (buffered_ < kBufferBytes) return absl::OkStatus();
    RETURN_IF_ERROR(Write(kBufferBytes / kBlock));
    offset_ += kBufferBytes;
    buffered_ = 0;
  }
  return absl::OkStatus();
}

absl::Status BlockFile::Write(size_t blocks) {
  return FromRocks(file_->PositionedAppend(rocksdb::Slice(buffer_.get(), blocks * kBlock), offset_),
                   "append to the log");
}

absl::Status BlockFile::Sync() {
  const size_t full = buffered_ / kBlock, rest = buffered_ % kBlock;
  if (rest != 0) std::memset(buffer_.get() + buffered_, 0, kBlock - rest);
  if (buffered_ != 0) RETURN_IF_ERROR(Write(full + (rest != 0)));
  std::memmove(buffer_.get(), buffer_.get() + full * kBlock, rest);
  offset_ += full * kBlock;
  buffered_ = rest;
  return FromRocks(file_->Sync(), "sync the log");
}

absl::Status BlockFile::Close() {
  const std::unique_ptr<rocksdb::WritableFile> file = std::move(file_);
  RETURN_IF_ROCKS_ERROR(file->Truncate(offset_ + buffered_), "close a file of the log");
  return FromRocks(file->Close(), "close a file of the log");
}

}  // namespace pagepulse
