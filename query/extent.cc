#include "query/extent.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "model/time_zone.h"
#include "rollup/row.h"

namespace pagepulse {
namespace {

void Add(int64_t first, int64_t end, Extent* extent) {
  extent->first = std::min(extent->first, first);
  extent->end = std::max(extent->end, end);
}

// Calls fn(period, slot) for each counter that is not zero. A row may come in several parts, and of
// what was taken back no counter is left, though its parts and its people may be.
template <typename Fn>
absl::Status ForEachCounter(const Cut& cut, const RowRange& range, Fn fn) {
  std::optional<RowKey> row;
  std::map<std::pair<uint32_t, CounterId>, int64_t> net;
  const auto finish_row = [&] {
    for (const auto& [at, value] : net) {
      if (value != 0) fn(row->period, at.first);
    }
    net.clear();
  };
  const auto add = [&](const RowKey& key, std::string_view bytes) -> absl::Status {
    if (row && *row != key) finish_row();
    row = key;
    ASSIGN_OR_RETURN(const RowView part, RowView::Open(bytes));
    return part.VisitCounters([&](uint32_t slot, CounterId counter, int64_t value) {
      net[{slot, counter}] += value;
    });
  };
  RETURN_IF_ERROR(cut.rows().Scan(range, add));
  finish_row();
  return absl::OkStatus();
}

absl::Status AddRows(const PageSet::ZoneGroup& group, const Cut& cut, Extent* extent) {
  std::optional<uint32_t> first, last;
  RowRange range{.level = Level::kMonth,
                 .last_period = std::numeric_limits<uint32_t>::max(),
                 .pages = group.scan_pages};
  RETURN_IF_ERROR(ForEachCounter(cut, range, [&](uint32_t period, uint32_t) {
    if (!first) first = period;
    last = period;
  }));
  if (!first) return absl::OkStatus();

  range.level = Level::kDay;
  for (const uint32_t period : {*first, *last}) {
    range.first_period = range.last_period = period;
    RETURN_IF_ERROR(ForEachCounter(cut, range, [&](uint32_t month, uint32_t slot) {
      const absl::CivilDay day = absl::CivilDay(CivilMonthOf(static_cast<int32_t>(month))) + slot;
      Add(DayStartMinute(group.zone, day), DayStartMinute(group.zone, day + 1), extent);
    }));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Extent> FindExtent(const PageSet& pages, bool all_pages, const Cut& cut) {
  Extent extent;
  for (const PageSet::ZoneGroup& group : pages.zones) {
    RETURN_IF_ERROR(AddRows(group, cut, &extent));
  }
  const auto add = [&](DeltaBatch batch) {
    for (const Delta* delta : batch) Add(delta->minute, delta->minute + 1, &extent);
  };
  cut.VisitDeltas(all_pages ? absl::Span<const uint32_t>() : pages.ids, {}, add);
  return extent;
}

absl::StatusOr<Extent> FindExtent(uint32_t page, const Catalog& catalog, const Cut& cut) {
  const absl::TimeZone zone = catalog.PageTimeZone(page);
  return FindExtent(PageSet{.zone = zone, .ids = {page}, .zones = {{zone, {page}}}}, false, cut);
}

}  // namespace pagepulse
