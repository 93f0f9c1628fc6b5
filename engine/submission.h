#pragma once

// What enters the engine and what comes back.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "model/event.h"

namespace pagepulse {

// New names that a token may bring within an hour; what overflows a post cap counts on the page
// under the post `__other__`, new pages and types above theirs are rejected.
struct NameCaps {
  uint32_t pages_per_hour = 1000;
  uint32_t posts_per_hour = 100'000;
  uint32_t types_per_hour = 100;
};

struct IdempotencyKey {
  Hash128 key = 0;   // of the header's value, within the token
  Hash128 body = 0;  // ContentHash of the raw body
};

// One step of a backfill job through a file: counted only if the job stands at `from`.
struct JobStep {
  std::string job;
  Hash128 file = 0;       // ContentHash of the file's first line
  uint32_t ordinal = 0;   // among the job's files with that first line; the next one is a new file
  std::string file_name;  // as given, for people
  uint64_t from = 0, to = 0;            // bytes of the uncompressed stream
  Hash128 digest_from = 0, digest = 0;  // ContentHash of the stream up to `from` and up to `to`
  uint32_t lines = 0;                   // line ends up to `to`
  uint64_t more_bytes = 0;              // about as many follow, as far as that is known
  std::string options;                  // what the file is read by, for people and to be compared
};

struct UndoStep;  // undo.h

struct Submission {
  std::vector<EventBatch> batches;  // counted in this order
  std::optional<IdempotencyKey> key;
  std::optional<JobStep> job;
  std::shared_ptr<const UndoStep> undo;  // instead of events: the engine's own
  // Pages whose metrics have another authority from here on: what was reported of them before is
  // counted, or no longer is.
  std::vector<std::pair<uint32_t, AuthoritySet>> authorities;
  std::string token;               // whose caps these names fall under; empty: none configured
  std::string format;              // what its bytes were read as, for people
  const NameCaps* caps = nullptr;  // nullptr: no caps
  size_t bytes = 0;                // held in memory for it, for the queue's bound
};

struct LineError {
  uint32_t line = 0;
  RejectCode code = RejectCode::kNone;
};

enum class Outcome : uint8_t {
  kCounted,        // durable; the numbers below hold
  kKeyInFlight,    // 409: the same Idempotency-Key is being counted
  kKeyReused,      // 422: the key came before with another body
  kWrongPosition,  // 409: the job does not stand at `from`
  kOtherOptions,   // 409: the job has counted the file's beginning as read by other options
  kBeingUndone,    // 409: what the job counted is being taken out again
  kUnavailable,    // 503: the engine is stopping; nothing is promised
};

struct Reply {
  static constexpr size_t kMaxErrors = 100;

  Outcome outcome = Outcome::kCounted;
  uint64_t received = 0, accepted = 0, duplicate = 0, rejected = 0;
  uint64_t ignored = 0;    // parts of the input that are none of ours
  uint64_t overruled = 0;  // of those, events of a metric that the platform's reports make
  std::array<uint32_t, kRejectCodes> by_code{};  // rejected; not of an answer that was stored
  std::vector<LineError> errors;                 // the first kMaxErrors
};

}  // namespace pagepulse
