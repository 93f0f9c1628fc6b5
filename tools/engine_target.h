#pragma once

// A backfill into an engine of this process: steps are parsed in parallel and submitted in order.

#include <memory>

#include "engine/engine.h"
#include "tools/backfill_target.h"

namespace pagepulse {

// The calling thread, which will read, and those of the target, which parse, leave the cores to
// queries from here on.
std::unique_ptr<BackfillTarget> NewEngineTarget(std::unique_ptr<Engine> engine, Reading reading,
                                                const Config& config);

}  // namespace pagepulse
