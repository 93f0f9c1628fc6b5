#include "tools/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "ingest/decoder.h"
#include "tools/input_file.h"

namespace pagepulse {
namespace {

constexpr size_t kReadBytes = 256 * 1024;  // of a compressed file
// Of compressed bytes decoded at once: what comes out may be a thousand times as much.
constexpr size_t kCompressedBytes = 16 * 1024;

class FileSource final : public ByteSource {
 public:
  FileSource(int fd, std::string name, uint64_t size, bool regular)
      : file_(fd, regular), name_(std::move(name)), size_(size) {}

  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    if (!started_) RETURN_IF_ERROR(Start());
    if (decoder_ != nullptr) RETURN_IF_ERROR(DecodeSome());
    if (!ready_.empty()) {
      const size_t n = ready_.copy(to, size);
      ready_.remove_prefix(n);
      return n;
    }
    return decoder_ != nullptr ? absl::StatusOr<size_t>(0) : ReadRaw(to, size);
  }

  bool seekable() const override { return file_.regular(); }
  uint64_t raw_position() const override { return file_.position(); }
  uint64_t raw_size() const override { return size_; }

 private:
  // The encoding shows in the first four bytes, which a pipe may deliver one by one.
  absl::Status Start() {
    started_ = true;
    buffer_.resize(kReadBytes);
    size_t got = 0;
    while (got < 4) {
      ASSIGN_OR_RETURN(const size_t n, ReadRaw(buffer_.data() + got, buffer_.size() - got));
      if (n == 0) break;
      got += n;
    }
    ready_ = std::string_view(buffer_.data(), got);
    const Encoding encoding = DetectEncoding(ready_);
    if (encoding == Encoding::kIdentity) return absl::OkStatus();
    decoder_ = NewDecoder(encoding, UINT64_MAX);
    raw_ = std::exchange(ready_, {});
    return absl::OkStatus();
  }

  // Until there is something ready, or the end. What came out before a fault is good.
  absl::Status DecodeSome() {
    while (ready_.empty()) {
      if (!pieces_.empty()) {
        current_ = std::move(pieces_.front());
        pieces_.pop_front();
        ready_ = current_;
        continue;
      }
      if (ended_ || !failure_.ok()) return failure_;
      if (raw_.empty()) {
        ASSIGN_OR_RETURN(const size_t n, ReadRaw(buffer_.data(), buffer_.size()));
        raw_ = std::string_view(buffer_.data(), n);
        ended_ = n == 0;
      }
      DecodeSlice();
    }
    return absl::OkStatus();
  }

  // One slice of raw_, or the end.
  void DecodeSlice() {
    const std::string_view slice = raw_.substr(0, kCompressedBytes);
    raw_.remove_prefix(slice.size());
    const auto keep = [this](std::string_view piece) { pieces_.emplace_back(piece); };
    failure_ = Named(ended_ ? decoder_->Finish() : decoder_->Feed(slice, keep));
  }

  absl::StatusOr<size_t> ReadRaw(char* to, size_t size) {
    const ssize_t n = file_.Read(to, size);
    if (n < 0) return absl::DataLossError(fmt::format("{}: {}", name_, std::strerror(errno)));
    return static_cast<size_t>(n);
  }

  absl::Status Named(const absl::Status& status) const {
    if (status.ok()) return status;
    return MakeError(absl::StatusCode::kDataLoss, "bad_file",
                     fmt::format("{}: {}", name_, ToStd(status.message())));
  }

  InputFile file_;
  std::string name_;
  uint64_t size_;
  bool started_ = false, ended_ = false;
  std::string_view ready_;  // uncompressed, to be given next; of buffer_ or current_
  std::string buffer_, current_;
  // Of a compressed file alone:
  std::unique_ptr<Decoder> decoder_;
  std::string_view raw_;  // of buffer_: not decoded yet
  std::deque<std::string> pieces_;
  absl::Status failure_;  // met behind pieces_
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> ByteSource::Open(const std::string& path) {
  if (path == "-") return std::make_unique<FileSource>(STDIN_FILENO, "standard input", 0, false);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info = {};
  if (fd < 0 || fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    const std::string why =
        fd >= 0 && S_ISDIR(info.st_mode) ? "is a directory" : std::strerror(errno);
    if (fd >= 0) close(fd);
    return MakeError(absl::StatusCode::kNotFound, "no_file", fmt::format("{}: {}", path, why));
  }
  return std::make_unique<FileSource>(fd, path, static_cast<uint64_t>(info.st_size),
                                      S_ISREG(info.st_mode));
}

}  // namespace pagepulse
