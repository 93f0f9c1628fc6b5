#include "tools/backfill_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "ingest/chunk.h"
#include "ingest/decoder.h"

namespace pagepulse {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr size_t kStepBytes = 1024 * 1024;
constexpr uint64_t kMaxDocumentBytes = uint64_t{256} << 20;

class FileSource final : public ByteSource {
 public:
  FileSource(int fd, std::string name, uint64_t size, bool regular)
      : fd_(fd),
        name_(std::move(name)),
        size_(size),
        regular_(regular),
        buffer_(kReadBytes, '\0') {}
  ~FileSource() override {
    if (fd_ != STDIN_FILENO) close(fd_);
  }

  absl::StatusOr<std::string_view> Next() override {
    std::string_view raw;
    if (!started_) {
      ASSIGN_OR_RETURN(raw, Start());
      if (decoder_ == nullptr) return raw;
      RETURN_IF_ERROR(Decode(raw));
    } else if (decoder_ == nullptr) {
      return Read(buffer_.data(), buffer_.size());
    }
    while (pieces_.empty() && !ended_) {
      ASSIGN_OR_RETURN(raw, Read(buffer_.data(), buffer_.size()));
      ended_ = raw.empty();
      RETURN_IF_ERROR(ended_ ? Named(decoder_->Finish()) : Decode(raw));
    }
    return pieces_.empty() ? std::string_view() : Take();
  }

  bool seekable() const override { return regular_; }
  uint64_t raw_position() const override { return position_; }
  uint64_t raw_size() const override { return size_; }

 private:
  // The encoding shows in the first four bytes, which a pipe may deliver one by one.
  absl::StatusOr<std::string_view> Start() {
    started_ = true;
    size_t got = 0;
    while (got < 4) {
      ASSIGN_OR_RETURN(std::string_view raw, Read(buffer_.data() + got, buffer_.size() - got));
      if (raw.empty()) break;
      got += raw.size();
    }
    const std::string_view first(buffer_.data(), got);
    const Encoding encoding = DetectEncoding(first);
    if (encoding != Encoding::kIdentity) decoder_ = NewDecoder(encoding, UINT64_MAX);
    return first;
  }

  absl::Status Decode(std::string_view raw) {
    return Named(
        decoder_->Feed(raw, [this](std::string_view piece) { pieces_.emplace_back(piece); }));
  }

  std::string_view Take() {
    current_ = std::move(pieces_.front());
    pieces_.pop_front();
    return current_;
  }

  absl::StatusOr<std::string_view> Read(char* to, size_t size) {
    ssize_t n;
    do {
      n = read(fd_, to, size);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return absl::DataLossError(fmt::format("{}: {}", name_, std::strerror(errno)));
    position_ += static_cast<uint64_t>(n);
    return std::string_view(to, static_cast<size_t>(n));
  }

  absl::Status Named(absl::Status status) const {
    if (status.ok()) return status;
    return MakeError(status.code(), "bad_file",
                     fmt::format("{}: {}", name_, ToStd(status.message())),
                     "what came before this place has been counted");
  }

  int fd_;
  std::string name_;
  uint64_t size_, position_ = 0;
  bool regular_;
  std::string buffer_, current_;
  std::deque<std::string> pieces_;
  std::unique_ptr<Decoder> decoder_;  // null: the bytes are the file's own
  bool started_ = false, ended_ = false;
};

std::string_view FirstLine(std::string_view head) {
  return head.substr(0, std::min(head.find('\n'), kMaxLineBytes));
}

class LineStepCutter final : public StepCutter {
 public:
  // `head` was read from the source already.
  LineStepCutter(std::unique_ptr<ByteSource> source, std::string head, std::string job,
                 std::string name, bool one_document)
      : source_(std::move(source)),
        job_(std::move(job)),
        name_(std::move(name)),
        one_document_(one_document),
        pending_(std::move(head)) {}

  // Passes over the stream to the furthest position, of the job's files with this first line, up to
  // which it holds what the job has counted; nullptr where it is none of them. By position.
  absl::StatusOr<const JobFile*> Recognise(const std::vector<const JobFile*>& candidates) {
    const JobFile* match = nullptr;
    for (const JobFile* candidate : candidates) {
      ASSIGN_OR_RETURN(const bool reached, GoTo(candidate->position));
      if (!reached) break;
      if (hasher_.Digest() == candidate->digest) match = candidate;
    }
    return match;
  }

  // False where the stream ends before.
  absl::StatusOr<bool> GoTo(uint64_t position) {
    while (position_ < position) {
      if (pending_.empty()) {
        ASSIGN_OR_RETURN(std::string_view piece, source_->Next());
        if (piece.empty()) return false;
        pending_ = piece;
      }
      Pass(std::min<uint64_t>(pending_.size(), position - position_));
    }
    return true;
  }

  uint64_t position() const { return position_; }
  void StartAt(const JobFile& file) {
    start_ = file;
    lines_ = file.lines;
  }

