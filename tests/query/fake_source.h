#pragma once

// A store in memory: names, deltas that are still open, and rows that Aggregate made of the others.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/time_zone.h"
#include "query/data_source.h"
#include "rollup/aggregate.h"

namespace pagepulse {

class FakeCatalog : public Catalog {
 public:
  uint32_t AddPage(const std::string& name, const std::string& zone) {
    pages_.push_back({name, zone});
    return static_cast<uint32_t>(pages_.size());
  }
  uint32_t AddPost(uint32_t page, const std::string& name) {
    posts_.push_back({page, name});
    return static_cast<uint32_t>(posts_.size());
  }
  uint16_t AddSource(const std::string& name) {
    sources_.push_back(name);
    return static_cast<uint16_t>(sources_.size());
  }
  CounterId AddCustom(const std::string& name) {
    customs_.push_back(name);
    return static_cast<CounterId>(kCustomFirst + customs_.size() - 1);
  }

  uint16_t AddReport(const std::string& name) {
    reports_.push_back(name);
    return static_cast<uint16_t>(reports_.size());
  }

  std::optional<uint32_t> FindPage(std::string_view name) const override {
    for (size_t i = 0; i < pages_.size(); ++i) {
      if (pages_[i].first == name) return i + 1;
    }
    return std::nullopt;
  }
  std::vector<uint32_t> AllPages() const override {
    std::vector<uint32_t> ids;
    for (size_t i = 0; i < pages_.size(); ++i) ids.push_back(i + 1);
    return ids;
  }
  std::string PageName(uint32_t page) const override { return pages_[page - 1].first; }
  std::string PageZone(uint32_t page) const override { return pages_[page - 1].second; }
  absl::TimeZone PageTimeZone(uint32_t page) const override { return *LoadZone(PageZone(page)); }
  std::optional<uint32_t> FindPost(uint32_t page, std::string_view name) const override {
    for (size_t i = 0; i < posts_.size(); ++i) {
      if (posts_[i].first == page && posts_[i].second == name) return i + 1;
    }
    return std::nullopt;
  }
  std::string PostName(uint32_t post) const override { return posts_[post - 1].second; }
  std::optional<uint16_t> FindSource(std::string_view name) const override {
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i] == name) return i + 1;
    }
    return std::nullopt;
  }
  std::string SourceName(uint16_t source) const override { return sources_[source - 1]; }
  std::vector<std::string> AllSources() const override { return sources_; }
  std::optional<CounterId> FindCustomCounter(std::string_view name) const override {
    for (size_t i = 0; i < customs_.size(); ++i) {
      if (customs_[i] == name) return kCustomFirst + i;
    }
    return std::nullopt;
  }
  std::string CustomCounterName(CounterId counter) const override {
    return customs_[counter - kCustomFirst];
  }
  std::vector<std::string> AllCustomCounters() const override { return customs_; }
  std::optional<uint16_t> FindReport(std::string_view name) const override {
    for (size_t i = 0; i < reports_.size(); ++i) {
      if (reports_[i] == name) return i + 1;
    }
    return std::nullopt;
  }
  std::vector<std::string> AllReports() const override { return reports_; }

 private:
  std::vector<std::pair<std::string, std::string>> pages_;  // name, zone
  std::vector<std::pair<uint32_t, std::string>> posts_;     // page, name
  std::vector<std::string> sources_, customs_, reports_;
};

class FakeCut : public Cut, public RollupSnapshot {
 public:
  explicit FakeCut(const FakeCatalog& catalog) : catalog_(catalog) {}

