#pragma once

// One series (a page, a post, a page's source) in order of time -> its rows of every level.

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "rollup/aggregate.h"
#include "rollup/cell.h"
#include "rollup/delta.h"
#include "rollup/page_calendar.h"
#include "rollup/row.h"
#include "rollup/row_key.h"

namespace pagepulse {

inline constexpr int kLevels = 5;

class SeriesWalker {
 public:
  // Rows go to the end of *bytes, and are listed by level, a series' periods ascending. Both must
  // outlive the walker.
  using Lists = std::array<std::vector<Partials::Row>, kLevels>;
  SeriesWalker(Scope scope, std::string* bytes, Lists* lists);

  // Minute rows are made from there on; of pages alone.
  void SetMinutesFrom(int64_t minute) { minutes_from_ = minute; }

  // `by_time` belongs to one page and member and is ordered by minute.
  void Walk(const PageCalendar& calendar, uint32_t member, absl::Span<const Delta> by_time);

 private:
  // The open bucket of a level and the row it will be part of.
  struct Open {
    Open(Level level, SketchShape shape) : level(level), cell(shape), row(shape) {}

    const Level level;
    bool used = false;  // whether a bucket is open
    uint32_t period = 0, slot = 0;
    int64_t end = 0;  // the first minute after the bucket; 0 where none is open
    Cell cell;
    RowBuilder row;
  };

  Open& open(Level level) { return open_[static_cast<size_t>(level) - 1]; }
  template <uint32_t kStep>
  void MoveToSlot(Open* at, uint32_t minute);
  void MoveTo(Open* at, uint32_t minute, const PageCalendar& calendar);
  void MoveTo(Open* at, uint32_t period, uint32_t slot, int64_t end);
  void FinishCell(Open* at);
  void FinishRow(Open* at);

  const Scope scope_;
  int64_t minutes_from_ = std::numeric_limits<int64_t>::max();
  std::string* const bytes_;
  Lists* const lists_;
  uint32_t page_ = 0, member_ = 0;
  std::array<Open, kLevels> open_;  // by level
};

}  // namespace pagepulse
