#include "storage/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "storage/log_frame.h"
#include "storage/rocksdb_status.h"

namespace pagepulse {
namespace {

constexpr uint64_t kSegmentBytes = 32 << 20;  // a file that has as many is followed by another

constexpr char kSuffix[] = ".log";

// Named by their first entry, so that the order of names is the order of the log.
std::string SegmentPath(const std::string& directory, uint64_t first) {
  return fmt::format("{}/{:020}{}", directory, first, kSuffix);
}

absl::StatusOr<std::vector<uint64_t>> ListSegments(rocksdb::Env* env,
                                                   const std::string& directory) {
  std::vector<std::string> names;
  const rocksdb::Status status = env->GetChildren(directory, &names);
  std::vector<uint64_t> firsts;
  if (status.IsNotFound()) return firsts;
  RETURN_IF_ROCKS_ERROR(status, "list the log's files");
  for (const std::string& name : names) {
    uint64_t first = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first);
    if (error == std::errc() && std::string_view(end) == kSuffix) firsts.push_back(first);
  }
  std::sort(firsts.begin(), firsts.end());
  return firsts;
}

absl::Status Damaged(const std::string& path, size_t at) {
  return MakeError(absl::StatusCode::kDataLoss, "storage_corrupt",
                   fmt::format("{} is damaged at byte {}: acknowledged events are lost", path, at),
                   "restore the store from a backup");
}

// Files before the first one leave no trace in those that are there, but for what these vouch for.
absl::Status Lost(const std::string& path, uint64_t last) {
  return MakeError(
      absl::StatusCode::kDataLoss, "storage_corrupt",
      fmt::format("the files of the log before {} are missing: acknowledged events after entry {} "
                  "are lost",
                  path, last),
      "restore the store from a backup");
}

absl::Status SyncDirectory(rocksdb::Env* env, const std::string& path) {
  std::unique_ptr<rocksdb::Directory> directory;
  RETURN_IF_ROCKS_ERROR(env->NewDirectory(path, &directory), "open the log's directory");
  return FromRocks(directory->Fsync(), "sync the log's directory");
}

absl::StatusOr<std::string> ReadFile(rocksdb::Env* env, const std::string& path) {
  std::string text;
  RETURN_IF_ROCKS_ERROR(rocksdb::ReadFileToString(env, path, &text), "read the log");
  return text;
}

// Calls fn(frame) for each whole frame from the beginning on. Returns where they end.
template <typename Fn>
absl::StatusOr<size_t> ForEachFrame(std::string_view text, Fn fn) {
  size_t at = 0;
  while (const std::optional<LogFrame> frame = ReadLogFrame(text.substr(at))) {
    RETURN_IF_ERROR(fn(*frame));
    at += frame->size();
  }
  return at;
}

// Whether a frame lies in `text` that was written after entry `sequence` had been synced.
bool Vouched(std::string_view text, uint64_t sequence) {
  for (; text.size() >= LogFrame::kHeaderBytes; text.remove_prefix(1)) {
    const std::optional<LogFrame> frame = ReadLogFrame(text);
    if (frame && frame->durable >= sequence) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Log>> Log::Open(rocksdb::Env* env, const std::string& store,
                                               uint64_t marker, bool read_only, bool direct) {
  std::unique_ptr<Log> log(new Log(env, store, read_only, direct));
  if (!read_only) {
    for (const std::string& directory : {log->directory_, log->kept_directory_}) {
      RETURN_IF_ROCKS_ERROR(env->CreateDirIfMissing(directory), "make the log's directory");
    }
    RETURN_IF_ERROR(SyncDirectory(env, store));
  }
  RETURN_IF_ERROR(log->Load(marker));
  RETURN_IF_ERROR(log->LoadKept());
  return log;
}

absl::Status Log::Load(uint64_t marker) {
  ASSIGN_OR_RETURN(const std::vector<uint64_t> firsts, ListSegments(env_, directory_));
  MutexLock lock(&mutex_);
  std::optional<uint64_t> last;  // whole entry
  for (const uint64_t first : firsts) {
    const std::string path = SegmentPath(directory_, first);
    ASSIGN_OR_RETURN(const std::string text, ReadFile(env_, path));
    Segment segment{.first = first};
    ASSIGN_OR_RETURN(
        segment.bytes, ForEachFrame(text, [&](const LogFrame& frame) {
          if (last && (frame.sequence <= *last || frame.durable > std::max(*last, marker))) {
            return Damaged(path, static_cast<size_t>(frame.bytes.data() - text.data()) -
                                     LogFrame::kHeaderBytes);
          }
          last = segment.last = frame.sequence;
          segment.keep |= frame.keep;
          return absl::OkStatus();
        }));
    const std::string_view rest = std::string_view(text).substr(segment.bytes);
    // Also below the marker: behind what is damaged lie entries above it, which nobody may vouch
    // for.
    if (Vouched(rest, segment.bytes > 0 ? segment.last + 1 : first)) {
      return Damaged(path, segment.bytes);
    }
    if (segment.bytes > 0) segments_.push_back(segment);
  }
  durable_ = last.value_or(0);
  return absl::OkStatus();
}

absl::Status Log::LoadKept() {
  ASSIGN_OR_RETURN(const std::vector<uint64_t> firsts, ListSegments(env_, kept_directory_));
  MutexLock lock(&mutex_);
  for (const uint64_t first : firsts) {
    uint64_t bytes = 0;
    RETURN_IF_ROCKS_ERROR(env_->GetFileSize(SegmentPath(kept_directory_, first), &bytes),
                          "read the log");
    kept_bytes_ += bytes;
  }
  return absl::OkStatus();
}

absl::Status Log::StartSegment(uint64_t first) {
  if (file_ != nullptr) RETURN_IF_ERROR(file_->Close());
  ASSIGN_OR_RETURN(file_,
                   BlockFile::Create(env_, SegmentPath(directory_, first), kSegmentBytes, direct_));
  RETURN_IF_ERROR(SyncDirectory(env_, directory_));
  MutexLock lock(&mutex_);
  segments_.push_back({.first = first});
  open_ = true;
  return absl::OkStatus();
}

absl::Status Log::Append(absl::Span<const LogEntry> entries) {
  if (read_only_) return absl::FailedPreconditionError("the store is open for reading alone");
  const uint64_t durable = durable_;
  for (const LogEntry& entry : entries) RETURN_IF_ERROR(Write(entry, durable));
  if (entries.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(file_->Sync());
  durable_ = entries.back().sequence;
  return absl::OkStatus();
}

absl::Status Log::Write(const LogEntry& entry, uint64_t durable) {
  bool full = false;
  {
    MutexLock lock(&mutex_);
    full = !open_ || segments_.back().bytes >= kSegmentBytes;
  }
  if (full) {
    if (file_ != nullptr) RETURN_IF_ERROR(file_->Sync());
    RETURN_IF_ERROR(StartSegment(entry.sequence));
  }
  const LogFrame frame{entry.sequence, durable, entry.keep, entry.bytes};
  RETURN_IF_ERROR(file_->Append(EncodeLogHeader(frame)));
  RETURN_IF_ERROR(file_->Append(entry.bytes));
  MutexLock lock(&mutex_);
  Segment& segment = segments_.back();
  segment.last = entry.sequence;
  segment.bytes += frame.size();
  segment.keep |= entry.keep;
  return absl::OkStatus();
}

absl::Status Log::Replay(uint64_t marker, Visitor visit) const {
  std::deque<Segment> segments;
  {
    MutexLock lock(&mutex_);
    segments = segments_;
  }
  uint64_t last = marker;  // that is in rows or has been visited
  for (const Segment& segment : segments) {
    if (segment.last <= marker) continue;
    const std::string path = SegmentPath(directory_, segment.first);
    ASSIGN_OR_RETURN(const std::string text, ReadFile(env_, path));
    RETURN_IF_ERROR(ForEachFrame(text, [&](const LogFrame& frame) {
                      if (frame.sequence <= marker) return absl::OkStatus();
                      if (frame.durable > last) return Lost(path, last);
                      last = frame.sequence;
                      return visit(frame.sequence, frame.bytes);
                    }).status());
  }
  return absl::OkStatus();
}

absl::Status Log::VisitKept(uint64_t after, Visitor visit) const {
  // Trim moves files meanwhile, always this way: one is listed in the first folder or the second,
  // and found in the first or, after that, in the second.
  std::set<uint64_t> firsts;
  for (const std::string& directory : {directory_, kept_directory_}) {
    ASSIGN_OR_RETURN(const std::vector<uint64_t> listed, ListSegments(env_, directory));
    firsts.insert(listed.begin(), listed.end());
  }
  for (auto it = firsts.begin(); it != firsts.end(); ++it) {
    const uint64_t first = *it;
    if (const auto next = std::next(it); next != firsts.end() && *next <= after) continue;
    std::string text;
    rocksdb::Status read = rocksdb::ReadFileToString(env_, SegmentPath(directory_, first), &text);
    if (!read.ok()) {
      read = rocksdb::ReadFileToString(env_, SegmentPath(kept_directory_, first), &text);
    }
    if (read.IsNotFound() || read.IsPathNotFound()) continue;  // trimmed, with nothing to keep
    RETURN_IF_ROCKS_ERROR(read, "read the log");
    RETURN_IF_ERROR(ForEachFrame(text, [&](const LogFrame& frame) {
                      if (!frame.keep || frame.sequence <= after) return absl::OkStatus();
                      return visit(frame.sequence, frame.bytes);
                    }).status());
  }
  return absl::OkStatus();
}

absl::Status Log::Trim(uint64_t marker) {
  std::vector<Segment> done;
  {
    MutexLock lock(&mutex_);
    while (segments_.size() > (open_ ? 1 : 0) && segments_.front().last <= marker) {
      done.push_back(segments_.front());
      segments_.pop_front();
      if (done.back().keep) kept_bytes_ += done.back().bytes;
    }
  }
  // Should the machine die here, the same files are met again and go the same way.
  for (const Segment& segment : done) {
    const std::string path = SegmentPath(directory_, segment.first);
    RETURN_IF_ROCKS_ERROR(segment.keep
                              ? env_->RenameFile(path, SegmentPath(kept_directory_, segment.first))
                              : env_->DeleteFile(path),
                          "trim the log");
  }
  return absl::OkStatus();
}

uint64_t Log::bytes() const {
  MutexLock lock(&mutex_);
  uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.bytes;
  return bytes;
}

uint64_t Log::kept_bytes() const {
  MutexLock lock(&mutex_);
  return kept_bytes_;
}

}  // namespace pagepulse
