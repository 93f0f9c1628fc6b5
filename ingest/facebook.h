#pragma once

// What one change of a Facebook Page's feed counts: the table of docs/facebook.md, apart from JSON.
// Pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/adapter.h"
#include "ingest/event_faults.h"
#include "ingest/event_identity.h"
#include "model/event.h"

namespace pagepulse {

// A change as it was delivered. Ids are text even where they came as numbers; empty: absent. Times
// are epoch milliseconds.
struct FacebookChange {
  std::string_view page;         // entry.id
  int64_t sent_ms = kNoTime;     // entry.time
  int64_t created_ms = kNoTime;  // created_time

  std::string_view item, verb;
  std::string_view post, comment, parent, share;  // post_id, comment_id, parent_id, share_id
  std::string_view actor, reaction_type;
  std::string_view message, title, permalink, link;
  bool published = true;  // unless it says 0 or false

  // What the value's own `post` says of the post that was acted on.
  std::string_view post_permalink;
  bool post_published = true;
};

// What is known of a post after a change. Its views are the change's, but for `title`.
struct FacebookPostDetails {
  std::string title;
  std::string_view link;
  int64_t published_ms = 0;

  bool empty() const { return title.empty() && link.empty() && published_ms == 0; }
};

// An event without its hashes: for FinishEvent, once its id is known to be needed.
struct FacebookEvent {
  Event event;
  EventParts parts;
  int64_t told_ms = 0;       // created_time, else entry.time
  bool has_created = false;  // it was created_time
  bool is_like = false;      // item `like` of a post or comment: perhaps the twin of a reaction
};

struct FacebookFinding {
  std::optional<FacebookEvent> event;
  RejectCode fault = RejectCode::kNone;  // it should count and cannot; then there is no event
  FacebookPostDetails details;           // of change.post, which is then not empty

  bool ignored() const { return !event && fault == RejectCode::kNone && details.empty(); }
};

// Views the change's text.
FacebookFinding InterpretFacebookChange(const FacebookChange& change, const ParseContext& context);

// Equal for a like and a reaction of one delivery that are two words for one tap: with their times,
// or without where the like has none.
std::string FacebookTapKey(const FacebookEvent& event, bool with_time);

// The id of an event whose identity is incomplete: what it says, and its rank among those of its
// delivery that say the same. No feed can send it: it holds control characters.
std::string FacebookEventId(const FacebookEvent& event, uint32_t rank);

// The first line with anything in it, control characters as spaces, at most 240 bytes of UTF-8.
std::string FacebookTitle(std::string_view message);

}  // namespace pagepulse
