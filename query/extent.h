#pragma once

// Between which days something happened on a query's pages, whatever was asked.

#include <cstdint>
#include <limits>

#include "absl/status/statusor.h"
#include "query/data_source.h"
#include "query/page_set.h"

namespace pagepulse {

// UTC minutes, half-open; of what is in rows whole days of the page's zone. first > end: never.
struct Extent {
  int64_t first = std::numeric_limits<int64_t>::max();
  int64_t end = 0;
};

// Reads every month of the pages: only for who has found nothing.
absl::StatusOr<Extent> FindExtent(const PageSet& pages, bool all_pages, const Cut& cut);
// Of one page.
absl::StatusOr<Extent> FindExtent(uint32_t page, const Catalog& catalog, const Cut& cut);

}  // namespace pagepulse
