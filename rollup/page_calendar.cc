#include "rollup/page_calendar.h"

#include <algorithm>

#include "model/time_zone.h"

namespace pagepulse {

void PageCalendar::Reset(absl::TimeZone zone, const Change* changes,
                         absl::Span<const KeyedPlace> by_time) {
  days_.clear();
  ZoneCursor cursor(zone);
  int64_t end = -1;
  for (const KeyedPlace& place : by_time) {
    const uint32_t minute = changes[place.index].minute();
    if (minute < end) continue;
    const absl::CivilDay day = cursor.DayOf(minute);
    end = cursor.day_end();
    days_.push_back({static_cast<uint32_t>(std::max<int64_t>(DayStartMinute(zone, day), 0)),
                     static_cast<uint32_t>(std::min<int64_t>(end, UINT32_MAX)),
                     static_cast<uint32_t>(MonthNumber(absl::CivilMonth(day))),
                     static_cast<uint32_t>(day.day() - 1)});
  }
}

const PageCalendar::Day& PageCalendar::Find(uint32_t minute) const {
  const auto after = std::upper_bound(days_.begin(), days_.end(), minute,
                                      [](uint32_t m, const Day& day) { return m < day.begin; });
  return *(after - 1);
}

}  // namespace pagepulse
