#pragma once

// One fact (a person's reaction on a post, a comment, a share, a follow): everything that was ever
// said of it, in the order in which it holds. See product.md's "Occurrences and facts" as restated
// in docs/events.md, and docs/exactly_once.md.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "model/metric.h"

namespace pagepulse {

struct FactEvent {
  int64_t ts_ms = 0;
  uint32_t post = 0;    // dictionary id; 0: none
  uint16_t source = 0;  // dictionary id; 0: none
  Op op = Op::kAdd;
  ReactionKind kind = ReactionKind::kUnknown;

  bool operator==(const FactEvent&) const = default;
};
static_assert(sizeof(FactEvent) == 16);

// Looks up the bytes of names, for the order of events that differ in nothing else. Ids are given
// by arrival, so ids must not decide.
class FactNames {
 public:
  virtual ~FactNames() = default;
  virtual std::string_view Post(uint32_t id) const = 0;    // "" for 0
  virtual std::string_view Source(uint32_t id) const = 0;  // "" for 0
};

// +1 `added` or +1 `removed` of a kind, at a time, where the fact then belonged.
struct Transition {
  int64_t ts_ms = 0;
  uint32_t post = 0;
  uint16_t source = 0;
  ReactionKind kind = ReactionKind::kUnknown;
  bool removed = false;
  int32_t times = 1;  // negative where a difference takes back what was counted

  bool operator==(const Transition&) const = default;
};
using Transitions = absl::InlinedVector<Transition, 4>;

// Not thread-safe. An event costs 16 bytes; one needs no memory of its own.
class FactHistory {
 public:
  static constexpr size_t kMaxEvents = 256;
  enum class Outcome { kInserted, kAlreadyThere, kTooBusy };

  // Puts the event at its place. Only for kInserted does *difference (cleared first) hold what
  // changed: transitions in order of time with times != 0, no two alike but for `times`. An event
  // at the end, the usual case, costs one pass that writes nothing.
  Outcome Insert(const FactEvent& event, const FactNames& names, Transitions* difference);

  // Takes the event out again, wherever it stands: false, and nothing is changed, where it is not
  // there. *difference is what Insert's would be, with the signs of what is taken back.
  bool Remove(const FactEvent& event, const FactNames& names, Transitions* difference);

  Transitions Walk() const;  // the whole story, each step with times == 1

  size_t size() const { return events_.size(); }
  bool empty() const { return events_.empty(); }
  const FactEvent* begin() const { return events_.data(); }
  const FactEvent* end() const { return events_.data() + events_.size(); }

  // Appends; an empty history is no bytes. The layout is in docs/storage_format.md, "Facts".
  void Encode(std::string* out) const;
  // DATA_LOSS: bytes that Encode does not write, or an unknown version.
  static absl::StatusOr<FactHistory> Decode(std::string_view bytes);

 private:
  using Events = absl::InlinedVector<FactEvent, 1>;

  bool Read(std::string_view bytes);
  Events::iterator PlaceOf(const FactEvent& event, const FactNames& names);
  // `sign` times what the event at `place` adds to the story of the others.
  void Tell(Events::const_iterator place, int32_t sign, Transitions* difference) const;

  Events events_;
};

}  // namespace pagepulse
