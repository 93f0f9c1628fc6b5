#include "query/extent.h"

#include <algorithm>
#include <optional>

#include "base/status_macros.h"
#include "model/time_zone.h"
#include "rollup/row.h"

namespace pagepulse {
namespace {

void Add(int64_t first, int64_t end, Extent* extent) {
  extent->first = std::min(extent->first, first);
  extent->end = std::max(extent->end, end);
}

absl::Status AddRows(const PageSet::ZoneGroup& group, const Cut& cut, Extent* extent) {
  std::optional<uint32_t> first, last;
  // Of what was taken back no counter is left, though people may be.
  const auto note_month = [&](const RowKey& key, std::string_view bytes) -> absl::Status {
    ASSIGN_OR_RETURN(const RowView row, RowView::Open(bytes));
    if (!row.has_counters()) return absl::OkStatus();
    if (!first) first = key.period;
    last = key.period;
    return absl::OkStatus();
  };
  RowRange range{.level = Level::kMonth,
                 .last_period = std::numeric_limits<uint32_t>::max(),
                 .pages = group.scan_pages};
  RETURN_IF_ERROR(cut.rows().Scan(range, note_month));
  if (!first) return absl::OkStatus();

  const auto add_days = [&](const RowKey& key, std::string_view bytes) -> absl::Status {
    const absl::CivilDay month(CivilMonthOf(static_cast<int32_t>(key.period)));
    ASSIGN_OR_RETURN(const RowView row, RowView::Open(bytes));
    return row.VisitCounters([&](uint32_t slot, CounterId, int64_t) {
      Add(DayStartMinute(group.zone, month + slot), DayStartMinute(group.zone, month + slot + 1),
          extent);
    });
  };
  range.level = Level::kDay;
  for (const uint32_t period : {*first, *last}) {
    range.first_period = range.last_period = period;
    RETURN_IF_ERROR(cut.rows().Scan(range, add_days));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Extent> FindExtent(const PageSet& pages, bool all_pages, const Cut& cut) {
  Extent extent;
  for (const PageSet::ZoneGroup& group : pages.zones) {
    RETURN_IF_ERROR(AddRows(group, cut, &extent));
  }
  const auto add = [&](const Delta& delta) { Add(delta.minute, delta.minute + 1, &extent); };
  cut.VisitDeltas(all_pages ? absl::Span<const uint32_t>() : pages.ids, add);
  return extent;
}

absl::StatusOr<Extent> FindExtent(uint32_t page, const Catalog& catalog, const Cut& cut) {
  const absl::TimeZone zone = catalog.PageTimeZone(page);
  return FindExtent(PageSet{.zone = zone, .ids = {page}, .zones = {{zone, {page}}}}, false, cut);
}

}  // namespace pagepulse
