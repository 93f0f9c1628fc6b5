#pragma once

#include <memory>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "rocksdb/merge_operator.h"

namespace pagepulse {

// Merges the parts of a row (MergeRows). An operand that does not decode fails the read or the
// compaction that meets it; it is never left out.
std::shared_ptr<rocksdb::MergeOperator> NewRowMergeOperator();

// While one lives, reads of its thread get a row's parts one behind the other, not merged: for who
// adds them up himself, and often wants one counter of all that is in them. Details are merged all
// the same, since an entry of which nothing is left must not show.
class UnmergedReads {
 public:
  UnmergedReads();
  ~UnmergedReads();
  UnmergedReads(const UnmergedReads&) = delete;
  UnmergedReads& operator=(const UnmergedReads&) = delete;
};

// Calls visit(part) for each part of a value that was read so; ends early with its error.
absl::Status VisitParts(std::string_view value,
                        absl::FunctionRef<absl::Status(std::string_view)> visit);

}  // namespace pagepulse
