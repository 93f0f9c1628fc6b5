#pragma once

// A sealed stretch -> the partial rows and journal entries of its checkpoint.

#include "engine/engine.h"
#include "engine/stretch.h"
#include "rollup/aggregate.h"
#include "storage/database.h"

namespace pagepulse {

Partials MakePartials(const Stretch& stretch, const Catalog& catalog, int64_t minute_horizon);
JournalUpdate MakeJournalUpdate(const Stretch& stretch, const EngineOptions& options,
                                int64_t now_ms);

}  // namespace pagepulse
