#include "ingest/report_dates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/string_view.h"

namespace pagepulse {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsWordPart(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

// What is read is taken off the front of *text.
bool TakeMark(char mark, std::string_view* text) {
  if (!text->starts_with(mark)) return false;
  text->remove_prefix(1);
  return true;
}

// All the digits that stand there.
bool TakeNumber(size_t least, size_t most, std::string_view* text, int* out) {
  const auto end = std::find_if_not(text->begin(), text->end(), IsDigit);
  const auto digits = static_cast<size_t>(end - text->begin());
  if (digits < least || digits > most) return false;
  std::from_chars(text->data(), text->data() + digits, *out);
  text->remove_prefix(digits);
  return true;
}

// Two numbers and the year: 08/01/2025, 8/1/2025.
bool TakeSlashes(std::string_view* text, int* first, int* second, int* year) {
  return TakeNumber(1, 2, text, first) && TakeMark('/', text) && TakeNumber(1, 2, text, second) &&
         TakeMark('/', text) && TakeNumber(4, 4, text, year);
}

std::optional<absl::CivilDay> DayOf(int year, int month, int day) {
  const absl::CivilDay civil(year, month, day);
  // CivilDay makes the 31st of June the first of July.
  if (civil.month() != month || civil.day() != day || year < 1970 || year > 9999) {
    return std::nullopt;
  }
  return civil;
}

std::optional<absl::CivilDay> TakeIsoDay(std::string_view* text) {
  int year = 0, month = 0, day = 0;
  if (!TakeNumber(4, 4, text, &year) || !TakeMark('-', text) || !TakeNumber(2, 2, text, &month) ||
      !TakeMark('-', text) || !TakeNumber(2, 2, text, &day)) {
    return std::nullopt;
  }
  return DayOf(year, month, day);
}

std::optional<absl::CivilDay> TakeDay(std::string_view* text) {
  if (text->find('/') > 2) return TakeIsoDay(text);
  int year = 0, month = 0, day = 0;
  if (!TakeSlashes(text, &month, &day, &year)) return std::nullopt;
  return DayOf(year, month, day);
}

absl::Status DayFirst(std::string_view date, std::string_view why, uint32_t line) {
  return MakeError(absl::StatusCode::kInvalidArgument, "day_first",
                   fmt::format("`{}` at line {} {}.", date, line, why),
                   "Load the file as Meta wrote it (MM/DD/YYYY): a spreadsheet has changed its "
                   "dates, and 03/08 would be read as one of March.");
}

// `Aug-01-2025`, as Meta names its files.
std::optional<absl::CivilDay> TakeNamedDay(std::string_view* text) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (text->size() < 3) return std::nullopt;
  const size_t at = kMonths.find(absl::AsciiStrToLower(ToAbsl(text->substr(0, 3))));
  if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  text->remove_prefix(3);
  int day = 0, year = 0;
  if (!TakeMark('-', text) || !TakeNumber(2, 2, text, &day) || !TakeMark('-', text) ||
      !TakeNumber(4, 4, text, &year)) {
    return std::nullopt;
  }
  return DayOf(year, static_cast<int>(at / 3) + 1, day);
}

// ` PM`, or as a spreadsheet in Vietnam has it: CH.
bool TakeHalfOfDay(std::string_view* text, bool* afternoon) {
  if (!TakeMark(' ', text)) return false;
  const auto is = [&](const char* name) { return absl::EqualsIgnoreCase(ToAbsl(*text), name); };
  *afternoon = is("PM") || is("CH");
  if (!*afternoon && !is("AM") && !is("SA")) return false;
  *text = {};
  return true;
}

// `09:30`, `9:30:15`, `9:30:15 PM`, and nothing else.
std::optional<absl::Duration> ReadTimeOfDay(std::string_view text) {
  int hour = 0, minute = 0, second = 0;
  if (!TakeNumber(1, 2, &text, &hour) || !TakeMark(':', &text) ||
      !TakeNumber(2, 2, &text, &minute)) {
    return std::nullopt;
  }
  if (TakeMark(':', &text) && !TakeNumber(2, 2, &text, &second)) return std::nullopt;
  if (!text.empty()) {
    bool afternoon = false;
    if (!TakeHalfOfDay(&text, &afternoon) || hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (afternoon ? 12 : 0);
  }
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return absl::Hours(hour) + absl::Minutes(minute) + absl::Seconds(second);
}

}  // namespace

std::optional<absl::CivilDay> ReadIsoDay(std::string_view text) {
  const auto day = TakeIsoDay(&text);
  return text.empty() ? day : std::nullopt;
}

std::optional<absl::CivilDay> ReadDay(std::string_view text) {
  const auto day = TakeDay(&text);
  return text.empty() || text[0] == 'T' || text[0] == ' ' ? day : std::nullopt;
}

absl::Status CheckMonthFirst(std::string_view date, uint32_t line) {
  int day = 0, month = 0, year = 0;
  std::string_view rest = date;
  if (!TakeSlashes(&rest, &day, &month, &year) || DayOf(year, day, month) ||
      !DayOf(year, month, day)) {
    return absl::OkStatus();
  }
  return DayFirst(date.substr(0, date.size() - rest.size()), "has the day before the month", line);
}

absl::Status CheckNextDay(std::string_view before, std::string_view date, uint32_t line) {
  struct {
    int first = 0, second = 0, year = 0;
  } a, b;
  std::string_view rest = date;
  if (!TakeSlashes(&before, &a.first, &a.second, &a.year) ||
      !TakeSlashes(&rest, &b.first, &b.second, &b.year)) {
    return absl::OkStatus();
  }
  const auto are_neighbours = [](std::optional<absl::CivilDay> x, std::optional<absl::CivilDay> y) {
    return x && y && std::abs(*x - *y) == 1;
  };
  if (are_neighbours(DayOf(a.year, a.first, a.second), DayOf(b.year, b.first, b.second)) ||
      !are_neighbours(DayOf(a.year, a.second, a.first), DayOf(b.year, b.second, b.first))) {
    return absl::OkStatus();
  }
  return DayFirst(date.substr(0, date.size() - rest.size()),
                  "is the next day only with the day before the month", line);
}

std::optional<int64_t> ReadLocalTime(std::string_view text, const absl::TimeZone& zone) {
  const auto day = TakeDay(&text);
  if (!day || (!TakeMark(' ', &text) && !TakeMark('T', &text))) return std::nullopt;
  const auto time = ReadTimeOfDay(text);
  if (!time) return std::nullopt;
  const absl::CivilSecond civil = absl::CivilSecond(*day) + absl::ToInt64Seconds(*time);
  return absl::ToUnixMillis(absl::FromCivil(civil, zone));
}

std::optional<absl::CivilDay> LastDayOfName(std::string_view name) {
  std::optional<absl::CivilDay> last;
  for (size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && IsWordPart(name[i - 1])) continue;
    std::string_view text = name.substr(i);
    auto day = TakeIsoDay(&text);
    if (!day) day = TakeNamedDay(&(text = name.substr(i)));
    if (!day) continue;
    if (last && *day < *last) return std::nullopt;
    last = day;
  }
  return last;
}

}  // namespace pagepulse
