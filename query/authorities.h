#pragma once

// Who counts what: of each metric of a query the pages on which the platform's reports make it, and
// those on which therefore nothing measures it. docs/reported.md, "Authority".

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "query/data_source.h"
#include "query/metric_table.h"
#include "query/page_set.h"
#include "query/result.h"

namespace pagepulse {

// What a metric is made of, each our own or the platform's.
struct Makeup {
  AuthoritySet parts = 0;
  // Of people, or of a kind of reaction: what the platform's totals do not say. Where they make
  // one of the parts, nothing measures it.
  bool only_events_tell = false;
};
Makeup MakeupOf(std::string_view metric);

// One query's. Immutable.
class Authorities {
 public:
  // All outlives this.
  Authorities(const MetricTable& table, const PageSet& pages, const Catalog& catalog,
              const Cut& cut);

  // By metric of the table, whether nothing measures it on the page; with 0, on any of the pages.
  // Null: all are measured.
  const std::vector<bool>* Unmeasured(uint32_t page) const;

  // Of those that the metrics of the table are made of, the platform's.
  AuthoritySet Theirs(uint32_t page) const;

  // Names the pages in the columns, one for each metric of the table; warns of what is not
  // measured.
  void Describe(QueryResult* result) const;

 private:
  bool IsUnmeasured(size_t metric, AuthoritySet theirs) const;

  const MetricTable& table_;
  const PageSet& pages_;
  const Catalog& catalog_;
  std::vector<Makeup> makeups_;                       // by metric
  std::map<uint32_t, AuthoritySet> theirs_;           // of pages where it is not empty
  std::map<uint32_t, std::vector<bool>> unmeasured_;  // of pages where any is; 0: as above
};

}  // namespace pagepulse
