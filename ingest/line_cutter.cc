#include "ingest/line_cutter.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace pagepulse {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
// A request is often a few lines: a stream's first block starts small and doubles.
constexpr size_t kFirstCapacity = 16 * 1024;

std::unique_ptr<char[]> NewBlock(size_t size) {
  return std::make_unique_for_overwrite<char[]>(size + kPadding);
}

// A CR at the end belongs to the line's end, whether or not its LF has arrived yet; so a line found
// too long by its beginning is too long as a whole.
bool IsTooLong(const char* line, size_t size) {
  return size > kMaxLineBytes + (line[size - 1] == '\r' ? 1 : 0);
}

}  // namespace

uint32_t CountLines(std::string_view text) {
  // Sixteen counters of a byte each, emptied before any can overflow.
  using Bytes = uint8_t __attribute__((vector_size(16)));
  constexpr size_t kRun = 255 * sizeof(Bytes);
  if (text.empty()) return 0;
  size_t lines = text.back() != '\n';
  while (text.size() >= sizeof(Bytes)) {
    const size_t run = std::min(text.size(), kRun) / sizeof(Bytes) * sizeof(Bytes);
    Bytes counts{};
    for (size_t i = 0; i < run; i += sizeof(Bytes)) {
      Bytes bytes;
      std::memcpy(&bytes, text.data() + i, sizeof bytes);
      counts -= reinterpret_cast<Bytes>(bytes == '\n');  // -1 where they are equal
    }
    for (size_t i = 0; i < sizeof(Bytes); ++i) lines += counts[i];
    text.remove_prefix(run);
  }
  return static_cast<uint32_t>(lines + std::count(text.begin(), text.end(), '\n'));
}

Chunk CopyToChunk(std::string_view text) {
  Chunk chunk;
  chunk.block = NewBlock(text.size());
  std::copy(text.begin(), text.end(), chunk.block.get());
  std::memset(chunk.block.get() + text.size(), 0, kPadding);
  chunk.size = text.size();
  chunk.end_offset = text.size();
  chunk.lines = CountLines(text);
  return chunk;
}

LineCutter::LineCutter(uint64_t offset, uint32_t line, size_t chunk_bytes)
    : chunk_bytes_(chunk_bytes),
      block_bytes_(kFirstCapacity),
      next_offset_(offset),
      at_start_(offset == 0) {
  open_.offset = offset;
  open_.first_line = line;
}

void LineCutter::Feed(std::string_view bytes, absl::FunctionRef<void(Chunk)> emit) {
  if (at_start_ && !PassMark(&bytes)) return;
  while (!bytes.empty()) {
    if (skipping_) {
      Skip(&bytes, emit);
    } else {
      Keep(&bytes, emit);
    }
  }
}

bool LineCutter::PassMark(std::string_view* bytes) {
  while (mark_ < kMark.size() && !bytes->empty() && bytes->front() == kMark[mark_]) {
    bytes->remove_prefix(1);
    ++mark_;
  }
  if (mark_ < kMark.size() && bytes->empty()) return false;
  at_start_ = false;
  if (mark_ == kMark.size()) {
    next_offset_ += mark_;
    open_.offset = next_offset_;
  } else {
    Append(kMark.substr(0, mark_));
  }
  return true;
}

void LineCutter::Keep(std::string_view* bytes, absl::FunctionRef<void(Chunk)> emit) {
  const auto* newline = static_cast<const char*>(std::memchr(bytes->data(), '\n', bytes->size()));
  const size_t line = newline ? newline - bytes->data() : bytes->size();
  // No more is kept of a line than shows that it is too long.
  const size_t take = std::min(line, kMaxLineBytes + 2 - (open_.size - line_begin_));
  const bool ends = newline != nullptr && take == line;
  const size_t used = take + (ends ? 1 : 0);
  Append(bytes->substr(0, used));
  bytes->remove_prefix(used);

  const size_t kept = open_.size - line_begin_ - (ends ? 1 : 0);
  if (kept > 0 && IsTooLong(open_.block.get() + line_begin_, kept)) {
    BeginSkipping(kept);
    if (ends) EndSkipping(emit);
  } else if (ends) {
    line_begin_ = open_.size;
    ++open_.lines;
    if (line_begin_ >= chunk_bytes_) Flush(emit);
  }
}

void LineCutter::BeginSkipping(size_t kept) {
  skipping_ = true;
  skipped_length_ = kept;
  skipped_ends_in_cr_ = open_.block[line_begin_ + kept - 1] == '\r';
  skipped_.line = open_.first_line + open_.lines;
  skipped_.offset = open_.offset + line_begin_;
  skipped_.code = RejectCode::kTooLong;
  open_.size = line_begin_;
}

void LineCutter::Skip(std::string_view* bytes, absl::FunctionRef<void(Chunk)> emit) {
  const auto* newline = static_cast<const char*>(std::memchr(bytes->data(), '\n', bytes->size()));
  const size_t n = newline ? newline - bytes->data() : bytes->size();
  if (n > 0) skipped_ends_in_cr_ = (*bytes)[n - 1] == '\r';
  skipped_length_ += n;
  next_offset_ += n;
  bytes->remove_prefix(n);
  if (newline == nullptr) return;
  ++next_offset_;
  bytes->remove_prefix(1);
  EndSkipping(emit);
}

// The chunk ends with the skipped line, so that its text has no gap.
void LineCutter::EndSkipping(absl::FunctionRef<void(Chunk)> emit) {
  const uint64_t length = skipped_length_ - (skipped_ends_in_cr_ ? 1 : 0);
  skipped_.length =
      static_cast<uint32_t>(std::min<uint64_t>(length, std::numeric_limits<uint32_t>::max()));
  open_.too_long.push_back(skipped_);
  ++open_.lines;
  skipping_ = false;
  Flush(emit);
}

void LineCutter::Finish(absl::FunctionRef<void(Chunk)> emit) {
  if (at_start_) {
    at_start_ = false;
    Append(kMark.substr(0, mark_));
  }
  if (skipping_) EndSkipping(emit);
  if (open_.size > line_begin_) {
    line_begin_ = open_.size;
    ++open_.lines;
  }
  if (open_.lines > 0) Flush(emit);
}

void LineCutter::Append(std::string_view bytes) {
  if (bytes.empty()) return;  // there may be no block yet
  if (open_.size + bytes.size() > capacity_) Grow(open_.size + bytes.size());
  std::memcpy(open_.block.get() + open_.size, bytes.data(), bytes.size());
  open_.size += bytes.size();
  next_offset_ += bytes.size();
}

void LineCutter::Grow(size_t needed) {
  const size_t most = chunk_bytes_ + kMaxLineBytes + 2;  // a chunk but for its last byte, a line
  block_bytes_ = std::min(most, std::max({needed, 2 * capacity_, block_bytes_}));
  capacity_ = block_bytes_;
  auto block = NewBlock(capacity_);
  std::copy_n(open_.block.get(), open_.size, block.get());
  open_.block = std::move(block);
}

void LineCutter::Flush(absl::FunctionRef<void(Chunk)> emit) {
  Chunk done = std::move(open_);
  open_ = Chunk();
  open_.offset = next_offset_;
  open_.first_line = done.first_line + done.lines;
  capacity_ = 0;
  line_begin_ = 0;

  done.end_offset = next_offset_;
  if (done.block == nullptr) done.block = NewBlock(0);
  std::memset(done.block.get() + done.size, 0, kPadding);
  emit(std::move(done));
}

}  // namespace pagepulse
