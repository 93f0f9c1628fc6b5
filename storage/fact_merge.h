#pragma once

// Several runs of facts as one.

#include <memory>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "base/hash.h"
#include "storage/fact_run.h"

namespace pagepulse {

// Calls visit for every fact of the runs, ascending, with the history of the newest run that has
// it. runs: oldest first, none of which has begun.
absl::Status MergeFactRuns(std::vector<std::unique_ptr<FactRunReader>> runs,
                           absl::FunctionRef<absl::Status(Hash128, std::string_view)> visit);

}  // namespace pagepulse
