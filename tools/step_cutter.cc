#include "tools/step_cutter.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "ingest/adapter.h"
#include "tools/step_buffer.h"

namespace pagepulse {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
// A line with more bytes before its end, a CR among them, is too long whatever follows.
constexpr size_t kMostOfLine = kMaxLineBytes + 1;
constexpr uint64_t kMaxDocumentBytes = uint64_t{256} << 20;

// Blank lines that are short enough to be passed over, and few.
void MakeBlank(Chunk* chunk) {
  std::fill_n(chunk->block.get(), chunk->size, ' ');
  for (size_t i = kMaxLineBytes / 2; i < chunk->size; i += kMaxLineBytes / 2) {
    chunk->block[i] = '\n';
  }
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
  LineStepCutter(std::unique_ptr<ByteSource> source, std::string_view head, std::string job,
                 std::string name, bool one_document, size_t step_bytes)
      : source_(std::move(source)),
        job_(std::move(job)),
        name_(std::move(name)),
        one_document_(one_document),
        step_bytes_(step_bytes),
        pending_(head) {}

  // Passes over the stream to the furthest position, of the job's files with this first line, up to
  // which it holds what the job has counted; nullptr where it is none of them. By position.
  absl::StatusOr<const JobFile*> Recognise(const std::vector<const JobFile*>& candidates) {
    const JobFile* match = nullptr;
    for (const JobFile* candidate : candidates) {
      const absl::StatusOr<bool> reached = GoTo(candidate->position);
      // A file that is broken behind `match` is met there again, in its turn.
      if (!reached.ok() && (match == nullptr || !source_->seekable())) return reached.status();
      if (!reached.ok() || !*reached) break;
      if (hasher_.Digest() != candidate->digest) continue;
      ASSIGN_OR_RETURN(const bool same, GoesOnHere());
      if (same) match = candidate;
    }
    return match;
  }

  // False where the stream ends before.
  absl::StatusOr<bool> GoTo(uint64_t position) {
    while (position_ < position) {
      if (pending_.empty()) {
        ASSIGN_OR_RETURN(const size_t n, source_->Read(pending_.Room(kReadBytes), kReadBytes));
        if (n == 0) return false;
        pending_.Wrote(n);
      }
      const size_t n = std::min<uint64_t>(pending_.text().size(), position - position_);
      Count(pending_.text().substr(0, n));
      pending_.Drop(n);
    }
    return true;
  }

  uint64_t position() const { return position_; }
  void StartAt(const JobFile& file, bool resembles_known) {
    start_ = file;
    digest_ = position_ == 0 ? Hash128{0} : hasher_.Digest();
    lines_ = file.lines;
    resembles_known_ = resembles_known;
  }

  absl::StatusOr<bool> Next(RawStep* step) override {
    RETURN_IF_ERROR(ReadPending());
    const std::string_view text = pending_.text();
    if (text.empty()) {
      RETURN_IF_ERROR(Failure());
      return false;
    }
    if (one_document_) {
      Fill(text.size(), step);
    } else if (line_bytes_ > kMostOfLine) {  // inside a line that was rejected
      const size_t newline = text.find('\n');
      Fill(newline == std::string_view::npos ? text.size() : newline + 1, step);
      MakeBlank(&step->chunk);
    } else if (const size_t newline = text.rfind('\n'); newline != std::string_view::npos) {
      Fill(newline + 1, step);
    } else if (text.size() >= step_bytes_) {
      Fill(text.size(), step);
    } else {
      RETURN_IF_ERROR(Failure());
      const LastLine last = JudgeLastLine(text);
      left_last_line_ = last == LastLine::kPartial;
      if (last != LastLine::kWhole) return false;
      Fill(text.size(), step);
    }
    return true;
  }

  bool left_last_line() const override { return left_last_line_; }
  bool resembles_known() const override { return resembles_known_; }
  const JobFile& start() const override { return start_; }
  const ByteSource& source() const override { return *source_; }

 private:
  // Whether what follows is of the file that is known up to here. A document that has grown is
  // another one, of which the rest alone says nothing; white space at its end is passed over.
  absl::StatusOr<bool> GoesOnHere() {
    if (!one_document_) return true;
    while (pending_.text().find_first_not_of(" \t\r\n") == std::string_view::npos) {
      ASSIGN_OR_RETURN(const size_t n, source_->Read(pending_.Room(kReadBytes), kReadBytes));
      pending_.Wrote(n);
      if (n > 0) continue;
      pending_.Drop(pending_.text().size());
      ended_ = true;
      return true;
    }
    return false;
  }

  // As much as a step holds, or all of a document, or what there is before the end or a fault.
  absl::Status ReadPending() {
    while (!ended_ && failure_.ok() && (one_document_ || pending_.text().size() < step_bytes_)) {
      const size_t room = one_document_ ? kReadBytes : step_bytes_ - pending_.text().size();
      const absl::StatusOr<size_t> n = source_->Read(pending_.Room(room), room);
      failure_ = n.status();
      if (!n.ok()) break;
      ended_ = *n == 0;
      pending_.Wrote(*n);
      if (one_document_ && pending_.text().size() > kMaxDocumentBytes) return TooLarge();
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

  void Fill(size_t size, RawStep* step) {
    Chunk& chunk = step->chunk;
    chunk.block = pending_.Take(size);
    chunk.size = size;
    chunk.offset = position_;
    // A line that the step before has begun was counted with it.
    if (line_bytes_ > 0) --lines_;
    chunk.first_line = lines_ + 1;
    chunk.lines = CountLines(chunk.text());
    lines_ += chunk.lines;
    JobStep& at = step->position;
    at.job = job_;
    at.file = start_.file;
    at.ordinal = start_.ordinal;
    at.file_name = name_;
    at.from = position_;
    at.digest_from = digest_;
    Count(chunk.text());
    at.to = chunk.end_offset = position_;
    at.digest = digest_ = hasher_.Digest();
    at.lines = lines_;
    at.more_bytes = MoreBytes();
  }

  // Behind position_. The rest of a compressed file is as dense as what was read of it, of which
  // some is not in pending_ yet: so it is rather more.
  uint64_t MoreBytes() const {
    const uint64_t raw = source_->raw_position(), raw_size = source_->raw_size();
    if (raw == 0 || raw >= raw_size) return pending_.text().size();
    const auto read = static_cast<double>(position_ + pending_.text().size());
    const double ratio = static_cast<double>(raw_size) / static_cast<double>(raw);
    return static_cast<uint64_t>(read * ratio) - position_;
  }

  absl::Status TooLarge() const {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "document_too_large",
        fmt::format("{} is one document of more than {} MiB", name_, kMaxDocumentBytes >> 20),
        "load it in parts; an array becomes lines by jq -c '.[]' FILE | pagepulse backfill -");
  }

  std::unique_ptr<ByteSource> source_;
  JobFile start_;
  const std::string job_, name_;
  const bool one_document_;
  const size_t step_bytes_;
  StepBuffer pending_;  // read, not yet in a step
  bool ended_ = false;
  absl::Status failure_;     // met behind pending_
  uint64_t position_ = 0;    // of pending_'s first byte
  uint64_t line_bytes_ = 0;  // before position_, of the line it lies in
  uint32_t lines_ = 0;       // before position_, the one it lies in included
  bool left_last_line_ = false, resembles_known_ = false;
  ContentHasher hasher_;  // of everything before position_
  Hash128 digest_ = 0;    // and what it came to, at a step's end
};

// The beginning of the stream: its first line, or as much as a line may have.
absl::StatusOr<std::string> ReadHead(ByteSource* source) {
  std::string head;
  // Blank lines may come first.
  while (head.size() <= kMaxLineBytes &&
         (ByFirstByte(NativeLines(), head) == nullptr || head.find('\n') == std::string::npos)) {
    const size_t size = head.size();
    head.resize(size + kReadBytes);
    ASSIGN_OR_RETURN(const size_t n, source->Read(head.data() + size, kReadBytes));
    head.resize(size + n);
    if (n == 0) break;
  }
  return head;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StepCutter>> StepCutter::Open(const std::string& path,
                                                             const std::string& job,
                                                             const std::vector<JobFile>& known,
                                                             bool one_document, size_t step_bytes) {
  JobFile start;
  bool tells = false;  // the first line, more than what kind of file it is
  std::vector<const JobFile*> candidates;
  const auto open = [&]() -> absl::StatusOr<std::unique_ptr<LineStepCutter>> {
    ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, ByteSource::Open(path));
    ASSIGN_OR_RETURN(std::string head, ReadHead(source.get()));
    start.file = ContentHash(FirstLine(head));
    // Tables begin with their columns, and arrays may with their bracket alone.
    tells = !one_document && FirstLine(head).find('{') != std::string_view::npos;
    const bool whole = one_document || ByFirstByte(NativeLines(), head) == &NativeArray();
    return std::make_unique<LineStepCutter>(std::move(source), head, job, path, whole, step_bytes);
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
  cutter->StartAt(start, tells && match == nullptr && !candidates.empty());
  return std::unique_ptr<StepCutter>(std::move(cutter));
}

}  // namespace pagepulse
