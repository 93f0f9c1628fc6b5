#include "query/reported.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/time_zone.h"
#include "query/answer.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxCells = (512 << 20) / sizeof(Value);

// The last one of the period, or end().
std::vector<ReportedPoint>::const_iterator LastOf(const std::vector<ReportedPoint>& points,
                                                  uint16_t days, int32_t day) {
  const auto after = [&](const ReportedPoint& p) {
    return std::make_pair(p.days, p.day) <= std::make_pair(days, day);
  };
  const auto end = std::partition_point(points.begin(), points.end(), after);
  if (end == points.begin()) return points.end();
  const auto last = std::prev(end);
  return last->days == days && last->day == day ? last : points.end();
}

}  // namespace

ReportedValues::ReportedValues(const QuerySpec& spec, const PageSet& pages,
                               const MemberSet& members, const MetricTable& table,
                               const Catalog& catalog, const Cut& cut)
    : spec_(spec),
      pages_(pages),
      members_(members),
      table_(table),
      catalog_(catalog),
      cut_(cut),
      by_page_(GroupsBy(spec, Grouping::kPage)),
      by_post_(GroupsBy(spec, Grouping::kPost)),
      finer_(table.reports),
      foreign_(table.reports),
      passed_over_(table.reports),
      first_total_ms_(table.reports, std::numeric_limits<int64_t>::max()),
      days_(table.reports),
      shown_(table.reports) {
  if (table.reports == 0 || members.scope == Scope::kSource) return;
  if (!by_page_ && pages.ids.size() != 1) return;
  for (const uint32_t page : pages.ids) Read(page);
}

void ReportedValues::Read(uint32_t page) {
  for (const Metric& metric : table_.metrics) {
    if (metric.kind != MetricKind::kReported || metric.report_id == 0) continue;
    cut_.VisitReported(page, metric.report_id, [&](uint32_t post, const ReportedPoint& point) {
      Series& series = series_[{page, post}];
      series.resize(table_.reports);
      series[metric.report].push_back(point);
      if (post == 0 || members_.scope == Scope::kPost) AddDays(metric.report, point);
    });
  }
}

void ReportedValues::AddDays(size_t report, const ReportedPoint& point) {
  if (point.days == 0) return;
  days_[report].first = std::min(days_[report].first, point.day + 1 - point.days);
  days_[report].last = std::max(days_[report].last, point.day);
}

absl::Status ReportedValues::AddGroups(Tally* tally) const {
  if (!by_page_ && !by_post_) return absl::OkStatus();
  for (const auto& [key, series] : series_) {
    const auto [page, post] = key;
    if (by_post_ && !members_.Of(post, 0)) continue;
    if (!by_post_ && post != 0) continue;
    RETURN_IF_ERROR(tally->AddGroup({page, post}));
  }
  return absl::OkStatus();
}

// A part that does not tell groups apart is 0; then it is the only one that was asked for.
const ReportedValues::Series* ReportedValues::SeriesOf(Tally::GroupKey key) const {
  const uint32_t page = key.page != 0 ? key.page : pages_.ids.size() == 1 ? pages_.ids[0] : 0;
  uint32_t post = key.member;
  if (!by_post_ && members_.scope == Scope::kPost) {
    if (members_.ids.size() != 1 || members_.named.size() != 1) return nullptr;
    post = members_.ids[0];
  }
  const auto it = series_.find({page, post});
  return it == series_.end() ? nullptr : &it->second;
}

ReportedValues::Interval::Interval(const absl::TimeZone& zone, int64_t from_minute,
                                   int64_t to_minute)
    : to(to_minute) {
  ZoneCursor cursor(zone);
  const absl::CivilDay first = cursor.DayOf(from_minute), end = cursor.DayOf(to_minute);
  const bool begins = DayStartMinute(zone, first) == from_minute;
  first_day = DayNumber(first) + (begins ? 0 : 1);
  end_day = DayNumber(end);
  whole = begins && DayStartMinute(zone, end) == to_minute;
}

