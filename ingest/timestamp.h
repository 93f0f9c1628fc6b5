#pragma once

// When something happened, as events say it, in milliseconds since the epoch, UTC.

#include <cstdint>
#include <string_view>

namespace pagepulse {

inline constexpr int64_t kMaxTimestampMs = 253402300799999;  // 9999-12-31T23:59:59.999Z

// RFC 3339, `2025-07-01T08:30:00.25+07:00`: `t`, `z` or a space for the `T` pass, and so does
// `+0700`. Digits behind the third of a fraction are cut. A leap second, `:60` of the last minute
// of a UTC day, is the last millisecond before it. Days that do not exist, an hour 24, a time
// without a zone and instants outside 1970 to 9999 do not pass.
//
// A reader remembers the day it read last, as most lines repeat it. Not thread-safe.
class TimestampReader {
 public:
  // false: it is not one, and *ms is unchanged.
  bool Read(std::string_view text, int64_t* ms);

 private:
  bool ReadDay(const char* text);

  // The bytes of the day that was read last, and what they say: to begin with, "1970-01-01".
  uint64_t day_head_ = 0x2D31302D30373931;
  uint16_t day_tail_ = 0x3130;
  int64_t day_ms_ = 0;
};

// Epoch seconds below 10^11, else milliseconds. `digits`: an integer as JSON writes it.
bool ReadEpoch(std::string_view digits, int64_t* ms);
// Epoch milliseconds, however few.
bool ReadMillis(std::string_view digits, int64_t* ms);
// As ReadEpoch, with a decimal fraction, without exponent: digits behind the milliseconds are cut.
bool ReadEpochFraction(std::string_view number, int64_t* ms);

}  // namespace pagepulse
