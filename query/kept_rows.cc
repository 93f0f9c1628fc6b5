#include "query/kept_rows.h"

#include <algorithm>

namespace pagepulse {
KeptRows::KeptRows(Scope scope, const Cut& cut) : scope_(scope) {
  std::fill(std::begin(first_period_), std::end(first_period_), kNever);
  for (const Level level : kAllLevels) {
    if (level == Level::kMinute && scope != Scope::kPage) continue;
    const int64_t horizon = cut.HorizonMinute(level);
    first_period_[static_cast<int>(level)] =
        horizon > 0 ? FirstVisiblePeriod(level, horizon) : std::numeric_limits<int64_t>::min();
  }
}

int64_t KeptRows::GrainAt(int64_t minute) const {
  const int64_t day = FloorTo(minute, 1440) / 1440;
  if (day >= FirstPeriod(Level::kMinute)) return 1;
  if (day >= FirstPeriod(Level::kQuarter)) return 15;
  return 1440;
}

}  // namespace pagepulse
