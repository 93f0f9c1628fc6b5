#include "rollup/series_walker.h"

namespace pagepulse {
namespace {

constexpr uint32_t kMinutesPerDay = 1440;

}  // namespace

SeriesWalker::SeriesWalker(Scope scope, std::string* bytes, Lists* lists)
    : scope_(scope),
      bytes_(bytes),
      lists_(lists),
      open_{Open(Level::kMinute, ShapeOf(scope)), Open(Level::kQuarter, ShapeOf(scope)),
            Open(Level::kHour, ShapeOf(scope)), Open(Level::kDay, ShapeOf(scope)),
            Open(Level::kMonth, ShapeOf(scope))} {}

void SeriesWalker::Walk(const PageCalendar& calendar, uint32_t member,
                        absl::Span<const Delta> by_time) {
  page_ = by_time.front().page;
  member_ = member;
  for (const Delta& delta : by_time) {
    // A month is the sum of its days; the hours are poured into directly, since most quarters of
    // an hour hold too little for sorting them to help.
    Open* at = &open(delta.minute < minutes_from_ ? Level::kQuarter : Level::kMinute);
    for (; at != &open(Level::kMonth); ++at) {
      if (delta.minute >= at->end) MoveTo(at, delta.minute, calendar);
      at->cell.Add(delta);
    }
  }
  for (Open& at : open_) {
    FinishCell(&at);
    FinishRow(&at);
  }
}

template <uint32_t kStep>
void SeriesWalker::MoveToSlot(Open* at, uint32_t minute) {
  MoveTo(at, minute / kMinutesPerDay, minute % kMinutesPerDay / kStep,
         (int64_t{minute / kStep} + 1) * kStep);
}

void SeriesWalker::MoveTo(Open* at, uint32_t minute, const PageCalendar& calendar) {
  switch (at->level) {
    case Level::kMinute:
      return MoveToSlot<1>(at, minute);
    case Level::kQuarter:
      return MoveToSlot<15>(at, minute);
    case Level::kHour:
      return MoveToSlot<60>(at, minute);
    case Level::kDay:
    case Level::kMonth:
      break;
  }
  const PageCalendar::Day& day = calendar.Find(minute);
  MoveTo(at, day.month, day.slot, day.end);
  MoveTo(&open(Level::kMonth), day.month, 0, 0);
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
  Cell* const month = at->level == Level::kDay ? &open(Level::kMonth).cell : nullptr;
  at->cell.Finish(at->slot, &at->row, month);
  at->used = false;
  at->end = 0;
}

void SeriesWalker::FinishRow(Open* at) {
  if (at->row.empty()) return;
  const size_t offset = bytes_->size();
  at->row.Finish(bytes_);
  (*lists_)[static_cast<size_t>(at->level) - 1].push_back(
      {{scope_, at->level, at->period, page_, member_}, offset, bytes_->size() - offset});
}

}  // namespace pagepulse
