#include "query/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "model/time_zone.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

// The part of the metric that totals under this name make where the platform is its authority.
std::optional<AuthorityMetric> PartOf(std::string_view metric, std::string_view report) {
  if (report == "followers" && metric.starts_with("follows")) return AuthorityMetric::kFollows;
  if (report == "views" && (metric == "views" || metric == "engagement_rate")) {
    return AuthorityMetric::kViews;
  }
  return std::nullopt;
}

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
