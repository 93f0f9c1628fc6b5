#pragma once

// The answer to a query, counted the naive way: delta by delta into maps and sets, bucket by bucket
// of a calendar that walks quarter by quarter. Shares no code with query/ but the shapes.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "query/result.h"
#include "tests/query/fake_source.h"

namespace pagepulse {

// What to count, with times resolved. [from, to) in UTC minutes.
struct OracleQuestion {
  QuerySpec spec;  // pages, metrics, by, step, filters, order, limit, offset, fill
  absl::TimeZone zone;
  int64_t from = 0, to = 0;
};

using OracleLabels = std::vector<std::optional<std::string>>;

struct OracleAnswer {
  std::vector<std::pair<OracleLabels, std::vector<Value>>> rows;  // as shown
  std::vector<Value> totals;
  int64_t matching_rows = 0;
};

OracleAnswer AskOracle(const OracleQuestion& question, const std::vector<Delta>& deltas,
                       const FakeCatalog& catalog);

}  // namespace pagepulse
