#include "engine/reducer.h"

#include <algorithm>

#include "base/prefetch.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

Delta DeltaAt(const Record& r, int64_t ts_ms, uint32_t post, uint16_t source) {
  Delta delta;
  delta.page = r.page;
  delta.post = post;
  delta.source = source;
  delta.minute = static_cast<uint32_t>(ts_ms / 60'000);
  return delta;
}

void SetActor(const Record& r, uint64_t flag, Delta* delta) {
  if (r.has_actor) delta->actor_and_flags |= r.actor << 24 | flag;
}

// Whether the event puts its actor among the engaged: any add of a reaction, comment or share.
bool Engages(const Record& r) {
  return r.has_actor && r.op == Op::kAdd && IsFact(r.type) && r.type != EventType::kFollow;
}

CounterId OccurrenceCounter(const Record& r) {
  switch (r.type) {
    case EventType::kView:
      return kViews;
    case EventType::kClick:
      return kClicks;
    case EventType::kMessage:
      return kMessages;
    default:
      return static_cast<CounterId>(kCustomFirst + r.custom_type);
  }
}

// What a record that belongs to no fact counts, without its actor.
Delta CountOf(const Record& r) {
  Delta delta = DeltaAt(r, r.ts_ms, r.post, r.source);
  delta.count = r.count;
  if (IsFact(r.type)) {
    const bool removed = r.op == Op::kRemove || r.op == Op::kHide;
    delta.counter = FactCounter(r.type, r.kind) + removed;
    if (r.op == Op::kEdit) delta.count = 0;
  } else {
    delta.counter = OccurrenceCounter(r);
  }
  return delta;
}

// A step of a fact's story.
Delta DeltaOf(const Record& r, const Transition& t) {
  Delta delta = DeltaAt(r, t.ts_ms, t.post, t.source);
  delta.counter = FactCounter(r.type, t.kind) + t.removed;
  delta.count = static_cast<uint32_t>(std::abs(t.times));
  if (t.times < 0) delta.actor_and_flags = Delta::kNegative;
  return delta;
}

}  // namespace

bool CountsPerson(const Record& r) {
  return Engages(r) || (r.has_actor && (r.type == EventType::kView || r.type == EventType::kClick));
}

FactEvent ToFactEvent(const Record& r) {
  FactEvent event;
  event.ts_ms = r.ts_ms;
  event.post = r.post;
  event.source = r.source;
  event.op = r.op;
  event.kind = r.type == EventType::kReaction ? r.kind : ReactionKind::kUnknown;
  return event;
}

absl::Status Reducer::LoadFacts(absl::Span<const Hash128> identities,
                                absl::Span<const std::shared_ptr<Stretch>> sealed, Stretch* stretch,
                                std::vector<Fact*>* facts) {
  missing_.clear();
  missing_facts_.clear();
  facts->clear();
  // So that what *facts points to stays where it is.
  stretch->facts.ReserveMore(identities.size());
  for (size_t i = 0; i < identities.size(); ++i) {
    PrefetchAhead(i, identities.size(), [&](size_t j) {
      filter_.Touch(identities[j]);
      stretch->facts.Touch(identities[j]);
    });
    const auto [fact, is_new] = stretch->facts.FindOrAdd(identities[i]);
    facts->push_back(fact);
    if (!is_new) continue;
    if (!filter_.MayContain(identities[i])) {
      filter_.Add(identities[i]);
      continue;
    }
    bool found = false;
    for (size_t s = sealed.size(); s > 0 && !found; --s) {
      const Fact* const old = sealed[s - 1]->facts.Find(identities[i]);
      found = old != nullptr;
      if (found) fact->history = old->history;
    }
    if (found) continue;
    missing_.push_back(identities[i]);
    missing_facts_.push_back(fact);
  }
  if (missing_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(db_.GetFacts(missing_, &values_));
  for (size_t i = 0; i < missing_.size(); ++i) {
    if (values_[i].empty()) {
      filter_.Add(missing_[i]);
    } else {
      ASSIGN_OR_RETURN(missing_facts_[i]->history, FactHistory::Decode(values_[i]));
    }
  }
  return absl::OkStatus();
}

bool Reducer::FactHasRoom(const Record& record, const Fact& fact) {
  const FactHistory& history = fact.history;
  if (history.size() < FactHistory::kMaxEvents) return true;
  return std::find(history.begin(), history.end(), ToFactEvent(record)) != history.end();
}

bool Reducer::Apply(const Record& r, Fact* fact, Stretch* stretch) {
  if (fact != nullptr) return ApplyFact(r, fact, stretch);
  Delta delta = CountOf(r);
  if (r.type == EventType::kView) SetActor(r, Delta::kReach, &delta);
  if (r.type == EventType::kClick || Engages(r)) SetActor(r, Delta::kEngaged, &delta);
  if (delta.count != 0 || (delta.actor_and_flags & Delta::kHasActor)) stretch->Append(delta);
  return true;
}

bool Reducer::ApplyFact(const Record& r, Fact* fact, Stretch* stretch) {
  Transitions difference;
  const bool moved =
      fact->history.Insert(ToFactEvent(r), names_, &difference) == FactHistory::Outcome::kInserted;
  fact->changed |= moved;
  bool engaged = Engages(r);  // told again or not
  for (const Transition& t : difference) {
    Delta delta = DeltaOf(r, t);
    if (engaged && t.ts_ms == r.ts_ms && t.post == r.post && t.source == r.source) {
      SetActor(r, Delta::kEngaged, &delta);
      engaged = false;
    }
    stretch->Append(delta);
  }
  if (engaged) {
    Delta delta = DeltaAt(r, r.ts_ms, r.post, r.source);
    SetActor(r, Delta::kEngaged, &delta);
    stretch->Append(delta);
  }
  return moved;
}

void Reducer::Withdraw(const Record& r, Fact* fact, Stretch* stretch) {
  if (fact == nullptr) {
    Delta delta = CountOf(r);
    delta.actor_and_flags = Delta::kNegative;
    if (delta.count != 0) stretch->Append(delta);
    return;
  }
  Transitions difference;
  if (!fact->history.Remove(ToFactEvent(r), names_, &difference)) return;
  fact->changed = true;
  for (const Transition& t : difference) stretch->Append(DeltaOf(r, t));
}

}  // namespace pagepulse
