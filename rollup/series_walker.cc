#include "rollup/series_walker.h"

namespace pagepulse {
namespace {

constexpr uint32_t kMinutesPerDay = 1440;

}  // namespace

SeriesWalker::SeriesWalker(Scope scope, std::string* bytes, Lists* lists)
    : scope_(scope), bytes_(bytes), lists_(lists), month_(Level::kMonth, ShapeOf(scope)) {
  if (scope == Scope::kPage) open_.emplace_back(Level::kMinute, ShapeOf(scope));
  open_.emplace_back(scope == Scope::kDetail ? Level::kQuarter : Level::kDay, ShapeOf(scope));
}

void SeriesWalker::Walk(const PageCalendar& calendar, const Series& series, const Change* changes) {
  page_ = series.page;
  member_ = series.member;
  source_ = series.source;
  Open* const coarsest = &open_.back();
  for (const KeyedPlace& place : series.by_time) {
    const Change change = changes[place.index];
    for (Open* at = change.minute() < minutes_from_ ? coarsest : &open_.front();; ++at) {
      if (change.minute() >= at->end) MoveTo(at, change.minute(), calendar);
      at->cell.Add(change);
      if (at == coarsest) break;
    }
  }
  for (Open& at : open_) {
    FinishCell(&at);
    FinishRow(&at);
  }
  FinishCell(&month_);
  FinishRow(&month_);
}

void SeriesWalker::MoveTo(Open* at, uint32_t minute, const PageCalendar& calendar) {
  if (at->level != Level::kDay) {
    const uint32_t step = at->level == Level::kMinute ? 1 : 15;
    return MoveTo(at, minute / kMinutesPerDay, minute % kMinutesPerDay / step,
                  (int64_t{minute / step} + 1) * step);
  }
  const PageCalendar::Day& day = calendar.Find(minute);
  MoveTo(at, day.month, day.slot, day.end);
  MoveTo(&month_, day.month, 0, 0);
}

void SeriesWalker::MoveTo(Open* at, uint32_t period, uint32_t slot, int64_t end) {
  // A month stays open while its days go by.
  if (at->used && (at->period != period || at->slot != slot)) FinishCell(at);
  if (at->period != period) FinishRow(at);
  at->used = true;
  at->period = period;
  at->slot = slot;
  at->end = end;
}

void SeriesWalker::FinishCell(Open* at) {
  if (!at->used) return;
  at->cell.Finish(at->slot, &at->row, at->level == Level::kDay ? &month_.cell : nullptr);
  at->used = false;
  at->end = 0;
}

void SeriesWalker::FinishRow(Open* at) {
  if (at->row.empty()) return;
  const size_t offset = bytes_->size();
  at->row.Finish(bytes_);
  (*lists_)[static_cast<size_t>(at->level) - 1].push_back(
      {.key = {scope_, at->level, at->period, page_, member_},
       .source = source_,
       .length = static_cast<uint32_t>(bytes_->size() - offset),
       .offset = offset});
}

}  // namespace pagepulse
