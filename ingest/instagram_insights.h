#pragma once

// What Instagram says of a story when it has ended: reported figures in a webhook's change, by the
// table of docs/instagram.md, "Story insights". Pure and thread-safe.

#include <simdjson.h>

#include <cstdint>
#include <string_view>

#include "ingest/adapter.h"

namespace pagepulse {

// Where and when a change was told.
struct StoryInsightsPlace {
  std::string_view page;  // lives as long as the batch
  int64_t sent_ms = 0;    // or kNoTime, kBadTime
  uint32_t line = 0;
};

// Appends the figures of the change's `value`. False: there is nothing in it.
bool ReadStoryInsights(const simdjson::dom::object& value, const StoryInsightsPlace& place,
                       const ParseContext& context, EventBatch* out);

}  // namespace pagepulse
