#pragma once

// What an adapter makes of bytes: validated events with the hashes the engine works on. Strings
// view the batch's own memory, so a batch is moved as a whole and never outlived by its views.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/short_text.h"
#include "model/metric.h"
#include "model/reject.h"
#include "model/reported.h"

namespace pagepulse {

// Two cache lines. The first is all that the engine reads of most events: names are known by their
// hashes, and their bytes, which another core has just written, are looked at only when they are
// new.
struct alignas(64) Event {
  int64_t ts_ms = 0;
  uint64_t id_fingerprint = 0;  // HashKey::Within(page_hash, id); see has_id
  Hash128 post_hash = 0;        // HashKey::Within128(page_hash, post); 0 without a post
  uint64_t page_hash = 0;       // HashKey::Page(page)
  uint64_t source_hash = 0;     // HashKey::Source(source); 0 without one
  uint64_t actor = 0;           // HashKey::Actor(actor); see has_actor
  uint32_t count = 1;           // 1..2^31
  EventType type = EventType::kView;
  Op op = Op::kAdd;
  ReactionKind reaction = ReactionKind::kUnknown;
  bool has_actor : 1 = false;
  bool has_id : 1 = false;    // an id that deduplicates: false where a share's id names the share
  bool followed : 1 = false;  // a fact whose identity is complete

  Hash128 fact = 0;       // the identity of a fact that can be followed; see followed
  ShortText page;         // never empty
  ShortText post;         // empty: none
  ShortText source;       // empty: none
  ShortText custom_type;  // set with EventType::kCustom alone
  uint32_t line = 0;      // 1-based, in the request or file
};
static_assert(sizeof(Event) == 128);

struct Rejection {
  uint32_t line = 0;    // 1-based
  uint64_t offset = 0;  // of the line's first byte in the uncompressed stream
  uint32_t length = 0;  // of the line, without its end
  RejectCode code = RejectCode::kNone;
  std::string_view text;  // the line, where the batch still holds it
  std::string_view page;  // whose it would be; empty: not known, or no name of a page
};

// What a feed says of a post; an empty string or a zero says nothing. Of a detail that is said
// twice, what was said last (by said_ms, not by arrival) holds.
struct PostInfo {
  std::string_view page, post, title, link;
  int64_t published_ms = 0;
  int64_t said_ms = 0;
};

// One parsed stretch of input. received() == events + figures + rejections, always.
struct EventBatch {
  std::vector<Event> events;
  std::vector<Rejection> rejections;
  std::vector<PostInfo> posts;
  std::vector<ReportedFigure> figures;  // counted after the events
  uint64_t ignored = 0;                 // deliveries that are not ours: counted, not received

  // What the views point into: the input block and, for text that had escapes, copies.
  std::vector<std::unique_ptr<char[]>> blocks;
  std::vector<std::unique_ptr<std::string>> strings;

  uint64_t received() const { return events.size() + figures.size() + rejections.size(); }
};

}  // namespace pagepulse
