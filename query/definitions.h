#pragma once

// Days on which a platform changed what it counts, where an answer's numbers reach across them:
// docs/reported.md, "Definitions that changed".

#include "query/data_source.h"
#include "query/metric_table.h"
#include "query/page_set.h"
#include "query/reported.h"
#include "query/result.h"
#include "query/time_range.h"

namespace pagepulse {

// Days on which a platform changed what a metric of the query means, within the time that its
// values are of: the range and the one it is compared with, back to the totals that are shown or
// from which a growth in them is counted. To result->definitions and its warnings.
struct DefinitionQuestion {
  const MetricTable& table;
  const PageSet& pages;
  const MemberSet& members;
  const Catalog& catalog;
  const Cut& cut;
  const ReportedValues& reported;  // looked up
  const Buckets& buckets;
  const Buckets* other;  // null: none
};
void WarnOfDefinitions(const DefinitionQuestion& question, QueryResult* result);

}  // namespace pagepulse
