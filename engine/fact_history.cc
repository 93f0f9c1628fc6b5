#include "engine/fact_history.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "absl/utility/utility.h"
#include "base/coding.h"

namespace pagepulse {
namespace {

// What the events so far make of the fact. The other members of an absent one are zeros, so that
// equal states compare equal.
struct State {
  enum Presence : uint8_t { kAbsent, kPresent, kHidden };
  Presence presence = kAbsent;
  ReactionKind kind = ReactionKind::kUnknown;
  uint16_t source = 0;
  uint32_t post = 0;

  bool operator==(const State&) const = default;
};

// The bytes of `reaction`; an event without one has none.
std::string_view ReactionBytes(ReactionKind kind) {
  return kind == ReactionKind::kUnknown ? std::string_view() : ReactionName(kind);
}

// The order of events as far as it goes without names: negative, zero or positive.
int CompareWithoutNames(const FactEvent& a, const FactEvent& b) {
  if (a.ts_ms != b.ts_ms) return a.ts_ms < b.ts_ms ? -1 : 1;
  if (a.op != b.op) return a.op < b.op ? -1 : 1;
  if (a.kind != b.kind) return ReactionBytes(a.kind).compare(ReactionBytes(b.kind));
  return 0;
}

int Order(const FactEvent& a, const FactEvent& b, const FactNames& names) {
  if (const int order = CompareWithoutNames(a, b); order != 0) return order;
  if (a.post != b.post) return names.Post(a.post).compare(names.Post(b.post));
  if (a.source != b.source) return names.Source(a.source).compare(names.Source(b.source));
  return 0;
}

// Applies one event; emit(kind, removed) is called, before the state moves on, for each +1.
template <typename Emit>
void ApplyKind(ReactionKind kind, State* state, Emit&& emit) {
  if (state->presence == State::kPresent && state->kind != kind) {
    emit(state->kind, true);
    emit(kind, false);
  }
  state->kind = kind;
}

template <typename Emit>
void Apply(const FactEvent& event, State* state, Emit&& emit) {
  switch (event.op) {
    case Op::kAdd:
      if (state->presence == State::kPresent) {
        ApplyKind(event.kind, state, emit);
        return;
      }
      if (state->presence == State::kAbsent) {
        state->post = event.post;
        state->source = event.source;
      }
      state->presence = State::kPresent;
      state->kind = event.kind;
      emit(state->kind, false);
      return;
    case Op::kEdit:
      // One that names no kind (the text of a comment was changed) moves nothing.
      if (state->presence != State::kAbsent && event.kind != ReactionKind::kUnknown) {
        ApplyKind(event.kind, state, emit);
      }
      return;
    case Op::kHide:
      if (state->presence != State::kPresent) return;
      emit(state->kind, true);
      state->presence = State::kHidden;
      return;
    case Op::kUnhide:
      if (state->presence != State::kHidden) return;
      emit(state->kind, false);
      state->presence = State::kPresent;
      return;
    case Op::kRemove:
      if (state->presence == State::kPresent) emit(state->kind, true);
      *state = State();
      return;
  }
}

Transition MakeTransition(const FactEvent& event, const State& state, ReactionKind kind,
                          bool removed) {
  return {event.ts_ms, state.post, state.source, kind, removed, 1};
}

// Adds `times` of a transition to a difference that is built in order of time. What can cancel has
// the same time and so lies at the end; at one time a history takes at most a few dozen different
// steps (two places, eight kinds, two sides), whatever its length.
void AddToDifference(const Transition& step, int32_t times, Transitions* difference) {
  for (auto it = difference->rbegin(); it != difference->rend() && it->ts_ms == step.ts_ms; ++it) {
    Transition unit = *it;
    unit.times = 1;
    if (unit == step) {
      it->times += times;
      return;
    }
  }
  difference->push_back(step);
  difference->back().times = times;
}

void ApplyToDifference(const FactEvent& event, int32_t times, State* state,
                       Transitions* difference) {
  Apply(event, state, [&](ReactionKind kind, bool removed) {
    AddToDifference(MakeTransition(event, *state, kind, removed), times, difference);
  });
}

}  // namespace

FactHistory::Events::iterator FactHistory::PlaceOf(const FactEvent& event, const FactNames& names) {
  return std::lower_bound(
      events_.begin(), events_.end(), event,
      [&](const FactEvent& a, const FactEvent& b) { return Order(a, b, names) < 0; });
}

void FactHistory::Tell(Events::const_iterator place, int32_t sign, Transitions* difference) const {
  difference->clear();
  State without;
  for (auto it = events_.begin(); it != place; ++it) {
    Apply(*it, &without, [](ReactionKind, bool) {});
  }
  State with = without;
  ApplyToDifference(*place, sign, &with, difference);
  // Once both stories stand alike, the rest is the same in both.
  for (auto it = place + 1; it != events_.end() && without != with; ++it) {
    ApplyToDifference(*it, sign, &with, difference);
    ApplyToDifference(*it, -sign, &without, difference);
  }
  const auto is_nothing = [](const Transition& t) { return t.times == 0; };
  difference->erase(std::remove_if(difference->begin(), difference->end(), is_nothing),
                    difference->end());
}

FactHistory::Outcome FactHistory::Insert(const FactEvent& event, const FactNames& names,
                                         Transitions* difference) {
  auto place = events_.end();
  if (!events_.empty() && Order(events_.back(), event, names) >= 0) {
    place = PlaceOf(event, names);
    if (Order(*place, event, names) == 0) return Outcome::kAlreadyThere;
  }
  if (events_.size() >= kMaxEvents) return Outcome::kTooBusy;
  Tell(events_.insert(place, event), 1, difference);
  return Outcome::kInserted;
}

bool FactHistory::Remove(const FactEvent& event, const FactNames& names, Transitions* difference) {
  const auto place = PlaceOf(event, names);
  if (place == events_.end() || Order(*place, event, names) != 0) return false;
  Tell(place, -1, difference);
  events_.erase(place);
  return true;
}

Transitions FactHistory::Walk() const {
  Transitions out;
  State state;
  for (const FactEvent& event : events_) {
    Apply(event, &state, [&](ReactionKind kind, bool removed) {
      out.push_back(MakeTransition(event, state, kind, removed));
    });
  }
  return out;
}

namespace {

constexpr uint8_t kVersion = 1;
// An event's head byte: bits 0-2 op, 3-5 kind, 6 set where post and source are the previous
// event's, 7 zero.
constexpr int kKindShift = 3;
constexpr uint8_t kSamePlace = 0x40, kHeadBits = 0x7f;

bool SamePlace(const FactEvent& a, const FactEvent& b) {
  return a.post == b.post && a.source == b.source;
}

// Reads the event after `previous` (a default one before the first).
bool ReadEvent(Reader* reader, bool first, const FactEvent& previous, FactEvent* event) {
  const uint8_t head = reader->Byte();
  const uint8_t op = head & 7;
  if ((head & ~kHeadBits) != 0 || op > static_cast<uint8_t>(Op::kRemove)) return false;
  event->op = static_cast<Op>(op);
  event->kind = static_cast<ReactionKind>((head >> kKindShift) & 7);
  const uint64_t ts = reader->Varint();
  if (first) {
    event->ts_ms = UnZigZag(ts);
  } else if (ts > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) ||
             __builtin_add_overflow(previous.ts_ms, static_cast<int64_t>(ts), &event->ts_ms)) {
    return false;
  }
  event->post = previous.post;
  event->source = previous.source;
  if ((head & kSamePlace) == 0) {
    const uint64_t post = reader->Varint();
    const uint64_t source = reader->Varint();
    event->post = static_cast<uint32_t>(post);
    event->source = static_cast<uint16_t>(source);
    if (event->post != post || event->source != source) return false;
    if (SamePlace(*event, previous)) return false;
  }
  const int order = first ? -1 : CompareWithoutNames(previous, *event);
  return reader->ok() && (order < 0 || (order == 0 && *event != previous));
}

}  // namespace

