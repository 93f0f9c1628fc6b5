#include "ingest/event_identity.h"

#include <string>

#include "base/coding.h"

namespace pagepulse {
namespace {

// On disk, by way of the hash: never change a letter.
constexpr char kReactionFact = 'r', kCommentFact = 'c', kShareFact = 's', kFollowFact = 'f';
constexpr char kByObject = 'o', kByPost = 'p', kById = 'i', kByActor = 'a';

// One kind of fact, what names it, the name and, where it is a person's, the person.
Hash128 FactIdentity(const HashKey& key, uint64_t page_hash, char kind, char by,
                     std::string_view name, std::string_view actor) {
  thread_local std::string bytes;  // reused: a fact would pay an allocation each
  bytes.assign({kind, by});
  PutBytes(&bytes, name);
  bytes.append(actor);
  return key.Within128(page_hash, bytes);
}

Hash128 FactIdentity(const HashKey& key, const EventParts& parts, const Event& event) {
  const bool has_object = !parts.object.empty();
  switch (event.type) {
    case EventType::kReaction:
      return FactIdentity(key, event.page_hash, kReactionFact, has_object ? kByObject : kByPost,
                          has_object ? parts.object : std::string_view(event.post), parts.actor);
    case EventType::kComment:
      return FactIdentity(key, event.page_hash, kCommentFact, kByObject, parts.object, "");
    case EventType::kShare:
      return FactIdentity(key, event.page_hash, kShareFact, has_object ? kByObject : kById,
                          has_object ? parts.object : parts.id, "");
    default:
      return FactIdentity(key, event.page_hash, kFollowFact, kByActor, parts.actor, "");
  }
}

}  // namespace

bool CanBeFollowed(const Event& event, const EventParts& parts) {
  switch (event.type) {
    case EventType::kReaction:
      return !parts.actor.empty() && !(parts.object.empty() && event.post.empty());
    case EventType::kComment:
      return !parts.object.empty();
    case EventType::kShare:
      return !(parts.object.empty() && parts.id.empty());
    case EventType::kFollow:
      return !parts.actor.empty();
    default:
      return false;
  }
}

void FinishEvent(const HashKey& key, const EventParts& parts, Event* event) {
  if (event->page_hash == 0) event->page_hash = key.Page(event->page);
  if (event->post_hash == 0 && !event->post.empty()) {
    event->post_hash = key.Within128(event->page_hash, event->post);
  }
  if (!event->source.empty()) event->source_hash = key.Source(event->source);
  event->has_actor = !parts.actor.empty();
  if (event->has_actor) event->actor = key.Actor(parts.actor);
  event->followed = CanBeFollowed(*event, parts);
  if (event->followed) event->fact = FactIdentity(key, parts, *event);
  const bool id_names_the_share =
      event->type == EventType::kShare && event->followed && parts.object.empty();
  event->has_id = !parts.id.empty() && !id_names_the_share;
  if (event->has_id) event->id_fingerprint = key.Within(event->page_hash, parts.id);
}

}  // namespace pagepulse
