#include "query/reconcile.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "model/reported.h"
#include "query/metric_table.h"
#include "query/query.h"
#include "query/silence.h"

namespace pagepulse {
namespace {

constexpr KeyDefault kDefaults[] = {{"metrics", "views,reach,interactions"}, {"by", "time:day"}};

Value Difference(const Value& ours, const Value& theirs) {
  const auto* a = std::get_if<int64_t>(&ours);
  const auto* b = std::get_if<int64_t>(&theirs);
  if (a == nullptr || b == nullptr) return std::monostate();
  return *a - *b;
}

// Pairs become threes.
void AddTo(std::vector<Value>* values) {
  std::vector<Value> out;
  for (size_t i = 0; i + 1 < values->size(); i += 2) {
    const Value &ours = (*values)[i], &theirs = (*values)[i + 1];
    out.insert(out.end(), {ours, theirs, Difference(ours, theirs)});
  }
  *values = std::move(out);
}

void WarnOfPlatforms(QueryResult* result) {
  for (size_t metric = 0; metric < result->metrics.size(); metric += 2) {
    const MetricColumn& ours = result->metrics[metric];
    const std::vector<std::string>& pages = ours.platforms_pages;
    if (pages.empty()) continue;
    result->warnings.push_back(fmt::format(
        "{} of page `{}`{} is counted from the platform's totals, on the days of its exports: "
        "there is no count of our own beside it",
        ours.name, pages.front(),
        pages.size() == 1 ? "" : fmt::format(" and {} more", pages.size() - 1)));
  }
}

}  // namespace

absl::StatusOr<QuerySpec> ParseReconcileParams(
    std::vector<std::pair<std::string, std::string>> params) {
  for (const auto& [key, value] : kDefaults) {
    const auto is_key = [&key = key](const auto& param) { return param.first == key; };
    if (std::none_of(params.begin(), params.end(), is_key)) params.emplace_back(key, value);
  }
  return ParseQueryParams(params);
}

absl::StatusOr<QuerySpec> ParseReconcileJson(std::string_view json) {
  return ParseQueryJson(json, kDefaults);
}

absl::StatusOr<QuerySpec> ParseReconcileWords(std::string_view words) {
  std::string all(words);
  const size_t first = words.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && words[first] == '{') return ParseReconcileJson(words);
  for (const auto& [key, value] : kDefaults) {
    const bool says = fmt::format(" {}", words).find(fmt::format(" {}=", key)) != std::string::npos;
    if (!says) all += fmt::format(" {}={}", key, value);
  }
  return ParseQueryWords(all);
}

absl::StatusOr<QuerySpec> WithReports(QuerySpec spec) {
  const auto known = KnownReports();
  std::vector<std::string> metrics;
  for (const std::string& metric : spec.metrics) {
    if (std::find(known.begin(), known.end(), metric) == known.end()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "unsupported",
                       fmt::format("no platform reports `{}`", metric),
                       fmt::format("ask for some of {}", fmt::join(known, ", ")));
    }
    metrics.insert(metrics.end(), {metric, fmt::format("{}{}", kReportedPrefix, metric)});
  }
  if (spec.compare != Compare::kNone) {
    return MakeError(absl::StatusCode::kInvalidArgument, "unsupported",
                     "reconciling compares with what the platform reports, not with another range",
                     "drop `compare`");
  }
  spec.metrics = std::move(metrics);
  // A total since the beginning, less what was counted in a bucket, would be no difference.
  spec.reported_periods_only = true;
  return spec;
}

void AddDifferences(QueryResult* result) {
  WarnOfPlatforms(result);
  WarnOfSilence(result);
  std::vector<MetricColumn> columns;
  std::erase_if(result->query.metrics,
                [](const std::string& name) { return name.starts_with(kReportedPrefix); });
  for (size_t i = 0; i + 1 < result->metrics.size(); i += 2) {
    MetricColumn& ours = result->metrics[i];
    MetricColumn difference{.name = "difference." + ours.name, .kind = MetricKind::kNet};
    columns.push_back(std::move(ours));
    columns.push_back(std::move(result->metrics[i + 1]));
    columns.push_back(std::move(difference));
  }
  result->metrics = std::move(columns);
  for (ResultRow& row : result->rows) AddTo(&row.values);
  AddTo(&result->totals);
}

}  // namespace pagepulse
