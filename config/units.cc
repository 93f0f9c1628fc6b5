#include "config/units.h"

#include <fmt/format.h>

#include <limits>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/string_view.h"

namespace pagepulse {
namespace {

struct Unit {
  std::string_view name;
  uint64_t times;
};

constexpr Unit kSpans[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};
constexpr Unit kSizes[] = {{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};

// A whole number and one of the units; false for anything else and for what overflows an int64.
template <size_t N>
bool ParseWithUnit(std::string_view text, const Unit (&units)[N], uint64_t* value) {
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
  uint64_t number = 0;
  if (digits == 0 || !absl::SimpleAtoi(ToAbsl(text.substr(0, digits)), &number)) return false;
  for (const Unit& unit : units) {
    if (text.substr(digits) != unit.name) continue;
    if (number > std::numeric_limits<int64_t>::max() / unit.times) return false;
    *value = number * unit.times;
    return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<int64_t> ParseSpanSeconds(std::string_view text) {
  uint64_t seconds = 0;
  if (!ParseWithUnit(text, kSpans, &seconds) || seconds == 0) {
    return MakeError(absl::StatusCode::kInvalidArgument, "bad_duration",
                     fmt::format("`{}` is not a duration", text),
                     "write a whole number and a unit: 30s, 15min, 48h, 8d, 2w");
  }
  return static_cast<int64_t>(seconds);
}

absl::StatusOr<int64_t> ParseRetentionSeconds(std::string_view text) {
  if (text == "0" || text == "forever") return 0;
  absl::StatusOr<int64_t> seconds = ParseSpanSeconds(text);
  if (!seconds.ok()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "bad_duration",
                     fmt::format("`{}` is not a duration", text),
                     "write forever, or a whole number and a unit: 48h, 8d, 52w");
  }
  return seconds;
}

absl::StatusOr<uint64_t> ParseBytes(std::string_view text) {
  uint64_t bytes = 0;
  if (!ParseWithUnit(text, kSizes, &bytes)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "bad_size",
                     fmt::format("`{}` is not a size", text),
                     "write bytes or a unit: 65536, 64KiB, 16MiB, 2GiB");
  }
  return bytes;
}

}  // namespace pagepulse
