#pragma once

// From the values of an event's keys, wherever they were found, to one Event: docs/events.md. Every
// format that tells single events ends here, so that they all have the same faults, in the same
// order.

#include <array>
#include <cstdint>
#include <string_view>

#include "ingest/adapter.h"
#include "ingest/event_identity.h"
#include "ingest/timestamp.h"
#include "model/event.h"

namespace pagepulse {

// Where a line or an array's element is.
struct LinePlace {
  uint32_t line = 0;
  uint64_t offset = 0;
  uint32_t length = 0;
};

// Builds the events of one batch. Not thread-safe; lives no longer than `context` and `batch`.
class EventBuilder {
 public:
  // In the order of the table in docs/events.md.
  enum Key {
    kId,
    kTs,
    kPage,
    kPost,
    kActor,
    kType,
    kReaction,
    kOp,
    kObject,
    kCount,
    kSource,
    kKeys
  };

  enum class Kind : uint8_t {
    kAbsent,   // not given, or null
    kText,     // a string, unescaped, without control characters
    kInteger,  // its digits
    kMillis,   // of `ts` alone: digits that are epoch milliseconds, however few
    kOther,    // JSON, but nothing that an event holds
  };
  struct Value {
    // Member by member: a Value assigned as a whole goes through the stack, where two stores of 8
    // bytes are read as one of 16, which stalls.
    void Set(std::string_view new_text, Kind new_kind) {
      text = new_text;
      kind = new_kind;
    }

    std::string_view text;
    Kind kind = Kind::kAbsent;
  };

  EventBuilder(const ParseContext& context, EventBatch* batch, size_t max_id_bytes);

  // The values of the event that is being read. Text lives as long as the batch.
  Value& operator[](Key key) { return values_[key]; }
  void Clear() {
    for (Value& value : values_) value.Set({}, Kind::kAbsent);
  }

  // Judges the values and appends the event, or a rejection with the first fault.
  void Append(const LinePlace& place);
  void Reject(const LinePlace& place, RejectCode code);

 private:
  // In the order of the keys; each step takes one or more of them.
  RejectCode Build(Event* event);
  RejectCode BuildTs(Event* event);
  RejectCode BuildNames(Event* event);
  RejectCode BuildType(Event* event);
  RejectCode BuildReaction(Event* event);
  RejectCode BuildOp(Event* event);
  bool BuildCount(const EventParts& parts, Event* event);

  bool Has(Key key) const { return values_[key].kind != Kind::kAbsent; }
  bool IsText(Key key, size_t max_bytes) const;
  bool IsTextOrInteger(Key key, size_t max_bytes) const;

  const ParseContext& context_;
  EventBatch* batch_;
  const size_t max_id_bytes_;
  std::array<Value, kKeys> values_;
  TimestampReader timestamps_;
  // Most lines repeat the page of the one before.
  std::string_view last_page_;
  uint64_t last_page_hash_ = 0;
};

}  // namespace pagepulse
