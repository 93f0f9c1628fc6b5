#pragma once

// The days that Graph speaks of. docs/reported.md, "graph-insights".

#include <cstdint>

#include "absl/time/time.h"
#include "model/reported.h"

namespace pagepulse {

// Sets days, day and end_ms of a figure from the instant at which its period ended. Midnight in
// California, where Meta's days end, is told by itself; another instant by the zone.
void SetPeriod(uint16_t days, int64_t end_ms, const absl::TimeZone& zone, ReportedFigure* figure);

}  // namespace pagepulse
