#pragma once

// `pagepulse backfill --dry-run`: the pipeline of every backfill over a store that is only read.
// Where a server holds the store, over a copy made beside it: hard links of the files that never
// change, copies of the rest, as a kill at that moment would have left them. What was copied torn
// does not open (the log tells), and is copied anew. Where there is no store, over an empty one.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/overlay.h"
#include "tools/backfill_target.h"
#include "tools/commands.h"

namespace pagepulse {

class DryRun {
 public:
  // FAILED_PRECONDITION: the store is on another machine.
  static absl::StatusOr<std::unique_ptr<DryRun>> Open(const BackfillOptions& options,
                                                      const Config& config);
  virtual ~DryRun() = default;
  // Counts into memory alone.
  virtual BackfillTarget* target() = 0;
  // What it has changed, once the target has finished.
  virtual absl::Status PrintDifference() = 0;
};

}  // namespace pagepulse
