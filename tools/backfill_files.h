#pragma once

// The files of a backfill, one after the other or several at once, to their steps.

#include "absl/status/status.h"
#include "tools/backfill_target.h"
#include "tools/commands.h"

namespace pagepulse {

// Ends at the first error; what was sent counts (target->Finish()).
absl::Status LoadFiles(const BackfillOptions& options, BackfillTarget* target);

}  // namespace pagepulse
