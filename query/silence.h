#pragma once

// That a feed may have stopped: docs/reported.md, "Reconciling".

#include "query/result.h"

namespace pagepulse {

// Of an answer whose metrics are pairs, ours and the platform's: warns of pages (or posts) on which
// for some time nothing of ours was counted though the platform reports so much that it is no
// chance. Those first of which the most was missed.
void WarnOfSilence(QueryResult* result);

}  // namespace pagepulse
