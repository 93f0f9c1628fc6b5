#include "query/time_range.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/time_zone.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

absl::CivilDay DayOf(int64_t minute, const absl::TimeZone& zone) {
  return absl::ToCivilDay(absl::FromUnixSeconds(minute * 60), zone);
}

bool StartsDay(int64_t minute, const absl::TimeZone& zone) {
  return DayStartMinute(zone, DayOf(minute, zone)) == minute;
}

absl::Status BadRange(std::string_view message, std::string_view hint) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_range", message, hint);
}

int64_t BoundMinute(const TimeBound& bound, const absl::TimeZone& zone, bool is_end) {
  if (!bound.is_day) return bound.minute;
  return DayStartMinute(zone, bound.day + (is_end ? 1 : 0));
}

}  // namespace

absl::StatusOr<TimeRange> ResolveRange(const QuerySpec& spec, const absl::TimeZone& zone,
                                       int64_t now_ms, const KeptRows& kept,
                                       std::vector<std::string>* warnings) {
  const int64_t now = FloorTo(now_ms, 60'000) / 60'000;
  TimeRange range{.zone = zone, .ends_now = !spec.to};
  range.to = spec.to ? BoundMinute(*spec.to, zone, true) : CeilTo(now + 1, kept.GrainAt(now));
  if (spec.from) {
    range.from = BoundMinute(*spec.from, zone, false);
  } else if (spec.last->unit == Last::Unit::kDay) {
    range.from = DayStartMinute(zone, DayOf(now, zone) - (spec.last->count - 1));
  } else {
    range.rolling = true;
    const int64_t length = spec.last->count * (spec.last->unit == Last::Unit::kHour ? 60 : 1);
    const int64_t exact = now + 1 - length;
    range.from = FloorTo(exact, kept.GrainAt(exact));
    if (range.from != exact) {
      warnings->push_back(
          fmt::format("the range begins at {} and not at {}: finer rows are not kept there",
                      FormatMinute(range.from, zone), FormatMinute(exact, zone)));
    }
  }
  if (range.from >= range.to) {
    return range.ends_now ? BadRange("`from` is in the future", "give a `to` as well")
                          : BadRange("the range is empty: `from` is not before `to`",
                                     "a day given as `to` is included, an instant is not");
  }
  if (StartsDay(range.from, zone)) {
    range.days = DayOf(range.to - 1, zone) - DayOf(range.from, zone) + 1;
  }
  return range;
}

namespace {

// The instant at which the zone's offset next changes, after `minute`.
int64_t NextOffsetChange(int64_t minute, const absl::TimeZone& zone) {
  absl::TimeZone::CivilTransition change;
  if (!zone.NextTransition(absl::FromUnixSeconds(minute * 60), &change)) return KeptRows::kNever;
  // Of a gap the first civil second is missing, of a repetition it is there twice.
  const absl::CivilSecond marker = change.to > change.from ? change.from : change.to;
  return absl::ToUnixSeconds(zone.At(marker).trans) / 60;
}

// Walks over the natural buckets of a step, from the one that holds a given minute.
class BucketWalk {
 public:
  BucketWalk(Step step, const absl::TimeZone& zone, int64_t minute) : step_(step), zone_(zone) {
    switch (step) {
      case Step::kMinute:
      case Step::kQuarter:
        start_ = FloorTo(minute, Unit());
        end_ = start_ + Unit();
        break;
      case Step::kHour:
        StartHour(minute);
        break;
      default:
        day_ = FirstDay(DayOf(minute, zone));
        start_ = DayStartMinute(zone, day_);
        end_ = DayStartMinute(zone, NextDay(day_));
    }
  }

  int64_t start() const { return start_; }
  int64_t end() const { return end_; }

  void Next() {
    start_ = end_;
    if (step_ == Step::kMinute || step_ == Step::kQuarter) {
      end_ = start_ + Unit();
    } else if (step_ == Step::kHour) {
      end_ = HourEnd();
    } else {
      do {  // passes over a day that has no instant
        day_ = NextDay(day_);
        end_ = DayStartMinute(zone_, NextDay(day_));
      } while (end_ <= start_);
    }
  }

 private:
  int64_t Unit() const { return step_ == Step::kMinute ? 1 : 15; }

  int64_t OffsetAt(int64_t minute) const {
    return zone_.At(absl::FromUnixSeconds(minute * 60)).offset / 60;
  }

  // A civil hour ends with the clock's full hour, or where the clock is moved: an hour that is
  // repeated, in whole or in part, is another bucket.
  void StartHour(int64_t minute) {
    offset_ = OffsetAt(minute);
    start_ = FloorTo(minute + offset_, 60) - offset_;
    while (OffsetAt(start_) != offset_) ++start_;
    change_ = NextOffsetChange(start_, zone_);
    end_ = HourEnd();
  }
  int64_t HourEnd() {
    if (start_ >= change_) {
      offset_ = OffsetAt(start_);
      change_ = NextOffsetChange(start_, zone_);
    }
    return std::min(FloorTo(start_ + offset_, 60) + 60 - offset_, change_);
  }

  absl::CivilDay FirstDay(absl::CivilDay day) const {
    switch (step_) {
      case Step::kWeek:
        return absl::PrevWeekday(day + 1, absl::Weekday::monday);
      case Step::kMonth:
        return absl::CivilDay(absl::CivilMonth(day));
      case Step::kYear:
        return absl::CivilDay(absl::CivilYear(day));
      default:
        return day;
    }
  }
  absl::CivilDay NextDay(absl::CivilDay day) const {
    switch (step_) {
      case Step::kWeek:
        return day + 7;
      case Step::kMonth:
        return absl::CivilDay(absl::CivilMonth(day) + 1);
      case Step::kYear:
        return absl::CivilDay(absl::CivilYear(day) + 1);
      default:
        return day + 1;
    }
  }

  const Step step_;
  const absl::TimeZone zone_;
  int64_t start_ = 0, end_ = 0;
  int64_t offset_ = 0, change_ = 0;  // of hours: the offset, and when it ends
  absl::CivilDay day_;               // of days and more: the first
};

}  // namespace

absl::StatusOr<Buckets> MakeBuckets(Step step, const TimeRange& range, int64_t now_ms) {
  Buckets buckets;
  buckets.edges.push_back(range.from);
  if (step == Step::kTotal) {
    buckets.edges.push_back(range.to);
    buckets.labels.push_back(range.from);
    buckets.partial.push_back(range.to * 60'000 > now_ms);
    return buckets;
  }
  for (BucketWalk walk(step, range.zone, range.from); walk.start() < range.to; walk.Next()) {
    if (buckets.size() == kMaxBuckets) {
      return MakeError(absl::StatusCode::kInvalidArgument, "too_large",
                       fmt::format("the range has more than {} buckets of this step", kMaxBuckets),
                       "ask for a coarser step or a shorter range");
    }
    buckets.labels.push_back(walk.start());
    buckets.edges.push_back(std::min(walk.end(), range.to));
    buckets.partial.push_back(walk.start() < range.from || walk.end() > range.to ||
                              walk.end() * 60'000 > now_ms);
  }
  return buckets;
}

namespace {

// Moves instants back in civil time; the start of a day stays the start of a day.
int64_t ShiftCivil(int64_t minute, const absl::TimeZone& zone, Compare compare, int64_t days) {
  const absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixSeconds(minute * 60), zone);
  absl::CivilDay day(civil);
  const bool starts_day = DayStartMinute(zone, day) == minute;
  // 29 February goes to 1 March where the other year has none.
  day = compare == Compare::kYear ? absl::CivilDay(day.year() - 1, day.month(), day.day())
                                  : day - days;
  if (starts_day) return DayStartMinute(zone, day);
  const absl::CivilSecond moved(day.year(), day.month(), day.day(), civil.hour(), civil.minute());
  return absl::ToUnixSeconds(absl::FromCivil(moved, zone)) / 60;
}

int64_t Shift(int64_t minute, const TimeRange& range, Compare compare) {
  if (compare == Compare::kPrevious && range.days == 0) return minute - (range.to - range.from);
  return ShiftCivil(minute, range.zone, compare, compare == Compare::kWeekday ? 364 : range.days);
}

}  // namespace

Buckets ShiftBuckets(const Buckets& buckets, const TimeRange& range, Compare compare,
                     const KeptRows& kept) {
  Buckets shifted;
  for (const int64_t edge : buckets.edges) {
    const int64_t moved = Shift(edge, range, compare);
    // Where the clock is put back, two instants may change places.
    shifted.edges.push_back(shifted.edges.empty() ? moved : std::max(moved, shifted.edges.back()));
  }
  // Edges that no one asked for by name may lie where the finest rows are gone.
  if (range.rolling) {
    int64_t& first = shifted.edges.front();
    first = FloorTo(first, kept.GrainAt(first));
  }
  if (range.ends_now) {
    int64_t& last = shifted.edges.back();
    last = CeilTo(last, kept.GrainAt(last - 1));
  }
  for (size_t i = 0; i < buckets.size(); ++i) {
    const bool whole = buckets.labels[i] == buckets.edges[i];
    shifted.labels.push_back(whole ? shifted.edges[i] : Shift(buckets.labels[i], range, compare));
  }
  shifted.partial.assign(buckets.size(), false);
  return shifted;
}

}  // namespace pagepulse
