#include "query/only_reported.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "model/time_zone.h"

namespace pagepulse {
namespace {

constexpr int64_t kDayMinutes = 1440;

class Finder {
 public:
  Finder(const OnlyReportedQuestion& question, QueryResult* result)
      : in_(question),
        result_(*result),
        by_page_(GroupsBy(question.spec, Grouping::kPage)),
        from_(question.buckets.edges.front()),
        to_(question.buckets.edges.back()) {}

  void Find() {
    for (const Metric& metric : in_.table.metrics) {
      const Makeup makeup = MakeupOf(metric.name);
      if (makeup.parts == 0 || metric.kind == MetricKind::kRatio) continue;
      const std::vector<uint32_t> empty = PagesWithout(metric);
      const size_t before = result_.only_reported.size();
      for (const uint32_t page : empty) {
        if ((in_.authorities.Theirs(page) & makeup.parts) == 0) Look(metric.name, makeup, page);
      }
      if (result_.only_reported.size() > before) Warn(before);
    }
  }

 private:
  // On which nothing of it happened; of all of them together where they are not told apart.
  std::vector<uint32_t> PagesWithout(const Metric& metric) const {
    std::vector<uint32_t> with;
    for (size_t group = 0; group < in_.tally.groups(); ++group) {
      if (!Happened(metric, group)) continue;
      if (!by_page_) return {};
      with.push_back(in_.tally.key(group).page);
    }
    std::sort(with.begin(), with.end());
    std::vector<uint32_t> without;
    std::set_difference(in_.pages.ids.begin(), in_.pages.ids.end(), with.begin(), with.end(),
                        std::back_inserter(without));
    return without;
  }

  bool Happened(const Metric& metric, size_t group) const {
    for (size_t bucket = 0; bucket < in_.buckets.size(); ++bucket) {
      if (metric.kind == MetricKind::kDistinct) {
        if (in_.tally.people(group, bucket, metric.people) != nullptr) return true;
        continue;
      }
      const int64_t* counters = in_.tally.counters(group, bucket);
      for (const MetricTerm& term : metric.terms) {
        if (counters[term.counter] != 0) return true;
      }
    }
    return false;
  }

  void Look(const std::string& metric, const Makeup& makeup, uint32_t page) {
    bool found = false;
    AuthoritySet would_count = 0;
    ZoneCursor cursor(in_.catalog.PageTimeZone(page));
    const ReportedSpan span{.from_ms = from_ * 60'000,
                            .to_ms = to_ * 60'000,
                            .first_day = DayNumber(cursor.DayOf(from_)),
                            .last_day = DayNumber(cursor.DayOf(to_ - 1))};
    const auto look = [&](std::string_view report) {
      const std::optional<uint16_t> id = in_.catalog.FindReport(report);
      if (!id) return;
      const ReportedKinds kinds = in_.cut.ReportedWithin(page, *id, span);
      found |= kinds.days || kinds.page_total || kinds.post_total;
      for (const bool of_post : {false, true}) {
        if (!(of_post ? kinds.post_total : kinds.page_total)) continue;
        const auto counted = CountedReport(report, of_post);
        if (counted) would_count |= AuthorityBit(counted->metric) & makeup.parts;
      }
    };
    look(metric);
    for (int i = 0; i < kAuthorityMetrics && !makeup.only_events_tell; ++i) {
      const auto part = static_cast<AuthorityMetric>(i);
      if ((makeup.parts & AuthorityBit(part)) == 0) continue;
      if (AuthorityMetricName(part) != metric) look(AuthorityMetricName(part));
      if (part == AuthorityMetric::kFollows) look("followers");
    }
    if (!found) return;
    OnlyReported& only = result_.only_reported.emplace_back();
    only.page = in_.catalog.PageName(page);
    only.metric = metric;
    for (int i = 0; i < kAuthorityMetrics; ++i) {
      const auto part = static_cast<AuthorityMetric>(i);
      if ((would_count & AuthorityBit(part)) != 0) {
        only.authority.emplace_back(AuthorityMetricName(part));
      }
    }
  }

  // Of one metric: those from `first` on.
  void Warn(size_t first) {
    const auto begin = result_.only_reported.begin() + static_cast<ptrdiff_t>(first);
    const size_t pages = result_.only_reported.size() - first;
    const auto counts = std::find_if(begin, result_.only_reported.end(),
                                     [](const OnlyReported& o) { return !o.authority.empty(); });
    const OnlyReported& named = counts == result_.only_reported.end() ? *begin : *counts;
    std::string todo = fmt::format("by=time:day shows reported.{}", named.metric);
    if (!named.authority.empty()) {
      todo = fmt::format(
          "to count what its totals grow, where no event of ours ever was: "
          "[pages.\"{}\".authority] {} = \"platform\"",
          named.page, fmt::join(named.authority, " = \"platform\", "));
    }
    result_.warnings.push_back(fmt::format(
        "{}: no event of this range, but reports of the platform, on page `{}`{}; {}", named.metric,
        named.page, pages == 1 ? "" : fmt::format(" and {} more", pages - 1), todo));
  }

  const OnlyReportedQuestion& in_;
  QueryResult& result_;
  const bool by_page_;
  const int64_t from_, to_;  // minutes
};

}  // namespace

void WarnOfOnlyReported(const OnlyReportedQuestion& question, QueryResult* result) {
  const std::vector<int64_t>& edges = question.buckets.edges;
  if (edges.back() - edges.front() < kDayMinutes) return;
  Finder(question, result).Find();
}

}  // namespace pagepulse
