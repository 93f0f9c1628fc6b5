#pragma once

// NDJSON: each line one object, which an ObjectParser makes an event of (event_parser.h has what
// one has: Parse, Reject, set_all_plain). A template, so that the parser's work is compiled into
// the loop over the lines.

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/status_macros.h"
#include "ingest/adapter.h"
#include "ingest/event_builder.h"
#include "ingest/json_cursor.h"
#include "ingest/json_index.h"
#include "ingest/json_text.h"

namespace pagepulse {

// So much text is indexed in one go. It holds a line of any legal length; a line that cannot be
// indexed has its window indexed line by line.
inline constexpr size_t kWindowBytes = 128 * 1024;
static_assert(kWindowBytes > kMaxLineBytes + 2);

// A line of 64 bytes is shorter than any real one; many blank lines shall not reserve memory.
inline constexpr size_t kLeastLineBytes = 64;

// The lines of one chunk.
template <typename ObjectParser>
class LineParser {
 public:
  LineParser(const Chunk& chunk, ObjectParser* parser)
      : text_(chunk.text()),
        offset_(chunk.offset),
        line_(chunk.first_line),
        index_(JsonIndex::OfThisThread()),
        parser_(*parser) {}

  absl::Status Run() {
    while (!text_.empty()) {
      const std::string_view window = text_.substr(0, WindowBytes());
      IndexResult result = IndexResult::kInvalid;  // as a line is that is longer than a window
      if (window.size() <= kWindowBytes) result = index_.Build(window);
      if (result == IndexResult::kTooLarge) return absl::ResourceExhaustedError("no memory");
      const bool indexed = result == IndexResult::kOk;
      parser_.set_all_plain(indexed && AreAllPlain(window));
      ParseWindow(window, indexed);
    }
    return absl::OkStatus();
  }

 private:
  static std::string_view FirstLine(std::string_view text) {
    const void* newline = std::memchr(text.data(), '\n', text.size());
    return newline ? text.substr(0, static_cast<const char*>(newline) - text.data()) : text;
  }
  static std::string_view WithoutCr(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  // Whole lines of at most kWindowBytes, or a single line that is longer.
  size_t WindowBytes() const {
    if (text_.size() <= kWindowBytes) return text_.size();
    const size_t newline = text_.substr(0, kWindowBytes).rfind('\n');
    if (newline != std::string_view::npos) return newline + 1;
    return std::min(text_.size(), FirstLine(text_).size() + 1);
  }

  void ParseWindow(std::string_view window, bool indexed) {
    JsonCursor cursor = {window.data(), index_.tokens(), 0};
    while (!window.empty()) {
      const std::string_view line = FirstLine(window);
      if (!indexed) cursor = {line.data(), nullptr, 0};
      cursor.limit = static_cast<uint32_t>(line.data() - cursor.text + line.size());
      ParseLine(line, indexed, &cursor);
      const size_t used = std::min(line.size() + 1, window.size());
      window.remove_prefix(used);
      text_.remove_prefix(used);
      offset_ += used;
      ++line_;
    }
  }

  void ParseLine(std::string_view line, bool indexed, JsonCursor* cursor) {
    const std::string_view content = WithoutCr(line);
    const LinePlace place = {line_, offset_, static_cast<uint32_t>(content.size())};
    if (content.size() > kMaxLineBytes) {
      parser_.Reject(place, RejectCode::kTooLong);
    } else if (!indexed && index_.Build(line) != IndexResult::kOk) {
      parser_.Reject(place, RejectCode::kBadJson);
      return;
    } else {
      if (!indexed) cursor->next = index_.tokens();
      // A mark in mid-stream comes of files that were joined; to the index it is a token.
      if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark &&
          cursor->Token() == kByteOrderMark)
        ++cursor->next;
      if (!cursor->done()) cursor->next = parser_.Parse(*cursor, place);
    }
    if (indexed) {
      while (!cursor->done()) ++cursor->next;
    }
  }

  std::string_view text_;  // what is left
  uint64_t offset_;        // of its first byte
  uint32_t line_;          // of its first line
  JsonIndex& index_;
  ObjectParser& parser_;
};

// A chunk of lines to events and rejections; the batch takes the chunk's memory.
template <typename ObjectParser>
absl::Status ParseLines(Chunk chunk, ObjectParser* parser, EventBatch* out) {
  // A batch that has events grows by itself: to reserve for each chunk anew would copy them all.
  if (out->events.empty()) {
    out->events.reserve(std::min<size_t>(chunk.lines, chunk.size / kLeastLineBytes));
  }
  RETURN_IF_ERROR(LineParser<ObjectParser>(chunk, parser).Run());
  out->rejections.insert(out->rejections.end(), chunk.too_long.begin(), chunk.too_long.end());
  out->blocks.push_back(std::move(chunk.block));
  return absl::OkStatus();
}

}  // namespace pagepulse
