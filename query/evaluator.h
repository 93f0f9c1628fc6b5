#pragma once

// From what a cell holds to the values of metrics.

#include <cstdint>
#include <vector>

#include "query/metric_table.h"
#include "query/result.h"
#include "sketch/distinct_set.h"

namespace pagepulse {

inline constexpr int kAllKinds = -1;  // of reactions; otherwise a ReactionKind

// One cell of a Tally, or the merge of many. Views both.
struct CellView {
  const int64_t* counters;                        // one for each of MetricTable::counters
  const DistinctSet* people[2];                   // by People; null: nobody
  const Value* reported = nullptr;                // by Metric::report; null where none is asked for
  const std::vector<bool>* unmeasured = nullptr;  // by metric: then it is null; none: all are
};

class Evaluator {
 public:
  // Both outlive this; *columns has one for each metric.
  Evaluator(const MetricTable& table, std::vector<MetricColumn>* columns)
      : table_(table), columns_(columns) {}

  Value Evaluate(size_t metric, const CellView& cell, int kind) const;
  // All metrics, for an answer: notes in the columns where a value is an estimate.
  std::vector<Value> Show(const CellView& cell, int kind) const;
  // Whether anything happened that the metrics see, even if it nets to nothing.
  bool Happened(const CellView& cell, int kind) const;

 private:
  const MetricTable& table_;
  std::vector<MetricColumn>* const columns_;
};

}  // namespace pagepulse