  absl::StatusOr<bool> Next(RawStep* step) override {
    const size_t aim = one_document_ ? SIZE_MAX : kStepBytes;
    while (!ended_ && pending_.size() < aim) {
      ASSIGN_OR_RETURN(std::string_view piece, source_->Next());
      ended_ = piece.empty();
      pending_.append(piece);
      if (one_document_ && pending_.size() > kMaxDocumentBytes) return TooLarge();
    }
    if (pending_.empty()) return false;
    // A line of any length: a step ends at the last line end there is, or goes on until one comes.
    size_t end = ended_ || one_document_ ? pending_.size() : pending_.rfind('\n') + 1;
    while (end == 0 && !ended_) {
      if (pending_.size() > kMaxDocumentBytes) return TooLarge();
      ASSIGN_OR_RETURN(std::string_view piece, source_->Next());
      ended_ = piece.empty();
      pending_.append(piece);
      end = ended_ ? pending_.size() : pending_.rfind('\n') + 1;
    }
    Fill(end, step);
    return true;
  }

  const JobFile& start() const override { return start_; }
  const ByteSource& source() const override { return *source_; }

 private:
  void Pass(size_t n) {
    hasher_.Update(std::string_view(pending_).substr(0, n));
    pending_.erase(0, n);
    position_ += n;
  }

  void Fill(size_t end, RawStep* step) {
    // The step takes the buffer; what lies behind it is less than a line, but for the last piece
    // read.
    std::string rest(pending_, end);
    pending_.resize(end);
    step->bytes = std::move(pending_);
    pending_ = std::move(rest);
    pending_.reserve(kStepBytes + kReadBytes);
    step->first_line = lines_ + 1;
    lines_ += static_cast<uint32_t>(std::count(step->bytes.begin(), step->bytes.end(), '\n'));
    if (step->bytes.back() != '\n') ++lines_;
    JobStep& at = step->position;
    at.job = job_;
    at.file = start_.file;
    at.ordinal = start_.ordinal;
    at.file_name = name_;
    at.from = position_;
    at.digest_from = position_ == 0 ? Hash128{0} : hasher_.Digest();
    hasher_.Update(step->bytes);
    position_ += end;
    at.to = position_;
    at.digest = hasher_.Digest();
    at.lines = lines_;
  }

  absl::Status TooLarge() const {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "document_too_large",
        fmt::format("{} is one JSON document of more than {} MiB", name_, kMaxDocumentBytes >> 20),
        "turn it into lines: jq -c '.[]' FILE | pagepulse backfill -");
  }

  std::unique_ptr<ByteSource> source_;
  JobFile start_;
  const std::string job_, name_;
  const bool one_document_;
  std::string pending_;  // read, not yet in a step
  bool ended_ = false;
  uint64_t position_ = 0;  // of pending_'s first byte
  uint32_t lines_ = 0;
  ContentHasher hasher_;  // of everything before position_
};

// The beginning of the stream: its first line, or as much as a line may have.
absl::StatusOr<std::string> ReadHead(ByteSource* source) {
  std::string head;
  while (head.size() <= kMaxLineBytes && head.find('\n') == std::string::npos) {
    ASSIGN_OR_RETURN(std::string_view piece, source->Next());
    if (piece.empty()) break;
    head.append(piece);
  }
  return head;
}

bool LooksLikeArray(std::string_view head) {
  if (head.substr(0, 3) == "\xEF\xBB\xBF") head.remove_prefix(3);
  const size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && head[first] == '[';
}

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
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::make_unique<FileSource>(fd, path, static_cast<uint64_t>(info.st_size),
                                      S_ISREG(info.st_mode));
}

absl::StatusOr<std::unique_ptr<StepCutter>> StepCutter::Open(const std::string& path,
                                                             const std::string& job,
                                                             const std::vector<JobFile>& known,
                                                             bool one_document) {
  JobFile start;
  std::vector<const JobFile*> candidates;
  const auto open = [&]() -> absl::StatusOr<std::unique_ptr<LineStepCutter>> {
    ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, ByteSource::Open(path));
    ASSIGN_OR_RETURN(std::string head, ReadHead(source.get()));
    start.file = ContentHash(FirstLine(head));
    const bool whole = one_document || LooksLikeArray(head);
    return std::make_unique<LineStepCutter>(std::move(source), std::move(head), job, path, whole);
  };
  ASSIGN_OR_RETURN(std::unique_ptr<LineStepCutter> cutter, open());
  for (const JobFile& file : known) {
    if (file.file == start.file) candidates.push_back(&file);
  }
  start.ordinal = static_cast<uint32_t>(candidates.size());
  std::sort(candidates.begin(), candidates.end(),
            [](const JobFile* a, const JobFile* b) { return a->position < b->position; });
  ASSIGN_OR_RETURN(const JobFile* match, cutter->Recognise(candidates));
  if (match != nullptr) start = *match;
  if (cutter->position() != start.position) {  // it went too far, to compare
    if (!cutter->source().seekable()) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "another_stream",
                       fmt::format("standard input begins like a file that job `{}` has counted, "
                                   "and then differs",
                                   job),
                       "give it a job of its own: --job NAME");
    }
    ASSIGN_OR_RETURN(cutter, open());
    ASSIGN_OR_RETURN(const bool reached, cutter->GoTo(start.position));
    if (!reached) return absl::DataLossError(path + " became shorter while it was read");
  }
  cutter->StartAt(start);
  return std::unique_ptr<StepCutter>(std::move(cutter));
}

}  // namespace pagepulse
