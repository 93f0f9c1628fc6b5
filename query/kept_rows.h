#pragma once

// What retention has left of the rows of one scope, at one cut.

#include <cstdint>
#include <limits>

#include "query/data_source.h"
#include "rollup/row_key.h"

namespace pagepulse {

class KeptRows {
 public:
  KeptRows(Scope scope, const Cut& cut);

  // The first period of the level whose rows show; kNever where the scope has no such level.
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  int64_t FirstPeriod(Level level) const { return first_period_[static_cast<int>(level)]; }

  // The finest UTC level that still has rows at this minute: 1 or 15 minutes, or 1440 where
  // only days of the page's zone, or nothing, are left.
  int64_t GrainAt(int64_t minute) const;

  Scope scope() const { return scope_; }

 private:
  Scope scope_;
  int64_t first_period_[kLevels + 1];
};

// Rounding that is right below zero too.
constexpr int64_t FloorTo(int64_t value, int64_t unit) {
  return value - ((value % unit) + unit) % unit;
}
constexpr int64_t CeilTo(int64_t value, int64_t unit) { return -FloorTo(-value, unit); }

}  // namespace pagepulse
