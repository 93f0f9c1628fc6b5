#pragma once

// A checkpoint's files besides those of rows: its facts, and its entries of the journal. Which keys
// and values they hold is docs/storage_format.md's to say.

#include <cstdint>

#include "absl/status/statusor.h"
#include "storage/checkpoint_files.h"
#include "storage/database.h"
#include "storage/rocks.h"

namespace pagepulse {

struct Horizons {
  int64_t minute[kLevels + 1] = {};  // by Level, UTC minutes since the epoch
};

absl::StatusOr<StagedFiles> StageFacts(const Rocks& rocks, uint64_t checkpoint,
                                       const JournalUpdate& update);
// With the marker, and the horizons that hold from this checkpoint on.
absl::StatusOr<StagedFiles> StageJournal(const Rocks& rocks, uint64_t checkpoint,
                                         const JournalUpdate& update, const Horizons& horizons);

}  // namespace pagepulse