void FactHistory::Encode(std::string* out) const {
  if (events_.empty()) return;
  out->push_back(static_cast<char>(kVersion));
  FactEvent previous;
  for (const FactEvent& event : events_) {
    const bool same = SamePlace(event, previous);
    out->push_back(static_cast<char>(static_cast<uint8_t>(event.op) |
                                     static_cast<uint8_t>(event.kind) << kKindShift |
                                     (same ? kSamePlace : 0)));
    if (&event == events_.data()) {
      PutVarint(out, ZigZag(event.ts_ms));
    } else {
      PutVarint(out, static_cast<uint64_t>(event.ts_ms) - static_cast<uint64_t>(previous.ts_ms));
    }
    if (!same) {
      PutVarint(out, event.post);
      PutVarint(out, event.source);
    }
    previous = event;
  }
}

bool FactHistory::Read(std::string_view bytes) {
  if (bytes.empty()) return true;
  Reader reader(bytes);
  if (reader.Byte() != kVersion) return false;
  FactEvent event;
  do {
    const FactEvent previous = event;
    if (size() == kMaxEvents || !ReadEvent(&reader, empty(), previous, &event)) return false;
    events_.push_back(event);
  } while (!reader.done());
  return true;
}

absl::StatusOr<FactHistory> FactHistory::Decode(std::string_view bytes) {
  // One object, returned by name: g++ 12 takes a moved InlinedVector for uninitialized.
  absl::StatusOr<FactHistory> history(absl::in_place);
  if (!history->Read(bytes)) history = absl::DataLossError("fact: not a history of version 1");
  return history;
}

}  // namespace pagepulse
