#pragma once

// A store over one that is open for reading alone. What the engine writes stays in memory and goes
// with this object: so a dry run goes the way of every event, and leaves nothing. Of the rollups
// only what pages did by day is kept, which is what a dry run tells; of facts and the journal all,
// some 100 bytes a fact.

#include <memory>
#include <string>
#include <vector>

#include "query/data_source.h"
#include "storage/database.h"

namespace pagepulse {

// Of one page and day of its zone.
struct DayDifference {
  uint32_t page = 0;
  std::string day;     // 2025-07-01
  std::string metric;  // of one counter or set: views, reactions.love (net), reach, ...
  int64_t before = 0, after = 0;
};

class Overlay : public Database {
 public:
  // `base` is open for reading alone.
  static std::unique_ptr<Overlay> Over(std::unique_ptr<Database> base);

  // What is checkpointed from here on is the difference; until then it is what was there.
  virtual void StartDifference() = 0;
  // Between StartDifference and the last checkpoint; by page, day and metric. No other call may
  // run. What did not change is left out.
  virtual absl::StatusOr<std::vector<DayDifference>> Difference(const Catalog& catalog) const = 0;
};

}  // namespace pagepulse
