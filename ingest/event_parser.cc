#include "ingest/event_parser.h"

#include <cstring>
#include <memory>
#include <string>

#include "ingest/json_text.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxIdBytes = 64;

}  // namespace

EventParser::EventParser(const ParseContext& context, EventBatch* batch)
    : batch_(batch), builder_(context, batch, kMaxIdBytes) {}

const uint32_t* EventParser::Parse(JsonCursor cursor, const LinePlace& place) {
  const RejectCode code = ReadFields(&cursor);
  if (code == RejectCode::kNone) {
    builder_.Append(place);
  } else {
    Reject(place, code);
  }
  return cursor.next;
}

RejectCode EventParser::ReadFields(JsonCursor* caller_cursor) {
  if (caller_cursor->done() || caller_cursor->peek() != '{') return RejectCode::kBadJson;
  JsonCursor cursor = *caller_cursor;  // a copy that nothing else points to stays in registers
  ++cursor.next;
  builder_.Clear();
  uint32_t seen = 0;
  bool twice = false;
  char end = ',';
  if (!cursor.done() && cursor.peek() == '}') {
    end = '}';
    ++cursor.next;
  }
  while (end == ',') {
    // The shortest field takes four tokens: a key, a colon, a value, and a comma or brace.
    if (cursor.next[3] >= cursor.limit || cursor.peek() != '"' ||
        cursor.text[cursor.next[1]] != ':') {
      return RejectCode::kBadJson;
    }
    Key key;
    if (!ReadKey(cursor.StringBody(), &key)) return RejectCode::kBadJson;
    cursor.next += 2;
    if (key != kNoKey) {
      twice |= (seen >> key & 1) != 0;
      seen |= uint32_t{1} << key;
    }
    if (all_plain_ && cursor.peek() == '"') {
      if (key != kNoKey) builder_[key].Set(cursor.StringBody(), Kind::kText);
      ++cursor.next;
    } else {
      JsonCursor rest = cursor;
      if (!(key == kNoKey ? rest.SkipValue() : ReadValue(&rest, &builder_[key])) || rest.done()) {
        return RejectCode::kBadJson;
      }
      cursor.next = rest.next;
    }
    end = cursor.peek();
    ++cursor.next;
  }
  caller_cursor->next = cursor.next;
  if (end != '}' || !cursor.done()) return RejectCode::kBadJson;
  return twice ? RejectCode::kDuplicateKey : RejectCode::kNone;
}

// Another spelling of a key, `\u0069d`, is the same key: a second one shall not hide.
bool EventParser::ReadKey(std::string_view raw, Key* key) const {
  *key = FindKey(raw);
  if (*key != kNoKey || all_plain_ || raw.find('\\') == std::string_view::npos) return true;
  std::string unescaped;
  const TextFault fault = Unescape(raw, &unescaped);
  if (fault == TextFault::kNone) *key = FindKey(unescaped);
  return fault != TextFault::kBadEscape;
}

EventParser::Key EventParser::FindKey(std::string_view name) {
  using enum EventBuilder::Key;
  // Compared by a length that the compiler knows: one word each instead of a call.
  const auto is = [name](const auto& key) {
    return std::memcmp(name.data(), key, sizeof(key) - 1) == 0;
  };
  switch (name.size()) {
    case 2:
      return is("id") ? kId : is("ts") ? kTs : is("op") ? kOp : kNoKey;
    case 4:
      return is("page") ? kPage : is("post") ? kPost : is("type") ? kType : kNoKey;
    case 5:
      return is("actor") ? kActor : is("count") ? kCount : kNoKey;
    case 6:
      return is("source") ? kSource : is("object") ? kObject : kNoKey;
    case 8:
      return is("reaction") ? kReaction : kNoKey;
    default:
      return kNoKey;
  }
}

bool EventParser::ReadValue(JsonCursor* cursor, Value* value) {
  const char first = cursor->peek();
  if (first == '"') {
    const std::string_view raw = cursor->StringBody();
    ++cursor->next;
    if (!IsPlain(raw)) return ReadUnplain(raw, value);
    value->Set(raw, Kind::kText);
    return true;
  }
  if (first == '{' || first == '[') {
    value->kind = Kind::kOther;
    return cursor->SkipValue();
  }
  const std::string_view token = cursor->Token();
  const JsonKind kind = KindOf(token);
  ++cursor->next;
  if (kind == JsonKind::kInteger) {
    value->Set(token == "-0" ? "0" : token, Kind::kInteger);
  } else if (kind != JsonKind::kNull) {
    value->kind = Kind::kOther;
  }
  return kind != JsonKind::kInvalid;
}

// Text that has an escape or may have a control character.
bool EventParser::ReadUnplain(std::string_view raw, Value* value) {
  auto copy = std::make_unique<std::string>();
  const TextFault fault = Unescape(raw, copy.get());
  const bool text = fault == TextFault::kNone && !HasControl(*copy);
  value->Set(*copy, text ? Kind::kText : Kind::kOther);
  batch_->strings.push_back(std::move(copy));
  return fault != TextFault::kBadEscape;
}

}  // namespace pagepulse
