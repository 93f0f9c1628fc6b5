#include "ingest/graph_time.h"

#include "model/time_zone.h"

namespace pagepulse {
namespace {

// The zone in which the instant is a midnight, California's if it is one there.
const absl::TimeZone& ZoneOf(int64_t end_ms, const absl::TimeZone& zone) {
  static const absl::TimeZone california =
      LoadZone("America/Los_Angeles").value_or(absl::UTCTimeZone());
  const absl::CivilSecond there = absl::ToCivilSecond(absl::FromUnixMillis(end_ms), california);
  return there == absl::CivilSecond(absl::CivilDay(there)) ? california : zone;
}

}  // namespace

void SetPeriod(uint16_t days, int64_t end_ms, const absl::TimeZone& zone, ReportedFigure* figure) {
  const absl::Time last = absl::FromUnixMillis(end_ms - 1);
  figure->days = days;
  figure->day = DayNumber(absl::ToCivilDay(last, ZoneOf(end_ms, zone)));
  figure->end_ms = end_ms;
}

}  // namespace pagepulse
