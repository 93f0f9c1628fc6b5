#include "query/authorities.h"

#include <fmt/format.h>

#include <algorithm>

namespace pagepulse {
namespace {

std::string_view WithoutSide(std::string_view metric) {
  for (const std::string_view side : {".added", ".removed"}) {
    if (metric.ends_with(side)) metric.remove_suffix(side.size());
  }
  return metric;
}

std::vector<bool> None(const MetricTable& table) { return std::vector<bool>(table.metrics.size()); }

}  // namespace

Makeup MakeupOf(std::string_view metric) {
  using enum AuthorityMetric;
  constexpr AuthoritySet kAllInteractions =
      AuthorityBit(kReactions) | AuthorityBit(kComments) | AuthorityBit(kShares);
  if (metric == "views") return {AuthorityBit(kViews)};
  if (metric == "clicks") return {AuthorityBit(kClicks)};
  if (metric == "reach") return {AuthorityBit(kViews), true};
  if (metric == "engaged") return {AuthorityBit(kClicks) | kAllInteractions, true};
  if (metric == "engagement_rate") return {AuthorityBit(kViews) | kAllInteractions};
  metric = WithoutSide(metric);
  if (metric == "interactions") return {kAllInteractions};
  for (const AuthorityMetric part : {kReactions, kComments, kShares, kFollows}) {
    if (metric == AuthorityMetricName(part)) return {AuthorityBit(part)};
  }
  if (metric.starts_with("reactions.")) return {AuthorityBit(kReactions), true};
  return {};
}

Authorities::Authorities(const MetricTable& table, const PageSet& pages, const Catalog& catalog,
                         const Cut& cut)
    : table_(table), pages_(pages), catalog_(catalog) {
  AuthoritySet asked = 0;
  for (const Metric& metric : table.metrics) {
    makeups_.push_back(metric.kind == MetricKind::kReported ? Makeup() : MakeupOf(metric.name));
    asked |= makeups_.back().parts;
  }
  for (const uint32_t page : pages.ids) {
    AuthoritySet theirs = 0;
    for (int i = 0; i < kAuthorityMetrics; ++i) {
      const auto part = static_cast<AuthorityMetric>(i);
      if ((asked & AuthorityBit(part)) != 0 && cut.IsPlatforms(page, part)) {
        theirs |= AuthorityBit(part);
      }
    }
    if (theirs != 0) theirs_[page] = theirs;
  }
  std::vector<size_t> pages_without(table.metrics.size());
  for (const auto& [page, theirs] : theirs_) {
    for (size_t i = 0; i < makeups_.size(); ++i) {
      if (!IsUnmeasured(i, theirs)) continue;
      unmeasured_.try_emplace(page, None(table)).first->second[i] = true;
      if (++pages_without[i] < pages.ids.size()) continue;
      unmeasured_.try_emplace(0, None(table)).first->second[i] = true;
    }
  }
}

bool Authorities::IsUnmeasured(size_t metric, AuthoritySet theirs) const {
  return makeups_[metric].only_events_tell && (makeups_[metric].parts & theirs) != 0;
}

const std::vector<bool>* Authorities::Unmeasured(uint32_t page) const {
  const auto it = unmeasured_.find(page);
  return it == unmeasured_.end() ? nullptr : &it->second;
}

AuthoritySet Authorities::Theirs(uint32_t page) const {
  const auto it = theirs_.find(page);
  return it == theirs_.end() ? 0 : it->second;
}

void Authorities::Describe(QueryResult* result) const {
  for (size_t i = 0; i < makeups_.size(); ++i) {
    MetricColumn& column = result->metrics[i];
    for (const auto& [page, theirs] : theirs_) {
      if ((makeups_[i].parts & theirs) == 0) continue;
      (makeups_[i].only_events_tell ? column.unmeasured_pages : column.platforms_pages)
          .push_back(catalog_.PageName(page));
    }
    for (auto* pages : {&column.platforms_pages, &column.unmeasured_pages}) {
      std::sort(pages->begin(), pages->end());
    }
    const std::vector<std::string>& without = column.unmeasured_pages;
    if (without.empty()) continue;
    const bool all = without.size() == pages_.ids.size();
    result->warnings.push_back(fmt::format(
        "{} is {}: the platform's totals are counted there, which do not tell it", column.name,
        all ? std::string("not measured")
            : fmt::format("of the other pages, for it is not measured on {} of {}, `{}` among them",
                          without.size(), pages_.ids.size(), without.front())));
  }
}

}  // namespace pagepulse
