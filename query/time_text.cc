#include "query/time_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/time/civil_time.h"
#include "base/error.h"
#include "base/string_view.h"

namespace pagepulse {
namespace {

constexpr std::string_view kTimeHint =
    "give a day (2025-07-01), an instant of whole minutes with its zone "
    "(2025-07-01T08:00:00+07:00), or epoch seconds or milliseconds";

// In any zone these lie within the years 1970 to 2199, give or take a day.
const int64_t kFirstMinute = -1440;
const int64_t kLastMinute = 230LL * 366 * 1440;

bool AllDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

absl::Status BadTime(std::string_view key, std::string_view text, std::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_time",
                   fmt::format("`{}={}`: {}", key, text, why), kTimeHint);
}

absl::StatusOr<TimeBound> Instant(std::string_view key, std::string_view text, absl::Time time) {
  const int64_t minute = absl::ToUnixSeconds(time) / 60;
  if (minute < kFirstMinute || minute > kLastMinute) {
    return BadTime(key, text, "is outside the years 1970 to 2199");
  }
  if (absl::FromUnixSeconds(minute * 60) != time) {
    return BadTime(key, text, "is not a whole minute");
  }
  return TimeBound{.minute = minute};
}

absl::StatusOr<TimeBound> ParseEpoch(std::string_view key, std::string_view text) {
  int64_t n = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &n)) return BadTime(key, text, "is too large");
  if (text.size() == 8 && (text.substr(0, 2) == "19" || text.substr(0, 2) == "20")) {
    return BadTime(key, text, "looks like a day without its dashes");
  }
  constexpr int64_t kFirstMillis = 100'000'000'000;
  return Instant(key, text, n < kFirstMillis ? absl::FromUnixSeconds(n) : absl::FromUnixMillis(n));
}

bool HasDayShape(std::string_view text) {
  return text.size() >= 10 && AllDigits(text.substr(0, 4)) && text[4] == '-' &&
         AllDigits(text.substr(5, 2)) && text[7] == '-' && AllDigits(text.substr(8, 2));
}

absl::StatusOr<TimeBound> ParseDay(std::string_view key, std::string_view text) {
  TimeBound bound{.is_day = true};
  if (!absl::ParseCivilTime(ToAbsl(text), &bound.day)) return BadTime(key, text, "is no day");
  if (bound.day.year() < 1970 || bound.day.year() > 2199) {
    return BadTime(key, text, "is outside the years 1970 to 2199");
  }
  return bound;
}

}  // namespace

absl::StatusOr<TimeBound> ParseTimeBound(std::string_view key, std::string_view text) {
  if (AllDigits(text)) return ParseEpoch(key, text);
  if (!HasDayShape(text)) return BadTime(key, text, "is no time");
  if (text.size() == 10) return ParseDay(key, text);

  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, &error) &&
      !absl::ParseTime("%Y-%m-%d%ET%H:%M%Ez", ToAbsl(text), &time, &error)) {
    return BadTime(key, text, "is no RFC 3339 instant with a zone");
  }
  return Instant(key, text, time);
}

absl::StatusOr<Last> ParseLast(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view unit = text.substr(digits);
  Last last;
  bool ok =
      digits > 0 && digits <= 9 && absl::SimpleAtoi(ToAbsl(text.substr(0, digits)), &last.count);
  if (unit == "d") {
    last.unit = Last::Unit::kDay;
  } else if (unit == "h") {
    last.unit = Last::Unit::kHour;
  } else if (unit == "min") {
    last.unit = Last::Unit::kMinute;
  } else {
    ok = false;
  }
  constexpr int64_t kMinutesOf[] = {1440, 60, 1};
  if (!ok || last.count < 1 || last.count > kLastMinute / kMinutesOf[static_cast<int>(last.unit)]) {
    return MakeError(absl::StatusCode::kInvalidArgument, "bad_last",
                     fmt::format("`last={}` is no length of time", text),
                     "give days, hours or minutes: last=30d, last=24h or last=90min");
  }
  return last;
}

std::string LastText(const Last& last) {
  constexpr const char* kUnits[] = {"d", "h", "min"};
  return fmt::format("{}{}", last.count, kUnits[static_cast<int>(last.unit)]);
}

std::string FormatMinute(int64_t minute, const absl::TimeZone& zone) {
  // By hand: absl::FormatTime costs ten times as much, and an answer has thousands of these.
  absl::TimeZone::CivilInfo info = zone.At(absl::FromUnixSeconds(minute * 60));
  // RFC 3339 has no place for the seconds of an offset (Africa/Monrovia, until 1972).
  if (info.offset % 60 != 0) info = absl::UTCTimeZone().At(absl::FromUnixSeconds(minute * 60));
  const absl::CivilSecond& c = info.cs;
  const int offset = info.offset / 60;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", c.year(), c.month(),
                     c.day(), c.hour(), c.minute(), c.second(), offset < 0 ? '-' : '+',
                     std::abs(offset) / 60, std::abs(offset) % 60);
}

std::string FormatMillis(int64_t ms, const absl::TimeZone& zone) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3S%Ez", absl::FromUnixMillis(ms), zone);
}

}  // namespace pagepulse
