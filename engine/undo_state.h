#pragma once

// How far the undo of a job is: docs/undo.md. It is logged with every step, so that a step and the
// knowledge of it are durable together.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace pagepulse {

struct UndoCounts {
  uint64_t events = 0;    // taken out: records that the job was first to bring
  uint64_t repeated = 0;  // of the job's events that had moved no fact: nothing to take out
  uint64_t ids = 0;       // released
  uint64_t shared = 0;    // told by another sender too, whose telling counts now
  uint64_t figures = 0;   // of platforms, taken out: those that counted or were shown
  uint64_t people = 0;    // of the events taken out, how many had put a person into a sketch

  bool operator==(const UndoCounts&) const = default;
};

struct UndoState {
  // The job's records in log entries above `after` and up to `until` are taken out; those up to
  // `after` were, by an earlier undo. `until` is where the undo began: above it the job has none.
  uint64_t after = 0, until = 0;
  bool running = false;    // until then the job takes no step
  int64_t changed_ms = 0;  // when it was begun, or has ended
  // Done: the job's sections in entries before `sequence`, and the first `sections` in it.
  uint64_t sequence = 0;
  uint32_t sections = 0;
  UndoCounts counts;
  uint64_t total = 0;  // records that must be met: events + repeated, in the end

  bool IsDone(uint64_t at, uint32_t section) const {
    return at < sequence || (at == sequence && section < sections);
  }
  bool operator==(const UndoState&) const = default;
};

// With the number of its job, in one section or entry.
void EncodeUndoState(uint32_t job, const UndoState& state, std::string* out);
absl::Status DecodeUndoState(std::string_view bytes, uint32_t* job, UndoState* state);
std::string UndoKey(uint32_t job);  // of the journal

}  // namespace pagepulse
