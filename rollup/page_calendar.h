#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "rollup/delta.h"
#include "rollup/radix_sort.h"

namespace pagepulse {

// The civil days of one page's zone in which something happened, so that a page's many series ask
// the zone once a day and not once a series.
class PageCalendar {
 public:
  struct Day {
    uint32_t begin, end;  // UTC minutes, half-open
    uint32_t month;       // since 1970
    uint32_t slot;        // day of the month - 1
  };

  // Of what happened to one page: what lies at `by_time`, in order of time.
  void Reset(absl::TimeZone zone, const Change* changes, absl::Span<const KeyedPlace> by_time);
  // The day of a minute that one of those has.
  const Day& Find(uint32_t minute) const;

 private:
  std::vector<Day> days_;  // ascending
};

}  // namespace pagepulse
