#pragma once

// One JSON object of the native format to one Event: docs/events.md. This is where most of the
// engine's time per event goes, so: one pass over the tokens, text taken in place, nothing
// allocated for an event without escapes.

#include <string_view>

#include "ingest/event_builder.h"
#include "ingest/json_cursor.h"

namespace pagepulse {

// Parses the objects of one batch. Not thread-safe; lives no longer than `context` and `batch`.
class EventParser {
 public:
  EventParser(const ParseContext& context, EventBatch* batch);

  // Reads the object at the cursor, which reaches to the end of its line or element, and appends an
  // event or a rejection to the batch. The text is the batch's and has its padding. Returns a token
  // up to which it has read: at an event's end, the first one beyond the limit.
  const uint32_t* Parse(JsonCursor cursor, const LinePlace& place);

  void Reject(const LinePlace& place, RejectCode code) { builder_.Reject(place, code); }

  // Whether all strings of the objects that follow are known to be plain (json_text.h), so that
  // none needs to be looked at.
  void set_all_plain(bool all_plain) { all_plain_ = all_plain; }

 private:
  using Key = EventBuilder::Key;
  using Kind = EventBuilder::Kind;
  using Value = EventBuilder::Value;
  static constexpr Key kNoKey = EventBuilder::kKeys;

  // kNone, or kBadJson or kDuplicateKey.
  RejectCode ReadFields(JsonCursor* cursor);
  bool ReadKey(std::string_view raw, Key* key) const;
  bool ReadValue(JsonCursor* cursor, Value* value);
  bool ReadUnplain(std::string_view raw, Value* value);
  static Key FindKey(std::string_view name);

  EventBatch* batch_;
  bool all_plain_ = false;
  EventBuilder builder_;
};

}  // namespace pagepulse
