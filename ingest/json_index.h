#pragma once

// Where the tokens of JSON text are. simdjson finds them (its stage 1) at the speed of memory and
// validates UTF-8 on the way; what the tokens mean, and whether they are JSON in that order, is
// json_cursor.h. Stage 1 alone is used, not On-Demand, for three reasons: many lines are indexed
// in one pass, which On-Demand can only do in a way that lets one bad line take its neighbours
// along; On-Demand leaves what it skips unchecked; and the length of every token is known.
//
// The only file that needs simdjson for the native format. Not thread-safe; reused, because it
// keeps its memory: 5 bytes for each byte of the longest text it has seen.

#include <cstdint>
#include <memory>
#include <string_view>

namespace pagepulse {

// What may stand before a file's or body's JSON, and is passed over.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

enum class IndexResult {
  kOk,       // white space alone gives no token
  kInvalid,  // not UTF-8, an unclosed string, or a control character inside one
  kTooLarge  // 4 GiB, or no memory
};

class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();

  // One for each thread, to be used and left within a call.
  static JsonIndex& OfThisThread();

  // Indexes `text`; kPadding readable bytes follow it.
  IndexResult Build(std::string_view text);

  // The position of each token's first byte, ascending; then four times the length of the text, so
  // that a cursor may look a field ahead. A token is one of {}[]:, or the beginning of a string or
  // of any other run of bytes. Valid after kOk, until the next Build.
  const uint32_t* tokens() const { return tokens_; }

 private:
  struct Stage1;

  std::unique_ptr<Stage1> stage1_;
  const uint32_t* tokens_ = nullptr;
};

}  // namespace pagepulse
