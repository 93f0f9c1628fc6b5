#include "query/kept_rows.h"

#include <algorithm>

namespace pagepulse {
namespace {

int64_t FirstVisiblePeriod(Level level, int64_t horizon) {
  if (horizon <= 0) return std::numeric_limits<int64_t>::min();
  // A little before the answer, since a period's end counts in every zone; then step up to it.
  const bool months = level == Level::kDay || level == Level::kMonth;
  uint32_t period = static_cast<uint32_t>(
      std::max<int64_t>(0, months ? horizon / (31 * 1440) - 1 : horizon / 1440 - 3));
  while (PeriodEndMinute(level, period) <= horizon) ++period;
  return period;
}

}  // namespace

KeptRows::KeptRows(Scope scope, const Cut& cut) : scope_(scope) {
  std::fill(std::begin(first_period_), std::end(first_period_), kNever);
  for (const Level level :
       {Level::kMinute, Level::kQuarter, Level::kHour, Level::kDay, Level::kMonth}) {
    if (level == Level::kMinute && scope != Scope::kPage) continue;
    first_period_[static_cast<int>(level)] = FirstVisiblePeriod(level, cut.HorizonMinute(level));
  }
}

int64_t KeptRows::GrainAt(int64_t minute) const {
  const int64_t day = FloorTo(minute, 1440) / 1440;
  if (day >= FirstPeriod(Level::kMinute)) return 1;
  if (day >= FirstPeriod(Level::kQuarter)) return 15;
  if (day >= FirstPeriod(Level::kHour)) return 60;
  return 1440;
}

}  // namespace pagepulse
