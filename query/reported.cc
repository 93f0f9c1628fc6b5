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

// What a metric is made of, each the platform's or our own.
std::vector<AuthorityMetric> PartsOf(std::string_view metric) {
  using enum AuthorityMetric;
  if (metric == "engagement_rate") return {kViews, kReactions, kComments, kShares};
  const std::string_view base = metric.substr(0, metric.find('.'));
  if (base == "interactions") return {kReactions, kComments, kShares};
  for (int i = 0; i < kAuthorityMetrics; ++i) {
    const auto part = static_cast<AuthorityMetric>(i);
    if (base == AuthorityMetricName(part)) return {part};
  }
  return {};
}

// The pages on which the platform's totals make one of the metric's parts, by name.
std::vector<std::string> PlatformsPages(const std::vector<AuthorityMetric>& parts,
                                        const PageSet& pages, const Catalog& catalog,
                                        const Cut& cut) {
  std::vector<std::string> names;
  for (const uint32_t page : pages.ids) {
    const bool theirs = std::any_of(parts.begin(), parts.end(), [&](AuthorityMetric part) {
      return cut.IsPlatforms(page, part);
    });
    if (theirs) names.push_back(catalog.PageName(page));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The part of the metric that totals under this name make where the platform is its authority.
std::optional<AuthorityMetric> PartOf(std::string_view metric, std::string_view report) {
  if (report == "followers" && metric.starts_with("follows")) return AuthorityMetric::kFollows;
  if (report == "views" && (metric == "views" || metric == "engagement_rate")) {
    return AuthorityMetric::kViews;
  }
  return std::nullopt;
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
      first_total_ms_(table.reports, std::numeric_limits<int64_t>::max()) {
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
    });
  }
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

Value ReportedValues::Find(const Points& points, const Interval& interval, size_t report) {
  const int64_t days = interval.whole ? interval.end_day - interval.first_day : 0;
  if (days > 0 && days <= UINT16_MAX) {
    const auto exact = LastOf(points, static_cast<uint16_t>(days), interval.end_day - 1);
    if (exact != points.end()) {
      const int64_t end = exact->end_ms / 60'000;
      if (end != 0 && end != interval.to) foreign_[report] = end;
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
  return total.value;
}

Value ReportedValues::NotFound(const Points& points, const Interval& interval, size_t report) {
  finer_[report] =
      finer_[report] || std::any_of(points.begin(), points.end(), [&](const auto& p) {
        return p.days > 0 && p.day + 1 - p.days >= interval.first_day && p.day < interval.end_day;
      });
  return std::monostate();
}

void ReportedValues::FindAll(Tally::GroupKey key, int64_t from, int64_t to, Value* values) {
  const Series* const series = SeriesOf(key);
  if (series == nullptr || from >= to) return;
  const Interval interval(catalog_.PageTimeZone(key.page != 0 ? key.page : pages_.ids[0]), from,
                          to);
  for (size_t report = 0; report < table_.reports; ++report) {
    values[report] = Find((*series)[report], interval, report);
  }
}

absl::Status ReportedValues::LookUp(const Tally& tally, const Buckets& buckets,
                                    const Buckets* other, std::vector<std::string>* warnings) {
  if (table_.reports == 0) return absl::OkStatus();
  buckets_ = buckets.size() * (other != nullptr ? 2 : 1);
  if (tally.groups() * buckets_ * table_.reports > kMaxCells) {
    return MakeError(absl::StatusCode::kInvalidArgument, "too_large",
                     "the answer has more groups and buckets than fit in memory",
                     "ask for a coarser step, a shorter range or fewer groupings");
  }
  cells_.resize(tally.groups() * buckets_ * table_.reports);
  totals_.resize(2 * table_.reports);
  Value* cell = cells_.data();
  for (size_t group = 0; group < tally.groups(); ++group) {
    for (const Buckets* b : {&buckets, other}) {
      for (size_t i = 0; b != nullptr && i < b->size(); ++i, cell += table_.reports) {
        FindAll(tally.key(group), b->edges[i], b->edges[i + 1], cell);
      }
    }
  }
  // Of everything that matches: the page, or the one post that is filtered by. No page of several.
  const bool one_page = pages_.ids.size() == 1;
  const bool one = one_page && (by_post_ ? spec_.posts.empty() : true);
  for (const Buckets* b : {&buckets, other}) {
    if (b == nullptr || !one) continue;
    FindAll({}, b->edges.front(), b->edges.back(),
            totals_.data() + (b == other ? table_.reports : 0));
  }
  several_ = (!by_page_ && !one_page) || (!by_post_ && members_.named.size() > 1);
  Warn(warnings);
  return absl::OkStatus();
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
  return cells_.data() + (group * buckets_ + bucket) * table_.reports;
}

const Value* ReportedValues::totals(bool other) const {
  return table_.reports == 0 ? nullptr : totals_.data() + (other ? table_.reports : 0);
}

void ReportedValues::Describe(std::vector<MetricColumn>* columns) const {
  for (size_t i = 0; i < columns->size(); ++i) {
    const Metric& metric = table_.metrics[i];
    MetricColumn& column = (*columns)[i];
    if (metric.kind != MetricKind::kReported) {
      column.platforms_pages = PlatformsPages(PartsOf(metric.name), pages_, catalog_, cut_);
    } else if (const int64_t end = foreign_[metric.report]; end != 0) {
      column.days_end = FormatMinute(end, pages_.zone);
    }
  }
}

namespace {

// The pages on which totals under this name make the metric.
std::vector<uint32_t> PagesMadeOf(std::string_view metric, std::string_view report,
                                  const DefinitionQuestion& in) {
  const std::optional<AuthorityMetric> part = PartOf(metric, report);
  std::vector<uint32_t> pages;
  if (!part) return pages;
  std::copy_if(in.pages.ids.begin(), in.pages.ids.end(), std::back_inserter(pages),
               [&](uint32_t page) { return in.cut.IsPlatforms(page, *part); });
  return pages;
}

// How far back the values of a metric that the growth of `report` makes reach: to the earliest of
// the totals before the first ones in [from, to), minutes. `from` where there is none.
int64_t GrowthSince(std::string_view report, absl::Span<const uint32_t> pages,
                    const DefinitionQuestion& in, int64_t from, int64_t to) {
  const std::optional<uint16_t> id = in.catalog.FindReport(report);
  int64_t since = from;
  if (!id || in.members.nothing) return since;
  const bool of_posts = report != "followers";
  for (const uint32_t page : pages) {
    uint32_t last_post = 0;
    std::optional<int64_t> before;  // the post's total before this one, minute
    in.cut.VisitReported(page, *id, [&](uint32_t post, const ReportedPoint& point) {
      if (point.days > 0 || (post != 0) != of_posts) return;
      if (in.members.scope == Scope::kPost && !in.members.Of(post, 0)) return;
      if (post != last_post) before.reset();
      last_post = post;
      const int64_t minute = point.as_of_ms / 60'000;
      if (before && minute >= from && minute < to) since = std::min(since, *before);
      before = minute;
    });
  }
  return since;
}

}  // namespace

void WarnOfDefinitions(const DefinitionQuestion& in, QueryResult* result) {
  int64_t from = in.buckets.edges.front(), to = in.buckets.edges.back();
  if (in.other != nullptr) {
    from = std::min(from, in.other->edges.front());
    to = std::max(to, in.other->edges.back());
  }
  for (const Metric& metric : in.table.metrics) {
    for (const DefinitionChange& change : DefinitionChanges()) {
      const int64_t start = DayStartMinute(in.pages.zone, change.day);
      if (start >= to) continue;
      int64_t since = from;
      if (metric.kind == MetricKind::kReported) {
        if (metric.name.substr(metric.name.find('.') + 1) != change.metric) continue;
        since = std::min(since, in.reported.FirstTotalMs(metric.report) / 60'000);
      } else {
        const std::vector<uint32_t> pages = PagesMadeOf(metric.name, change.metric, in);
        if (pages.empty()) continue;
        if (start <= from) since = GrowthSince(change.metric, pages, in, from, to);
      }
      if (start <= since) continue;
      const std::string day = FormatMinute(start, in.pages.zone).substr(0, 10);
      result->definitions.push_back({metric.name, std::string(change.metric), day});
      result->warnings.push_back(
          fmt::format("{}: {} on {}; what lies before and behind that day does not compare{}",
                      metric.name, change.what, day,
                      start > from ? "" : ", and a total of before it is shown or counted from"));
    }
  }
}

}  // namespace pagepulse