  // These become rows, beside the rows that are there, as after a checkpoint.
  void Store(const std::vector<Delta>& deltas) {
    AggregateOptions options;
    options.zone_of = [this](uint32_t page) { return catalog_.PageTimeZone(page); };
    options.minute_horizon = horizon[static_cast<int>(Level::kMinute)];
    const Partials partials = Aggregate(deltas, options);
    for (const Partials::Row& row : partials.rows) {
      rows_[row.key].emplace_back(partials.value(row));
    }
  }
  void Open(const std::vector<Delta>& deltas) {
    open_.insert(open_.end(), deltas.begin(), deltas.end());
  }
  // In the order of posts and of ReportedPoint, as a cut gives them.
  void Report(uint32_t page, uint16_t report, uint32_t post, const ReportedPoint& point) {
    auto& points = reported_[{page, report}];
    points.emplace_back(post, point);
    std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
      return std::make_pair(a.first, a.second.Order()) < std::make_pair(b.first, b.second.Order());
    });
  }

  std::map<uint32_t, AuthoritySet> platforms;  // by page
  int64_t horizon[kLevels + 1] = {};
  int64_t complete_until = 0;
  mutable int scans = 0, details = 0;  // scans, and details that they gave

  const RollupSnapshot& rows() const override { return *this; }
  int64_t HorizonMinute(Level level) const override { return horizon[static_cast<int>(level)]; }
  int64_t complete_until_ms() const override { return complete_until; }
  bool IsPlatforms(uint32_t page, AuthorityMetric metric) const override {
    const auto it = platforms.find(page);
    return it != platforms.end() && (it->second & AuthorityBit(metric)) != 0;
  }
  void VisitReported(
      uint32_t page, uint16_t report,
      absl::FunctionRef<void(uint32_t post, const ReportedPoint&)> visit) const override {
    const auto it = reported_.find({page, report});
    if (it == reported_.end()) return;
    for (const auto& [post, point] : it->second) visit(post, point);
  }
  ReportedKinds ReportedWithin(uint32_t page, uint16_t report,
                               const ReportedSpan& span) const override {
    ReportedKinds kinds;
    VisitReported(page, report, [&](uint32_t post, const ReportedPoint& point) {
      const bool told = point.as_of_ms >= span.from_ms && point.as_of_ms < span.to_ms;
      const bool of_days = point.day >= span.first_day && point.day <= span.last_day;
      kinds.days |= point.days > 0 && post == 0 && of_days;
      kinds.page_total |= point.days == 0 && post == 0 && told;
      kinds.post_total |= point.days == 0 && post != 0 && told;
    });
    return kinds;
  }

  void VisitDeltas(absl::Span<const uint32_t> pages, MinuteRange range,
                   absl::FunctionRef<void(DeltaBatch)> visit) const override {
    std::vector<const Delta*> batch;
    for (const Delta& delta : open_) {
      if (!range.Contains(delta.minute)) continue;
      if (!pages.empty() && std::count(pages.begin(), pages.end(), delta.page) == 0) continue;
      batch.push_back(&delta);
      if (batch.size() < kMaxDeltaBatch) continue;
      visit(batch);
      batch.clear();
    }
    if (!batch.empty()) visit(batch);
  }

  absl::Status Scan(
      const RowRange& range,
      absl::FunctionRef<absl::Status(const RowKey&, std::string_view)> visit) const override {
    ++scans;
    const auto passes = [](absl::Span<const uint32_t> list, uint32_t id) {
      return list.empty() || std::binary_search(list.begin(), list.end(), id);
    };
    const RowKey first{.period = range.first_period};  // of all kinds the lowest
    for (auto it = rows_.lower_bound(first); it != rows_.end(); ++it) {
      const RowKey& key = it->first;
      if (key.period > range.last_period) break;
      if (key.scope != range.scope || key.level != range.level) continue;
      if (!passes(range.pages, key.page) || !passes(range.members, key.member)) continue;
      if (PeriodEndMinute(key.level, key.period) <= HorizonMinute(key.level)) continue;
      for (const std::string& row : it->second) {
        details += key.scope == Scope::kDetail;
        absl::Status status = visit(key, row);
        if (!status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

 private:
  const FakeCatalog& catalog_;
  std::map<RowKey, std::vector<std::string>> rows_;
  std::vector<Delta> open_;
  std::map<std::pair<uint32_t, uint16_t>, std::vector<std::pair<uint32_t, ReportedPoint>>>
      reported_;  // page, report
};

// One delta, in the words of a test.
struct DeltaOf {
  uint32_t page = 1, post = 0, source = 0;
  int64_t minute = 0;
  CounterId counter = kViews;
  int64_t value = 1;
  uint64_t actor = 0;  // 0: nobody
  bool reach = false, engaged = false;

  operator Delta() const {  // NOLINT(google-explicit-constructor)
    Delta delta;
    delta.page = page;
    delta.post = post;
    delta.source = static_cast<uint16_t>(source);
    delta.minute = static_cast<uint32_t>(minute);
    delta.counter = counter;
    delta.count = static_cast<uint32_t>(value < 0 ? -value : value);
    delta.actor_and_flags = (value < 0 ? Delta::kNegative : 0) | actor << 24;
    if (actor != 0 && reach) delta.actor_and_flags |= Delta::kReach;
    if (actor != 0 && engaged) delta.actor_and_flags |= Delta::kEngaged;
    return delta;
  }
};

}  // namespace pagepulse
