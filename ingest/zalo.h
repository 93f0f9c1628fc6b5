#pragma once

// What one delivery of a Zalo Official Account counts: the table of docs/zalo.md, apart from JSON.
// Pure and thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/adapter.h"
#include "ingest/event_faults.h"
#include "ingest/event_identity.h"
#include "model/event.h"

namespace pagepulse {

// A delivery as it came. Ids are text even where they came as numbers; empty: absent.
struct ZaloDelivery {
  std::string_view event_name;
  std::string_view app;      // app_id
  std::string_view account;  // oa_id or oaId
  std::string_view sender, recipient, follower, user;
  std::string_view message;            // message.msg_id or msg_id
  std::vector<std::string_view> seen;  // message.msg_ids
  std::string_view icon;               // message.react_icon
  bool has_icon = false;               // a text, which may be empty
  int64_t ts_ms = kNoTime;
};

// An event without its hashes: for FinishEvent, with `id` where it cannot be followed. No feed can
// send such an id: it holds control characters.
struct ZaloEvent {
  Event event;
  EventParts parts;
  std::string id;
  RejectCode fault = RejectCode::kNone;  // it should count and cannot
};

// None: the delivery is ignored. Views the delivery's text and the context's.
std::vector<ZaloEvent> InterpretZaloDelivery(const ZaloDelivery& delivery,
                                             const ParseContext& context);

}  // namespace pagepulse
