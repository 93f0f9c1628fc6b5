#include "tools/backfill_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "ingest/adapter.h"
#include "ingest/chunk.h"
#include "ingest/decoder.h"

namespace pagepulse {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr size_t kStepBytes = 1024 * 1024;
// Of compressed bytes decoded at once: what comes out may be a thousand times as much.
constexpr size_t kCompressedBytes = 16 * 1024;
// A line with more bytes before its end, a CR among them, is too long whatever follows.
constexpr size_t kMostOfLine = kMaxLineBytes + 1;
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
    if (!started_) {
      ASSIGN_OR_RETURN(raw_, Start());
      if (decoder_ == nullptr) return raw_;
    } else if (decoder_ == nullptr) {
      return Read(buffer_.data(), buffer_.size());
    }
    while (pieces_.empty() && !ended_ && failure_.ok()) {
      if (raw_.empty()) {
        ASSIGN_OR_RETURN(raw_, Read(buffer_.data(), buffer_.size()));
        ended_ = raw_.empty();
      }
      Decode();
    }
    // What came out before the fault is good.
    if (!pieces_.empty()) return Take();
    RETURN_IF_ERROR(failure_);
    return std::string_view();
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

  // One slice of raw_, or the end.
  void Decode() {
    const std::string_view slice = raw_.substr(0, kCompressedBytes);
    raw_.remove_prefix(slice.size());
    const auto keep = [this](std::string_view piece) { pieces_.emplace_back(piece); };
    failure_ = Named(ended_ ? decoder_->Finish() : decoder_->Feed(slice, keep));
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

  absl::Status Named(const absl::Status& status) const {
    if (status.ok()) return status;
    return MakeError(absl::StatusCode::kDataLoss, "bad_file",
                     fmt::format("{}: {}", name_, ToStd(status.message())));
  }

  int fd_;
  std::string name_;
  uint64_t size_, position_ = 0;
  bool regular_;
  std::string buffer_, current_;
  std::string_view raw_;  // of buffer_: not decoded yet
  absl::Status failure_;  // met behind pieces_
  std::deque<std::string> pieces_;
  std::unique_ptr<Decoder> decoder_;  // null: the bytes are the file's own
  bool started_ = false, ended_ = false;
};

// Blank lines that are short enough to be passed over, and few.
void MakeBlank(std::string* bytes) {
  bytes->assign(bytes->size(), ' ');
  for (size_t i = kMaxLineBytes / 2; i < bytes->size(); i += kMaxLineBytes / 2) (*bytes)[i] = '\n';
}

enum class LastLine { kBlank, kWhole, kPartial };

// What a last line without an end is. A part of a JSON object is none, so that what is one is all.
LastLine JudgeLastLine(std::string_view line) {
  if (line.size() > kMostOfLine) return LastLine::kWhole;
  const HashKey key = HashKey::Random();  // nothing of the batch is kept
  ParseContext context;
  context.key = &key;
  context.now_ms = SystemMillis();
  EventBatch batch;
  if (!NativeLines().Parse(CopyToChunk(line), {}, context, &batch).ok()) return LastLine::kPartial;
  for (const Rejection& rejection : batch.rejections) {
    if (rejection.code == RejectCode::kBadJson) return LastLine::kPartial;
  }
  return batch.events.empty() && batch.rejections.empty() ? LastLine::kBlank : LastLine::kWhole;
}

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
      const absl::StatusOr<bool> reached = GoTo(candidate->position);
      // A file that is broken behind `match` is met there again, in its turn.
      if (!reached.ok() && (match == nullptr || !source_->seekable())) return reached.status();
      if (!reached.ok() || !*reached) break;
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
  void StartAt(const JobFile& file, bool resembles_known) {
    start_ = file;
    lines_ = file.lines;
    resembles_known_ = resembles_known;
  }

  absl::StatusOr<bool> Next(RawStep* step) override {
    RETURN_IF_ERROR(ReadPending());
    if (pending_.empty()) {
      RETURN_IF_ERROR(Failure());
      return false;
    }
    if (one_document_) {
      Fill(pending_.size(), step);
    } else if (line_bytes_ > kMostOfLine) {  // inside a line that was rejected
      const size_t newline = pending_.find('\n');
      Fill(newline == std::string::npos ? pending_.size() : newline + 1, step);
      MakeBlank(&step->bytes);
    } else if (const size_t newline = pending_.rfind('\n'); newline != std::string::npos) {
      Fill(newline + 1, step);
    } else if (pending_.size() >= kStepBytes) {
      Fill(pending_.size(), step);
    } else {
      RETURN_IF_ERROR(Failure());
      const LastLine last = JudgeLastLine(pending_);
      left_last_line_ = last == LastLine::kPartial;
      if (last != LastLine::kWhole) return false;
      Fill(pending_.size(), step);
    }
    return true;
  }

