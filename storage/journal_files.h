#pragma once

// A checkpoint's entries of the journal. Which keys and values they have is
// docs/storage_format.md's to say.

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/checkpoint_files.h"
#include "storage/database.h"
#include "storage/rocks.h"

namespace pagepulse {

struct Horizons {
  int64_t minute[kLevels + 1] = {};  // by Level, UTC minutes since the epoch
};

// With the marker, and the horizons and the list of runs of facts that hold from this checkpoint
// on.
absl::StatusOr<StagedFiles> StageJournal(const Rocks& rocks, uint64_t checkpoint,
                                         const JournalUpdate& update, const Horizons& horizons,
                                         std::string_view fact_runs);

}  // namespace pagepulse
