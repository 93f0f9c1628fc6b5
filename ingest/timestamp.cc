#include "ingest/timestamp.h"

#include <bit>
#include <charconv>
#include <cstring>

#include "model/time_zone.h"

namespace pagepulse {

static_assert(std::endian::native ==
              std::endian::little);  // words of text are taken apart by place

namespace {

constexpr int64_t kSecondMs = 1000, kMinuteMs = 60 * kSecondMs, kHourMs = 60 * kMinuteMs,
                  kDayMs = 24 * kHourMs;
constexpr int64_t kFirstMillis = 100'000'000'000;  // integers below are seconds

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Two digits at p; -1: they are not digits.
int TwoDigits(const char* p) {
  return IsDigit(p[0]) && IsDigit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

struct TimeOfDay {
  int hour, minute, second;
};

// `08:30:00`, all eight bytes at once.
bool ReadTimeOfDay(const char* p, TimeOfDay* time) {
  constexpr uint64_t kColons = 0x00000A00000A0000;  // ':' ^ '0' where the colons are
  constexpr uint64_t kColonBytes = 0x0000FF0000FF0000;
  constexpr uint64_t kZeros = 0x3030303030303030, kSixes = 0x0606060606060606,
                     kHighHalves = 0xF0F0F0F0F0F0F0F0;
  uint64_t w;
  std::memcpy(&w, p, 8);
  w ^= kColons;
  if (((w & kHighHalves) ^ kZeros) | (((w + kSixes) & kHighHalves) ^ kZeros)) return false;
  w ^= kZeros;
  if (w & kColonBytes) return false;
  const auto pair = [w](int at) {
    return static_cast<int>((w >> (8 * at) & 0xFF) * 10 + (w >> (8 * at + 8) & 0xFF));
  };
  *time = {pair(0), pair(3), pair(6)};
  return time->hour <= 23 && time->minute <= 59 && time->second <= 60;
}

// `.25`, its first three digits. Advances *p behind it.
bool ReadFraction(const char** p, const char* end, int* millis) {
  ++*p;
  const char* first = *p;
  int scale = 100;
  for (; *p < end && IsDigit(**p); ++*p, scale /= 10) *millis += (**p - '0') * scale;
  return *p > first;
}

// `Z`, `+07:00` or `+0700`, all that is left of the text.
bool ReadOffset(const char* p, const char* end, int64_t* offset_ms) {
  if (p == end) return false;
  if (*p == 'Z' || *p == 'z') return p + 1 == end;
  const bool minus = *p == '-';
  if (!minus && *p != '+') return false;
  ++p;
  const bool colon = end - p == 5 && p[2] == ':';
  if (!colon && end - p != 4) return false;
  const int hours = TwoDigits(p), minutes = TwoDigits(p + (colon ? 3 : 2));
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
  *offset_ms = (hours * kHourMs + minutes * kMinuteMs) * (minus ? -1 : 1);
  return true;
}

}  // namespace

bool TimestampReader::ReadDay(const char* text) {
  const int century = TwoDigits(text), year = TwoDigits(text + 2);
  const int month = TwoDigits(text + 5), day = TwoDigits(text + 8);
  if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  if (text[4] != '-' || text[7] != '-') return false;
  const absl::CivilDay civil(century * 100 + year, month, day);
  if (civil.month() != month) return false;  // the 30th of February became a day of March
  day_ms_ = DayNumber(civil) * kDayMs;
  std::memcpy(&day_head_, text, 8);
  std::memcpy(&day_tail_, text + 8, 2);
  return true;
}

bool TimestampReader::Read(std::string_view text, int64_t* ms) {
  if (text.size() < 20) return false;  // 2025-07-01T00:00:00Z
  uint64_t head;
  uint16_t tail;
  std::memcpy(&head, text.data(), 8);
  std::memcpy(&tail, text.data() + 8, 2);
  if ((head != day_head_ || tail != day_tail_) && !ReadDay(text.data())) return false;

  const char separator = text[10];
  if (separator != 'T' && separator != 't' && separator != ' ') return false;
  TimeOfDay time;
  if (!ReadTimeOfDay(text.data() + 11, &time)) return false;

  const char* p = text.data() + 19;
  const char* end = text.data() + text.size();
  int millis = 0;
  if (*p == '.' && !ReadFraction(&p, end, &millis)) return false;
  int64_t offset_ms = 0;
  if (!ReadOffset(p, end, &offset_ms)) return false;

  const bool leap = time.second == 60;
  if (leap) {
    time.second = 59;
    millis = 999;
  }
  const int64_t value = day_ms_ + time.hour * kHourMs + time.minute * kMinuteMs +
                        time.second * kSecondMs + millis - offset_ms;
  if (value < 0 || value > kMaxTimestampMs) return false;
  if (leap && value % kDayMs != kDayMs - 1) return false;
  *ms = value;
  return true;
}

bool ReadMillis(std::string_view digits, int64_t* ms) {
  int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [p, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || p != end || value < 0 || value > kMaxTimestampMs) return false;
  *ms = value;
  return true;
}

bool ReadEpoch(std::string_view digits, int64_t* ms) {
  int64_t value = 0;
  if (!ReadMillis(digits, &value)) return false;
  *ms = value < kFirstMillis ? value * kSecondMs : value;
  return true;
}

bool ReadEpochFraction(std::string_view number, int64_t* ms) {
  const size_t point = number.find('.');
  if (point == std::string_view::npos) return ReadEpoch(number, ms);
  const std::string_view fraction = number.substr(point + 1);
  int64_t whole = 0, thousandths = 0;
  if (!ReadMillis(number.substr(0, point), &whole)) return false;
  if (fraction.empty() || fraction.find_first_not_of("0123456789") != std::string_view::npos) {
    return false;
  }
  for (size_t i = 0; i < 3; ++i) {
    thousandths = thousandths * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  *ms = whole < kFirstMillis ? whole * kSecondMs + thousandths : whole;
  return true;
}

}  // namespace pagepulse
