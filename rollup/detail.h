#pragma once

// The quarters of an hour of a page's UTC day, in full detail: an entry for each pair of post and
// source, which is a row (row.h) of 96 slots. The quarters of a post, a source or the page are the
// merge of its entries, so each person is written once and not once for every way to ask. Sets
// have the shape of pages, from which those of posts can be made. Layout: docs/storage_format.md.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "sketch/distinct_set.h"

namespace pagepulse {

inline constexpr SketchShape kDetailShape = kPageShape;

class DetailBuilder {
 public:
  // Appends to *out, which outlives this.
  explicit DetailBuilder(std::string* out);
  // Ascending by post, then source; 0 is none. `row`: encoded, not the one without cells.
  void Add(uint32_t post, uint32_t source, std::string_view row);

 private:
  std::string* const out_;
  uint32_t last_post_ = 0;
};

// Visits the entries in order; ends early with visit's error. DATA_LOSS on bytes that are no
// detail, UNIMPLEMENTED for an unknown version.
absl::Status VisitDetail(
    std::string_view bytes,
    absl::FunctionRef<absl::Status(uint32_t post, uint32_t source, std::string_view row)> visit);

// As MergeRows. An entry of which nothing is left is left out.
absl::Status MergeDetails(const std::vector<std::string_view>& details, std::string* out);

}  // namespace pagepulse
