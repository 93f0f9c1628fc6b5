#include "query/evaluator.h"

#include <algorithm>
#include <cmath>

namespace pagepulse {
namespace {

int64_t Sum(const std::vector<MetricTerm>& terms, const int64_t* counters) {
  int64_t sum = 0;
  for (const MetricTerm& term : terms) sum += term.sign * counters[term.counter];
  return sum;
}

}  // namespace

Value Evaluator::Evaluate(size_t metric, const CellView& cell, int kind) const {
  if (cell.unmeasured != nullptr && (*cell.unmeasured)[metric]) return std::monostate();
  const Metric& m = table_.metrics[metric];
  switch (m.kind) {
    case MetricKind::kDistinct: {
      const DistinctSet* set = cell.people[static_cast<int>(m.people)];
      return set == nullptr ? int64_t{0} : static_cast<int64_t>(std::llround(set->Estimate()));
    }
    case MetricKind::kRatio: {
      const int64_t below = Sum(m.divisor, cell.counters);
      if (below == 0) return std::monostate();
      return static_cast<double>(Sum(m.terms, cell.counters)) / static_cast<double>(below);
    }
    case MetricKind::kReported:
      return cell.reported[m.report];
    default:
      return Sum(kind == kAllKinds ? m.terms : m.terms_of_kind[kind], cell.counters);
  }
}

std::vector<Value> Evaluator::Show(const CellView& cell, int kind) const {
  std::vector<Value> values(table_.metrics.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = Evaluate(i, cell, kind);
    if (table_.metrics[i].kind != MetricKind::kDistinct) continue;
    const DistinctSet* set = cell.people[static_cast<int>(table_.metrics[i].people)];
    if (set != nullptr && !set->exact()) (*columns_)[i].exact = false;
  }
  return values;
}

bool Evaluator::Happened(const CellView& cell, int kind) const {
  if (cell.people[0] != nullptr || cell.people[1] != nullptr) return true;
  if (cell.reported != nullptr && std::any_of(cell.reported, cell.reported + table_.reports,
                                              [](const Value& v) { return v.index() != 0; })) {
    return true;
  }
  if (kind == kAllKinds) {
    return std::any_of(cell.counters, cell.counters + table_.counters.size(),
                       [](int64_t value) { return value != 0; });
  }
  for (const Metric& metric : table_.metrics) {
    for (const MetricTerm& term : metric.terms_of_kind[kind]) {
      if (cell.counters[term.counter] != 0) return true;
    }
  }
  return false;
}

}  // namespace pagepulse