Value ReportedValues::Find(const Points& points, const Interval& interval, size_t report,
                           size_t bucket) {
  const int64_t days = interval.whole ? interval.end_day - interval.first_day : 0;
  if (days > 0 && days <= UINT16_MAX) {
    const auto exact = LastOf(points, static_cast<uint16_t>(days), interval.end_day - 1);
    if (exact != points.end()) {
      const int64_t end = exact->end_ms / 60'000;
      if (end != 0 && end != interval.to) foreign_[report] = end;
      shown_[report].days = true;
      return exact->value;
    }
  }
  // Totals come first, in the order of as_of_ms.
  if (spec_.reported_periods_only) {
    passed_over_[report] = passed_over_[report] || (!points.empty() && points.front().days == 0);
    return NotFound(points, interval, report);
  }
  const auto next = std::partition_point(points.begin(), points.end(), [&](const auto& p) {
    return p.days == 0 && p.as_of_ms < interval.to * 60'000;
  });
  if (next == points.begin()) return NotFound(points, interval, report);
  const ReportedPoint& total = *std::prev(next);
  first_total_ms_[report] = std::min(first_total_ms_[report], total.as_of_ms);
  if (bucket == kTotals) {
    shown_[report].in_totals = true;
  } else {
    shown_[report].in_buckets[bucket] = true;
  }
  return total.value;
}

Value ReportedValues::NotFound(const Points& points, const Interval& interval, size_t report) {
  finer_[report] =
      finer_[report] || std::any_of(points.begin(), points.end(), [&](const auto& p) {
        return p.days > 0 && p.day + 1 - p.days >= interval.first_day && p.day < interval.end_day;
      });
  return std::monostate();
}

void ReportedValues::FindAll(Tally::GroupKey key, int64_t from, int64_t to, size_t bucket,
                             Value* values) {
  const Series* const series = SeriesOf(key);
  if (series == nullptr || from >= to) return;
  const Interval interval(catalog_.PageTimeZone(key.page != 0 ? key.page : pages_.ids[0]), from,
                          to);
  for (size_t report = 0; report < table_.reports; ++report) {
    values[report] = Find((*series)[report], interval, report, bucket);
  }
}

absl::Status ReportedValues::LookUp(const Tally& tally, const Buckets& buckets,
                                    const Buckets* other, std::vector<std::string>* warnings) {
  if (table_.reports == 0) return absl::OkStatus();
  labels_ = buckets.labels;
  if (other != nullptr) labels_.insert(labels_.end(), other->labels.begin(), other->labels.end());
  if (tally.groups() * labels_.size() * table_.reports > kMaxCells) {
    return MakeError(absl::StatusCode::kInvalidArgument, "too_large",
                     "the answer has more groups and buckets than fit in memory",
                     "ask for a coarser step, a shorter range or fewer groupings");
  }
  for (Shown& shown : shown_) shown.in_buckets.resize(labels_.size());
  cells_.resize(tally.groups() * labels_.size() * table_.reports);
  totals_.resize(2 * table_.reports);
  Value* cell = cells_.data();
  for (size_t group = 0; group < tally.groups(); ++group) {
    size_t bucket = 0;
    for (const Buckets* b : {&buckets, other}) {
      for (size_t i = 0; b != nullptr && i < b->size(); ++i, cell += table_.reports) {
        FindAll(tally.key(group), b->edges[i], b->edges[i + 1], bucket++, cell);
      }
    }
  }
  // Of everything that matches: the page, or the one post that is filtered by. No page of several.
  const bool one_page = pages_.ids.size() == 1;
  const bool one = one_page && (by_post_ ? spec_.posts.empty() : true);
  for (const Buckets* b : {&buckets, other}) {
    if (b == nullptr || !one) continue;
    FindAll({}, b->edges.front(), b->edges.back(), kTotals,
            totals_.data() + (b == other ? table_.reports : 0));
  }
  several_ = (!by_page_ && !one_page) || (!by_post_ && members_.named.size() > 1);
  Warn(warnings);
  return absl::OkStatus();
}

