#include "ingest/event_parser.h"

#include <charconv>
#include <cstring>
#include <memory>

#include "ingest/event_faults.h"
#include "ingest/json_text.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxIdBytes = 64, kMaxSourceBytes = 32;
constexpr uint32_t kMaxCount = uint32_t{1} << 31;

}  // namespace

EventParser::EventParser(const ParseContext& context, EventBatch* batch)
    : context_(context), batch_(batch) {}

void EventParser::Reject(const LinePlace& place, RejectCode code) {
  Rejection rejection;
  rejection.line = place.line;
  rejection.offset = place.offset;
  rejection.length = place.length;
  rejection.code = code;
  batch_->rejections.push_back(rejection);
}

const uint32_t* EventParser::Parse(JsonCursor cursor, const LinePlace& place) {
  // Copied from a constant and filled in place: an Event made here would be cleared by a string
  // instruction and copied through stalling loads.
  static const Event kBlank;
  RejectCode code = ReadFields(&cursor);
  if (code == RejectCode::kNone) {
    batch_->events.push_back(kBlank);
    Event* event = &batch_->events.back();
    event->line = place.line;
    code = Build(event);
    if (code != RejectCode::kNone) batch_->events.pop_back();
  }
  if (code != RejectCode::kNone) Reject(place, code);
  return cursor.next;
}