  bool left_last_line() const override { return left_last_line_; }
  bool resembles_known() const override { return resembles_known_; }
  const JobFile& start() const override { return start_; }
  const ByteSource& source() const override { return *source_; }

 private:
  // As much as a step holds, or all of a document, or what there is before the end or a fault.
  absl::Status ReadPending() {
    const size_t aim = one_document_ ? SIZE_MAX : kStepBytes;
    while (!ended_ && failure_.ok() && pending_.size() < aim) {
      const absl::StatusOr<std::string_view> piece = source_->Next();
      failure_ = piece.status();
      if (!piece.ok()) break;
      ended_ = piece->empty();
      pending_.append(*piece);
      if (one_document_ && pending_.size() > kMaxDocumentBytes) return TooLarge();
    }
    return one_document_ ? Failure() : absl::OkStatus();
  }

  // What stopped the reading, and what was read before it.
  absl::Status Failure() const {
    if (failure_.ok()) return failure_;
    const std::string reached =
        position_ == 0
            ? "nothing of it has been counted"
            : fmt::format("its first {} bytes, {} lines, have been counted", position_, lines_);
    return MakeError(failure_.code(), "bad_file",
                     fmt::format("{}; {}", ToStd(failure_.message()), reached),
                     "mend the file and run this again: it goes on from there");
  }

  void Count(std::string_view bytes) {
    hasher_.Update(bytes);
    position_ += bytes.size();
    const size_t newline = bytes.rfind('\n');
    if (newline == std::string_view::npos) {
      line_bytes_ += bytes.size();
    } else {
      line_bytes_ = bytes.size() - newline - 1;
    }
  }

  void Pass(size_t n) {
    Count(std::string_view(pending_).substr(0, n));
    pending_.erase(0, n);
  }

  void Fill(size_t end, RawStep* step) {
    // The step takes the buffer; what lies behind it is less than a line, but for the last piece
    // read.
    std::string rest(pending_, end);
    pending_.resize(end);
    step->bytes = std::move(pending_);
    pending_ = std::move(rest);
    pending_.reserve(kStepBytes + kReadBytes);
    // A line that the step before has begun was counted with it.
    if (line_bytes_ > 0) --lines_;
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
    Count(step->bytes);
    at.to = position_;
    at.digest = hasher_.Digest();
    at.lines = lines_;
  }

  absl::Status TooLarge() const {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "document_too_large",
        fmt::format("{} is one JSON document of more than {} MiB", name_, kMaxDocumentBytes >> 20),
        "turn it into lines: jq -c '.[]' FILE | pagepulse backfill -");
  }

  std::unique_ptr<ByteSource> source_;
  JobFile start_;
  const std::string job_, name_;
  const bool one_document_;
  std::string pending_;  // read, not yet in a step
  bool ended_ = false;
  absl::Status failure_;     // met behind pending_
  uint64_t position_ = 0;    // of pending_'s first byte
  uint64_t line_bytes_ = 0;  // before position_, of the line it lies in
  uint32_t lines_ = 0;       // before position_, the one it lies in included
  bool left_last_line_ = false, resembles_known_ = false;
  ContentHasher hasher_;  // of everything before position_
};

// The beginning of the stream: its first line, or as much as a line may have.
absl::StatusOr<std::string> ReadHead(ByteSource* source) {
  std::string head;
  bool line_ends = false;
  while (head.size() <= kMaxLineBytes && !line_ends) {
    ASSIGN_OR_RETURN(std::string_view piece, source->Next());
    if (piece.empty()) break;
    line_ends = piece.find('\n') != std::string_view::npos;
    head.append(piece);
  }
  return head;
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
    const bool whole = one_document || DetectNative(head) == &NativeArray();
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
  cutter->StartAt(start, match == nullptr && !candidates.empty());
  return std::unique_ptr<StepCutter>(std::move(cutter));
}

}  // namespace pagepulse
