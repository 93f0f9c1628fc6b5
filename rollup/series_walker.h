#pragma once

// One series (a page, a post, a page's source, or a post's source in detail) in order of time ->
// its rows of every level.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "rollup/cell.h"
#include "rollup/delta.h"
#include "rollup/page_calendar.h"
#include "rollup/radix_sort.h"
#include "rollup/row.h"
#include "rollup/row_key.h"

namespace pagepulse {

// A row, encoded, and where it lies.
struct SeriesRow {
  RowKey key;
  uint32_t source = 0;  // of Scope::kDetail
  uint32_t length = 0;
  size_t offset = 0;
};

class SeriesWalker {
 public:
  // Rows go to the end of *bytes, and are listed by level, a series' periods ascending. Both must
  // outlive the walker.
  using Lists = std::vector<SeriesRow>[kLevels];
  SeriesWalker(Scope scope, std::string* bytes, Lists* lists);

  // Minute rows are made from there on; of pages alone.
  void SetMinutesFrom(int64_t minute) { minutes_from_ = minute; }

  // What lies at `by_time` happened to one page and member (and, in detail, through one source) and
  // is ordered by minute.
  struct Series {
    uint32_t page, member, source;
    absl::Span<const KeyedPlace> by_time;
  };
  void Walk(const PageCalendar& calendar, const Series& series, const Change* changes);

 private:
  // The open bucket of a level and the row it will be part of.
  struct Open {
    Open(Level level, SketchShape shape) : level(level), cell(shape), row(shape) {}

    Level level;
    bool used = false;  // whether a bucket is open
    uint32_t period = 0, slot = 0;
    int64_t end = 0;  // the first minute after the bucket; 0 where none is open
    Cell cell;
    RowBuilder row;
  };

  void MoveTo(Open* at, uint32_t minute, const PageCalendar& calendar);
  void MoveTo(Open* at, uint32_t period, uint32_t slot, int64_t end);
  void FinishCell(Open* at);
  void FinishRow(Open* at);

  const Scope scope_;
  int64_t minutes_from_ = std::numeric_limits<int64_t>::max();
  std::string* const bytes_;
  Lists* const lists_;
  uint32_t page_ = 0, member_ = 0, source_ = 0;
  std::vector<Open> open_;  // what deltas are poured into, the finest first
  Open month_;              // the sum of its days
};

}  // namespace pagepulse
