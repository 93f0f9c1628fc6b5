#include "engine/undo_state.h"

#include "base/coding.h"

namespace pagepulse {

void EncodeUndoState(uint32_t job, const UndoState& state, std::string* out) {
  const UndoCounts& counts = state.counts;
  for (uint64_t n : {uint64_t{job}, state.after, state.until, uint64_t{state.running},
                     static_cast<uint64_t>(state.changed_ms), state.sequence,
                     uint64_t{state.sections}, counts.events, counts.repeated, counts.ids,
                     counts.shared, counts.people, state.total, counts.figures}) {
    PutVarint(out, n);
  }
}

absl::Status DecodeUndoState(std::string_view bytes, uint32_t* job, UndoState* state) {
  Reader in(bytes);
  *job = static_cast<uint32_t>(in.Varint());
  state->after = in.Varint();
  state->until = in.Varint();
  state->running = in.Varint() != 0;
  state->changed_ms = static_cast<int64_t>(in.Varint());
  state->sequence = in.Varint();
  state->sections = static_cast<uint32_t>(in.Varint());
  UndoCounts& counts = state->counts;
  for (uint64_t* n : {&counts.events, &counts.repeated, &counts.ids, &counts.shared, &counts.people,
                      &state->total}) {
    *n = in.Varint();
  }
  counts.figures = in.ok() && in.remaining() > 0 ? in.Varint() : 0;  // older ones have none
  return in.done() ? absl::OkStatus() : absl::DataLossError("the state of an undo is broken");
}

std::string UndoKey(uint32_t job) {
  std::string key = "u";
  PutBig32(&key, job);
  return key;
}

}  // namespace pagepulse
