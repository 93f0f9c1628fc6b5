#pragma once

// Where an answer is empty though there are reports: docs/reported.md, "Authority".

#include <vector>

#include "query/authorities.h"
#include "query/data_source.h"
#include "query/metric_table.h"
#include "query/page_set.h"
#include "query/result.h"
#include "query/spec.h"
#include "query/tally.h"
#include "query/time_range.h"

namespace pagepulse {

// All outlives the call.
struct OnlyReportedQuestion {
  const QuerySpec& spec;
  const MetricTable& table;
  const PageSet& pages;
  const Authorities& authorities;
  const Catalog& catalog;
  const Cut& cut;
  const Tally& tally;
  const Buckets& buckets;  // the first ones of the tally
};

// Metrics that are our own count, of which the range holds none, and of which a platform reports
// something in it: to result->only_reported and its warnings. Reads reports of those alone; of
// posts, sources and less than a day it says nothing.
void WarnOfOnlyReported(const OnlyReportedQuestion& question, QueryResult* result);

}  // namespace pagepulse