void ReportedValues::WarnOfTotals(const Metric& metric, std::vector<std::string>* warnings) const {
  std::vector<std::string> times = TimesOfTotals(metric.report);
  if (times.empty()) return;
  const bool in_totals = shown_[metric.report].in_totals;
  if (in_totals) times.pop_back();
  std::string where = in_totals ? "the totals" : "";
  if (!times.empty()) {
    where = fmt::format("{} buckets, the first {}, the last {}{}", times.size(), times.front(),
                        times.back(), in_totals ? ", and the totals" : "");
  }
  warnings->push_back(
      fmt::format("{} shows figures of days, but where there is none a total since the beginning, "
                  "as it stood then: in {}",
                  metric.name, where));
}

void ReportedValues::Warn(std::vector<std::string>* warnings) const {
  if (members_.scope == Scope::kSource) {
    warnings->push_back("platforms do not report by source: reported.* is null");
  }
  if (several_ && members_.scope != Scope::kSource) {
    warnings->push_back(
        "what is reported of several pages or posts is not added up: ask by=page or by=post");
  }
  for (const Metric& metric : table_.metrics) {
    if (metric.kind != MetricKind::kReported) continue;
    if (metric.report_id == 0) {
      warnings->push_back(fmt::format("nothing was reported as {} yet", metric.name));
    } else if (finer_[metric.report]) {
      warnings->push_back(
          fmt::format("{} is reported for other periods than were asked for, and is not added up: "
                      "by=time:day shows days",
                      metric.name));
    }
    if (shown_[metric.report].days) WarnOfTotals(metric, warnings);
    if (passed_over_[metric.report]) {
      warnings->push_back(
          fmt::format("{} is reported as totals since the beginning too, which do not compare with "
                      "what was counted in some time: they are not shown here",
                      metric.name));
    }
    if (const int64_t end = foreign_[metric.report]; end != 0) {
      warnings->push_back(
          fmt::format("days of {} are the platform's and not the page's: one ends at {}",
                      metric.name, FormatMinute(end, pages_.zone)));
    }
  }
}

const Value* ReportedValues::cell(size_t group, size_t bucket) const {
  if (table_.reports == 0) return nullptr;
  return cells_.data() + (group * labels_.size() + bucket) * table_.reports;
}

const Value* ReportedValues::totals(bool other) const {
  return table_.reports == 0 ? nullptr : totals_.data() + (other ? table_.reports : 0);
}

// The times of the buckets that show one, and `totals`; each time once.
std::vector<std::string> ReportedValues::TimesOfTotals(size_t report) const {
  std::vector<std::string> times;
  for (size_t bucket = 0; bucket < labels_.size(); ++bucket) {
    if (!shown_[report].in_buckets[bucket]) continue;
    times.push_back(FormatMinute(labels_[bucket], pages_.zone));
  }
  if (shown_[report].in_totals) times.emplace_back("totals");
  return times;
}

void ReportedValues::Describe(std::vector<MetricColumn>* columns) const {
  for (size_t i = 0; i < columns->size(); ++i) {
    const Metric& metric = table_.metrics[i];
    if (metric.kind != MetricKind::kReported) continue;
    MetricColumn& column = (*columns)[i];
    column.total_times = TimesOfTotals(metric.report);
    column.only_totals = !column.total_times.empty() && !shown_[metric.report].days;
    if (const DayRange& days = days_[metric.report]; days.first <= days.last) {
      for (const int32_t day : {days.first, days.last}) {
        column.reported_days.push_back(absl::FormatCivilTime(CivilDayOf(day)));
      }
    }
    if (const int64_t end = foreign_[metric.report]; end != 0) {
      column.days_end = FormatMinute(end, pages_.zone);
    }
  }
}

}  // namespace pagepulse