RejectCode EventParser::ReadFields(JsonCursor* caller_cursor) {
  if (caller_cursor->done() || caller_cursor->peek() != '{') return RejectCode::kBadJson;
  JsonCursor cursor = *caller_cursor;  // a copy that nothing else points to stays in registers
  ++cursor.next;
  for (Value& value : values_) value.Set({}, Kind::kAbsent);
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
    if (key != kKeys) {
      twice |= (seen >> key & 1) != 0;
      seen |= uint32_t{1} << key;
    }
    if (all_plain_ && cursor.peek() == '"') {
      if (key != kKeys) values_[key].Set(cursor.StringBody(), Kind::kText);
      ++cursor.next;
    } else {
      JsonCursor rest = cursor;
      if (!(key == kKeys ? rest.SkipValue() : ReadValue(&rest, &values_[key])) || rest.done()) {
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
  if (*key != kKeys || all_plain_ || raw.find('\\') == std::string_view::npos) return true;
  std::string unescaped;
  const TextFault fault = Unescape(raw, &unescaped);
  if (fault == TextFault::kNone) *key = FindKey(unescaped);
  return fault != TextFault::kBadEscape;
}

EventParser::Key EventParser::FindKey(std::string_view name) {
  // Compared by a length that the compiler knows: one word each instead of a call.
  const auto is = [name](const auto& key) {
    return std::memcmp(name.data(), key, sizeof(key) - 1) == 0;
  };
  switch (name.size()) {
    case 2:
      return is("id") ? kId : is("ts") ? kTs : is("op") ? kOp : kKeys;
    case 4:
      return is("page") ? kPage : is("post") ? kPost : is("type") ? kType : kKeys;
    case 5:
      return is("actor") ? kActor : is("count") ? kCount : kKeys;
    case 6:
      return is("source") ? kSource : is("object") ? kObject : kKeys;
    case 8:
      return is("reaction") ? kReaction : kKeys;
    default:
      return kKeys;
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

bool EventParser::IsText(Key key, size_t max_bytes) const {
  const Value& value = values_[key];
  return value.kind == Kind::kText && !value.text.empty() && value.text.size() <= max_bytes;
}

bool EventParser::IsTextOrInteger(Key key, size_t max_bytes) const {
  return IsText(key, max_bytes) ||
         (values_[key].kind == Kind::kInteger && values_[key].text.size() <= max_bytes);
}

RejectCode EventParser::Build(Event* event) {
  if (Has(kId) && !IsTextOrInteger(kId, kMaxIdBytes)) return RejectCode::kBadId;
  RejectCode code = BuildTs(event);
  if (code == RejectCode::kNone) code = BuildNames(event);
  if (code == RejectCode::kNone) code = BuildType(event);
  if (code == RejectCode::kNone) code = BuildReaction(event);
  if (code == RejectCode::kNone) code = BuildOp(event);
  if (code != RejectCode::kNone) return code;
  if (Has(kObject) && !IsText(kObject, kMaxNameBytes)) return RejectCode::kBadObject;
  const EventParts parts = {values_[kId].text, values_[kActor].text, values_[kObject].text};
  if (Has(kCount) && !BuildCount(parts, event)) return RejectCode::kBadCount;
  if (Has(kSource) && !IsText(kSource, kMaxSourceBytes)) return RejectCode::kBadSource;
  event->source = values_[kSource].text;

  if (event->page == last_page_) event->page_hash = last_page_hash_;
  FinishEvent(*context_.key, parts, event);
  last_page_ = event->page;
  last_page_hash_ = event->page_hash;
  return RejectCode::kNone;
}

RejectCode EventParser::BuildTs(Event* event) {
  const Value& ts = values_[kTs];
  if (ts.kind == Kind::kAbsent) return RejectCode::kMissingTs;
  const bool good = ts.kind == Kind::kText      ? timestamps_.Read(ts.text, &event->ts_ms)
                    : ts.kind == Kind::kInteger ? ReadEpoch(ts.text, &event->ts_ms)
                                                : false;
  if (!good) return RejectCode::kBadTs;
  if (event->ts_ms > context_.now_ms + kMaxAheadMs) return RejectCode::kFuture;
  if (event->ts_ms < context_.oldest_ms) return RejectCode::kTooOld;
  return RejectCode::kNone;
}

RejectCode EventParser::BuildNames(Event* event) {
  if (!Has(kPage)) return RejectCode::kMissingPage;
  if (!IsText(kPage, kMaxNameBytes) || values_[kPage].text == "*") return RejectCode::kBadPage;
  event->page = values_[kPage].text;
  if (Has(kPost) && !IsText(kPost, kMaxNameBytes)) return RejectCode::kBadPost;
  event->post = values_[kPost].text;
  if (Has(kActor) && !IsTextOrInteger(kActor, kMaxNameBytes)) return RejectCode::kBadActor;
  return RejectCode::kNone;
}

RejectCode EventParser::BuildType(Event* event) {
  const Value& type = values_[kType];
  if (type.kind == Kind::kAbsent) return RejectCode::kMissingType;
  if (type.kind != Kind::kText) return RejectCode::kBadType;
  if (const auto built_in = ParseBuiltInType(type.text)) {
    event->type = *built_in;
    return RejectCode::kNone;
  }
  if (!IsCustomTypeName(type.text)) return RejectCode::kBadType;
  if (IsReservedTypeName(type.text)) return RejectCode::kReservedType;
  event->type = EventType::kCustom;
  event->custom_type = type.text;
  return RejectCode::kNone;
}

// Whether a reaction is needed is the `op`'s to say: only with one that is known is its lack a
// fault. Beside another type a reaction has no meaning, but a wrong one is still wrong.
RejectCode EventParser::BuildReaction(Event* event) {
  const Value& op = values_[kOp];
  const bool needed =
      event->type == EventType::kReaction &&
      (!Has(kOp) ||
       (op.kind == Kind::kText && (op.text == OpName(Op::kAdd) || op.text == OpName(Op::kEdit))));
  if (!Has(kReaction)) return needed ? RejectCode::kMissingReaction : RejectCode::kNone;
  if (values_[kReaction].kind != Kind::kText) return RejectCode::kBadReaction;
  const auto reaction = ParseReaction(values_[kReaction].text);
  if (!reaction) return RejectCode::kBadReaction;
  if (event->type == EventType::kReaction) event->reaction = *reaction;
  return RejectCode::kNone;
}

RejectCode EventParser::BuildOp(Event* event) {
  if (Has(kOp)) {
    const auto op = values_[kOp].kind == Kind::kText ? ParseOp(values_[kOp].text) : std::nullopt;
    if (!op) return RejectCode::kBadOp;
    event->op = *op;
  }
  if (event->op != Op::kAdd && !IsFact(event->type)) return RejectCode::kBadOp;
  return RejectCode::kNone;
}

bool EventParser::BuildCount(const EventParts& parts, Event* event) {
  if (values_[kCount].kind != Kind::kInteger) return false;
  const std::string_view digits = values_[kCount].text;
  const char* end = digits.data() + digits.size();
  const auto [p, error] = std::from_chars(digits.data(), end, event->count);
  if (error != std::errc() || p != end || event->count < 1 || event->count > kMaxCount)
    return false;
  return event->count == 1 || !CanBeFollowed(*event, parts);
}

}  // namespace pagepulse
