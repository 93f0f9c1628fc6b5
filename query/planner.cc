#include "query/planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/time_zone.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

constexpr Level kCoarsestFirst[kLevels] = {Level::kMonth, Level::kDay, Level::kQuarter,
                                           Level::kMinute};

// Minutes of a cell that is the same everywhere; 0 for civil ones.
int64_t UnitOf(Level level) {
  switch (level) {
    case Level::kMinute:
      return 1;
    case Level::kQuarter:
      return 15;
    default:
      return 0;
  }
}

int64_t FirstCellOf(Level level, int64_t period) {
  switch (level) {
    case Level::kMonth:
      return period;
    case Level::kDay:
      return DayNumber(absl::CivilDay(CivilMonthOf(static_cast<int32_t>(period))));
    default:
      return period * (1440 / UnitOf(level));
  }
}

uint32_t PeriodOf(Level level, int64_t cell) {
  switch (level) {
    case Level::kMonth:
      return static_cast<uint32_t>(cell);
    case Level::kDay:
      return static_cast<uint32_t>(
          MonthNumber(absl::CivilMonth(CivilDayOf(static_cast<int32_t>(cell)))));
    default:
      return static_cast<uint32_t>(cell / (1440 / UnitOf(level)));
  }
}

class Planner {
 public:
  Planner(const absl::TimeZone& zone, const KeptRows& kept) : zone_(zone) {
    for (int i = 0; i < kLevels; ++i) {
      levels_[i].level = kCoarsestFirst[i];
      const int64_t period = kept.FirstPeriod(kCoarsestFirst[i]);
      // A row before 1970 cannot be; the first cell of a level is never below zero.
      first_cell_[i] = period == KeptRows::kNever
                           ? KeptRows::kNever
                           : FirstCellOf(kCoarsestFirst[i], std::max<int64_t>(period, 0));
    }
  }

  // Covers [from, to) with cells of the i-th level and finer ones. False: *gap cannot be covered.
  bool Cover(int i, int64_t from, int64_t to, int32_t bucket, int64_t* gap) {
    if (from >= to) return true;
    *gap = from;
    if (i == kLevels) return false;
    Cells cells = Inside(kCoarsestFirst[i], from, to);
    if (cells.first < first_cell_[i]) cells = From(kCoarsestFirst[i], first_cell_[i], cells);
    if (cells.first >= cells.last) return Cover(i + 1, from, to, bucket, gap);
    if (!Cover(i + 1, from, cells.start, bucket, gap)) return false;
    levels_[i].segments.push_back({cells.first, cells.last, bucket});
    return Cover(i + 1, cells.end, to, bucket, gap);
  }

  Plan Finish() {
    Plan plan;
    for (LevelPlan& level : levels_) {
      if (level.segments.empty()) continue;
      for (const Segment& segment : level.segments) AddPeriods(segment, &level);
      plan.push_back(std::move(level));
    }
    return plan;
  }

 private:
  // [first, last) cells, which are the minutes [start, end).
  struct Cells {
    int64_t first, last, start, end;
  };

  // The cells of a level that lie within [from, to); none: first >= last.
  Cells Inside(Level level, int64_t from, int64_t to) {
    if (const int64_t unit = UnitOf(level); unit > 0) {
      const int64_t start = CeilTo(from, unit), end = FloorTo(to, unit);
      return {start / unit, end / unit, start, end};
    }
    if (to - from < (level == Level::kMonth ? 27 : 0) * 1440) return {0, 0, 0, 0};
    int64_t first = CellAt(level, from), last = CellAt(level, to);
    if (StartOf(level, first) < from) ++first;
    // A day that was left out has the start of the next.
    while (StartOf(level, last) > to) --last;
    return {first, last, StartOf(level, first), StartOf(level, last)};
  }

  Cells From(Level level, int64_t first, const Cells& cells) {
    if (first >= cells.last) return {0, 0, 0, 0};
    return {first, cells.last, StartOf(level, first), cells.end};
  }

  int64_t CellAt(Level level, int64_t minute) {
    const absl::CivilDay day = cursor_.DayOf(minute);
    return level == Level::kDay ? DayNumber(day) : MonthNumber(absl::CivilMonth(day));
  }

  int64_t StartOf(Level level, int64_t cell) {
    if (const int64_t unit = UnitOf(level); unit > 0) return cell * unit;
    const absl::CivilDay day = level == Level::kDay
                                   ? CivilDayOf(static_cast<int32_t>(cell))
                                   : absl::CivilDay(CivilMonthOf(static_cast<int32_t>(cell)));
    return DayStartMinute(zone_, day);
  }

  static void AddPeriods(const Segment& segment, LevelPlan* level) {
    const uint32_t first = PeriodOf(level->level, segment.first);
    const uint32_t last = PeriodOf(level->level, segment.last - 1);
    auto& periods = level->periods;
    if (!periods.empty() && first <= periods.back().second + 1) {
      periods.back().second = std::max(periods.back().second, last);
    } else {
      periods.push_back({first, last});
    }
  }

  const absl::TimeZone zone_;
  ZoneCursor cursor_{zone_};
  LevelPlan levels_[kLevels];
  int64_t first_cell_[kLevels];
};

std::string_view NameOfGrain(int64_t grain) {
  switch (grain) {
    case 1:
      return "minute";
    case 15:
      return "15min";
    default:
      return "day of the page's own zone";
  }
}

absl::Status TooFine(int64_t gap, const KeptRows& kept, const absl::TimeZone& query_zone) {
  const int64_t grain = kept.GrainAt(gap);
  const bool page = kept.scope() == Scope::kPage;
  return MakeError(
      absl::StatusCode::kInvalidArgument, "too_fine",
      fmt::format("this needs finer rows at {} than are kept there{}; the finest that can be had "
                  "is {}",
                  FormatMinute(gap, query_zone), page ? "" : " for posts and sources",
                  NameOfGrain(grain)),
      page ? "let steps and both ends of the range fall on that, or ask for a later range"
           : "let steps and both ends of the range fall on that; minutes are kept for pages alone");
}

}  // namespace

void LevelPlan::FillSlots(uint32_t period, std::vector<int32_t>* table) const {
  table->assign(1440, -1);
  const int64_t base = FirstCellOf(level, period);
  const int64_t end = level == Level::kMonth ? base + 1 : FirstCellOf(level, period + 1LL);
  auto segment = std::partition_point(segments.begin(), segments.end(),
                                      [&](const Segment& s) { return s.last <= base; });
  for (; segment != segments.end() && segment->first < end; ++segment) {
    const int64_t first = std::max(segment->first, base), last = std::min(segment->last, end);
    std::fill(table->begin() + (first - base), table->begin() + (last - base), segment->bucket);
  }
}

absl::StatusOr<Plan> MakePlan(absl::Span<const int64_t> edges, const absl::TimeZone& page_zone,
                              const KeptRows& kept, const absl::TimeZone& query_zone) {
  Planner planner(page_zone, kept);
  for (size_t i = 0; i + 1 < edges.size(); ++i) {
    // Nothing happened before 1970.
    const int64_t from = std::max<int64_t>(edges[i], 0);
    int64_t gap = 0;
    if (!planner.Cover(0, from, edges[i + 1], static_cast<int32_t>(i), &gap)) {
      return TooFine(gap, kept, query_zone);
    }
  }
  return planner.Finish();
}

}  // namespace pagepulse
