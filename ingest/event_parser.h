#pragma once

// One JSON object of the native format to one Event: docs/events.md. This is where most of the
// engine's time per event goes, so: one pass over the tokens, text taken in place, nothing
// allocated for an event without escapes.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/adapter.h"
#include "ingest/event_identity.h"
#include "ingest/json_cursor.h"
#include "ingest/timestamp.h"
#include "model/event.h"

namespace pagepulse {

// Where a line or an array's element is.
struct LinePlace {
  uint32_t line = 0;
  uint64_t offset = 0;
  uint32_t length = 0;
};

// Parses the objects of one batch. Not thread-safe; lives no longer than `context` and `batch`.
class EventParser {
 public:
  EventParser(const ParseContext& context, EventBatch* batch);

  // Reads the object at the cursor, which reaches to the end of its line or element, and appends an
  // event or a rejection to the batch. The text is the batch's and has its padding. Returns a token
  // up to which it has read: at an event's end, the first one beyond the limit.
  const uint32_t* Parse(JsonCursor cursor, const LinePlace& place);

  void Reject(const LinePlace& place, RejectCode code);

  // Whether all strings of the objects that follow are known to be plain (json_text.h), so that
  // none needs to be looked at.
  void set_all_plain(bool all_plain) { all_plain_ = all_plain; }

 private:
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
    kText,     // a string, unescaped
    kInteger,  // its digits
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

  // kNone, or kBadJson or kDuplicateKey.
  RejectCode ReadFields(JsonCursor* cursor);
  bool ReadKey(std::string_view raw, Key* key) const;
  bool ReadValue(JsonCursor* cursor, Value* value);
  bool ReadUnplain(std::string_view raw, Value* value);
  static Key FindKey(std::string_view name);

  // In the order of the table in docs/events.md; each step takes one or more of its rows.
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
  bool all_plain_ = false;
  std::array<Value, kKeys> values_;
  TimestampReader timestamps_;
  // Most lines repeat the page of the one before.
  std::string_view last_page_;
  uint64_t last_page_hash_ = 0;
};

}  // namespace pagepulse
