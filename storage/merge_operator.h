#pragma once

#include <memory>

#include "rocksdb/merge_operator.h"

namespace pagepulse {

// Merges the parts of a row (MergeRows). An operand that does not decode fails the read or the
// compaction that meets it; it is never left out.
std::shared_ptr<rocksdb::MergeOperator> NewRowMergeOperator();

}  // namespace pagepulse
