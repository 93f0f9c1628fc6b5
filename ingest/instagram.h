#pragma once

// What one change of an Instagram account counts: the table of docs/instagram.md, apart from JSON.
// Instagram delivers in Facebook's envelope, so what comes of a change is what comes of one there.
// Pure and thread-safe.

#include <cstdint>
#include <string_view>

#include "ingest/adapter.h"
#include "ingest/facebook.h"

namespace pagepulse {

// A change as it was delivered. Ids are text; empty: absent. Times are epoch milliseconds.
struct InstagramChange {
  std::string_view page;         // entry.id
  int64_t sent_ms = kNoTime;     // entry.time
  int64_t created_ms = kNoTime;  // created_time or timestamp

  std::string_view field;
  std::string_view comment, media, actor;
  bool by_account = false;  // the value says that it is the account's own
};

// Views the change's text.
FacebookFinding InterpretInstagramChange(const InstagramChange& change,
                                         const ParseContext& context);

}  // namespace pagepulse
