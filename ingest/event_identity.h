#pragma once

// What makes an event itself: the hashes by which the engine knows its page, post, person and id,
// and the identity of the fact it tells of. Every adapter ends with FinishEvent, so that the same
// fact has one identity from whichever feed it comes.

#include <string_view>

#include "base/hash.h"
#include "model/event.h"

namespace pagepulse {

// The parts of an event that are hashed and not kept. Empty: absent. At most 128 bytes each.
struct EventParts {
  std::string_view id;
  std::string_view actor;
  std::string_view object;
};

// Whether the event is of a fact whose identity is complete, so that its history can be kept: a
// reaction has its actor and its object or post, a comment its object, a share its object or id, a
// follow its actor. Reads event.type and event.post.
bool CanBeFollowed(const Event& event, const EventParts& parts);

// Sets page_hash and post_hash (unless the caller, who knew them, has), the actor, the id's
// fingerprint, `followed` and the fact's identity from event.page, .post, .type and `parts`. A
// share's id that names the share does not deduplicate: has_id stays false.
void FinishEvent(const HashKey& key, const EventParts& parts, Event* event);

}  // namespace pagepulse
