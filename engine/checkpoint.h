#pragma once

// A sealed stretch -> the partial rows and journal entries of its checkpoint.

#include "engine/engine.h"
#include "engine/stretch.h"
#include "rollup/aggregate.h"
#include "storage/database.h"

namespace pagepulse {

// Valid until the aggregator's next run.
const Partials& MakePartials(const Stretch& stretch, const Catalog& catalog, int64_t minute_horizon,
                             Aggregator* aggregator);
// Views the stretch.
JournalUpdate MakeJournalUpdate(const Stretch& stretch, const EngineOptions& options,
                                int64_t now_ms);
// Ids that an undo has released leave the entries that brought them, which are written anew.
absl::Status RewriteReleasedIds(const Stretch& stretch, const Database& db, JournalUpdate* update);

}  // namespace pagepulse
