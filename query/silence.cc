#include "query/silence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace pagepulse {
namespace {

// Of fewer it may be chance that we saw none: where ten are to be expected none comes in once in
// 22,000 times.
constexpr int64_t kLeastMissed = 10;
constexpr size_t kMostWarnings = 10;

const int64_t* Count(const Value& value) { return std::get_if<int64_t>(&value); }

// Buckets of one group in which nothing of ours was counted, and the platform reports some.
struct Silence {
  int64_t buckets = 0, reported = 0;
  std::string first, last;  // times

  void Add(const Silence& later) {
    if (buckets == 0) first = later.first;
    if (later.buckets > 0) last = later.last;
    buckets += later.buckets;
    reported += later.reported;
  }
};

// Rows of one group in the order of time. Buckets count that follow each other without one of ours
// between them, and only where the platform reports kLeastMissed in them together.
Silence FindSilence(absl::Span<const ResultRow* const> rows, size_t metric, size_t time) {
  Silence found, run;
  const auto end_run = [&] {
    if (run.reported >= kLeastMissed) found.Add(run);
    run = {};
  };
  for (const ResultRow* row : rows) {
    const int64_t *ours = Count(row->values[metric]), *theirs = Count(row->values[metric + 1]);
    if (ours == nullptr) continue;
    if (*ours != 0) end_run();
    if (*ours != 0 || theirs == nullptr || *theirs == 0) continue;
    const std::string at = row->labels[time].value_or("");
    run.Add({1, *theirs, at, at});
  }
  end_run();
  return found;
}

// Looks through an answer for pages on which a metric of ours stood still.
class SilenceFinder {
 public:
  explicit SilenceFinder(QueryResult* result) : result_(*result) {
    const auto& groupings = result_.groupings;
    time_ = std::find(groupings.begin(), groupings.end(), "time") - groupings.begin();
    page_ = std::find(groupings.begin(), groupings.end(), "page") - groupings.begin();
    if (time_ == groupings.size()) return;
    for (const ResultRow& row : result_.rows) {
      std::vector<std::optional<std::string>> group = row.labels;
      group.erase(group.begin() + static_cast<ptrdiff_t>(time_));
      groups_[group].push_back(&row);
    }
    for (auto& [group, rows] : groups_) {
      std::sort(rows.begin(), rows.end(), [this](const ResultRow* a, const ResultRow* b) {
        return a->labels[time_] < b->labels[time_];
      });
    }
  }

  void Warn() {
    std::vector<std::pair<int64_t, std::string>> found;  // how many were missed
    for (size_t metric = 0; metric < result_.metrics.size(); metric += 2) {
      for (const auto& [group, rows] : groups_) {
        if (IsPlatforms(*rows.front(), result_.metrics[metric])) continue;
        const Silence silence = FindSilence(rows, metric, time_);
        if (silence.buckets == 0) continue;
        found.emplace_back(silence.reported, Describe(metric, *rows.front(), silence));
      }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (size_t i = 0; i < std::min(found.size(), kMostWarnings); ++i) {
      result_.warnings.push_back(std::move(found[i].second));
    }
    if (found.size() > kMostWarnings) {
      result_.warnings.push_back(
          fmt::format("so it is with {} more metrics of pages", found.size() - kMostWarnings));
    }
  }

 private:
  // Whether its number is no count of ours.
  bool IsPlatforms(const ResultRow& row, const MetricColumn& metric) const {
    const std::vector<std::string>& theirs = metric.platforms_pages;
    if (page_ == result_.groupings.size()) return !theirs.empty();
    return std::binary_search(theirs.begin(), theirs.end(), row.labels[page_].value_or(""));
  }

  std::string Describe(size_t metric, const ResultRow& row, const Silence& silence) const {
    std::string of;
    for (size_t i = 0; i < row.labels.size(); ++i) {
      if (i == time_ || !row.labels[i]) continue;
      of += fmt::format(" of {} `{}`", result_.groupings[i], *row.labels[i]);
    }
    if (page_ == result_.groupings.size() && result_.query.pages.size() == 1) {
      of += fmt::format(" of page `{}`", result_.query.pages.front());
    }
    return fmt::format(
        "{}{}: nothing was counted in {} of the buckets in which the platform reports some, the "
        "first {}, the last {}: did the feed stop?",
        result_.metrics[metric].name, of, silence.buckets, silence.first, silence.last);
  }

  QueryResult& result_;
  size_t time_, page_;  // among the groupings; as many as there are: not among them
  std::map<std::vector<std::optional<std::string>>, std::vector<const ResultRow*>> groups_;
};

}  // namespace

void WarnOfSilence(QueryResult* result) { SilenceFinder(result).Warn(); }

}  // namespace pagepulse
