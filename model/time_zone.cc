#include "model/time_zone.h"

#include <fmt/format.h>

namespace pagepulse {

absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name) {
  absl::TimeZone zone;
  if (name == "Asia/Saigon") name = kDefaultZone;
  // "localtime" and absolute paths would make an answer depend on the machine.
  if (name.empty() || name == "localtime" || name[0] == '/' || name[0] == ':' ||
      !absl::LoadTimeZone(std::string(name), &zone)) {
    return absl::NotFoundError(
        fmt::format("unknown time zone `{}`; give an IANA name such as {}", name, kDefaultZone));
  }
  return zone;
}

int32_t DayNumber(absl::CivilDay day) { return static_cast<int32_t>(day - absl::CivilDay()); }
absl::CivilDay CivilDayOf(int32_t day_number) { return absl::CivilDay() + day_number; }
int32_t MonthNumber(absl::CivilMonth month) {
  return static_cast<int32_t>(month - absl::CivilMonth());
}
absl::CivilMonth CivilMonthOf(int32_t month_number) { return absl::CivilMonth() + month_number; }

int64_t DayStartMinute(const absl::TimeZone& zone, absl::CivilDay day) {
  return absl::ToUnixSeconds(absl::FromCivil(day, zone)) / 60;
}

void ZoneCursor::Move(int64_t minute) {
  day_ = absl::ToCivilDay(absl::FromUnixSeconds(minute * 60), zone_);
  // A clock that is set back just after midnight shows the day before once more; those minutes stay
  // with the day that has begun, so that a day is one stretch of time.
  if (minute >= DayStartMinute(zone_, day_ + 1)) ++day_;
  begin_ = DayStartMinute(zone_, day_);
  end_ = DayStartMinute(zone_, day_ + 1);
}

}  // namespace pagepulse
