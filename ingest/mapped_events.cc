// Events by a mapping: JSON to the values of a native event, which is then judged as any other.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ingest/json_lines.h"
#include "ingest/json_text.h"
#include "ingest/mapping.h"
#include "ingest/timestamp.h"
#include "model/metric.h"

namespace pagepulse {
namespace {

using Key = EventBuilder::Key;
using Kind = EventBuilder::Kind;
using Value = EventBuilder::Value;

// Several parts of an id, a URI among them. It is hashed and not kept.
constexpr size_t kMaxIdBytes = 512;
// Between the parts of an id: no text holds it, so different parts are different ids.
constexpr char kIdSeparator = '\x1f', kSeparator = ' ';

// Values that need no more than to be put in their place.
constexpr Key kPlainKeys[] = {EventBuilder::kId,    EventBuilder::kPage,   EventBuilder::kPost,
                              EventBuilder::kActor, EventBuilder::kObject, EventBuilder::kCount,
                              EventBuilder::kSource};

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

class MappedParser {
 public:
  MappedParser(const Mapping& mapping, const ParseContext& context, EventBatch* batch)
      : mapping_(mapping),
        context_(context),
        batch_(batch),
        builder_(context, batch, kMaxIdBytes),
        arrival_(std::to_string(context.now_ms)) {}

  const uint32_t* Parse(JsonCursor cursor, const LinePlace& place) {
    text_ = cursor.text;
    limit_ = cursor.limit;
    RejectCode code = RejectCode::kBadJson;
    if (!cursor.done() && cursor.peek() == '{') {
      code = mapping_.pointers.Read(&cursor, all_plain_, &found_);
      if (code == RejectCode::kNone && !cursor.done()) code = RejectCode::kBadJson;
    }
    if (code == RejectCode::kNone) {
      Append(place);
    } else {
      Reject(place, code);
    }
    return cursor.next;
  }

  void Reject(const LinePlace& place, RejectCode code) { builder_.Reject(place, code); }
  void set_all_plain(bool all_plain) { all_plain_ = all_plain; }

 private:
  void Append(const LinePlace& place) {
    builder_.Clear();
    if (!SetType()) {
      ++batch_->ignored;
      return;
    }
    SetTime();
    for (const Key key : kPlainKeys) {
      const Value value = Find(key);
      const bool digits = key == EventBuilder::kCount && IsDigits(value.text);
      const bool as_text = value.kind == Kind::kInteger && key != EventBuilder::kCount;
      builder_[key].Set(value.text, digits ? Kind::kInteger : as_text ? Kind::kText : value.kind);
    }
    builder_.Append(place);
  }

  // With the op and the reaction that follow from it. false: the event is to be ignored.
  bool SetType() {
    bool constant = false;
    const Value name = Find(EventBuilder::kType, &constant);
    if (name.text.empty()) {  // not there, or nothing that is a name
      builder_[EventBuilder::kType].Set({}, name.kind);
      return true;
    }
    if (meaning_ == nullptr || name.text != name_ || constant != name_is_constant_) {
      name_ = name.text;
      name_is_constant_ = constant;
      meaning_ = constant ? &mapping_.constant_type : &mapping_.types.Find(name.text);
      type_ = TypeOf(*meaning_, name.text);
    }
    if (meaning_->action == TypeMeaning::kIgnored) return false;
    builder_[EventBuilder::kType].Set(type_, Kind::kText);
    const std::optional<EventType> type = ParseBuiltInType(type_);
    if (type && IsFact(*type)) SetMeant(EventBuilder::kOp, meaning_->op);
    if (type == EventType::kReaction) SetMeant(EventBuilder::kReaction, meaning_->reaction);
    return true;
  }

  void SetMeant(Key key, std::string_view meant) {
    const Value value = meant.empty() ? Find(key) : Value{meant, Kind::kText};
    builder_[key].Set(value.text, value.kind);
  }

  // Lives as long as the batch.
  std::string_view TypeOf(const TypeMeaning& meaning, std::string_view name) {
    if (meaning.action != TypeMeaning::kItself) return meaning.type;
    if (IsCustomTypeName(name)) return name;
    return Keep(TypeFromName(name));
  }

  void SetTime() {
    Value ts = Find(EventBuilder::kTs);
    int64_t ms = 0;
    const bool is_date = ts.text.size() > 4 && ts.text[4] == '-';
    if (ts.kind == Kind::kText && IsDigits(ts.text)) {
      ts.kind = Kind::kInteger;
    } else if (!is_date && (ts.kind == Kind::kOther || ts.kind == Kind::kText) &&
               ReadEpochFraction(ts.text, &ms)) {
      time_ = std::to_string(ms);
      ts.Set(time_, Kind::kMillis);
    }
    builder_[EventBuilder::kTs].Set(ts.text, ts.kind);
  }

  // The first of a key's sources that there is, and whether that is a constant.
  Value Find(Key key, bool* constant = nullptr) {
    for (const FieldSource& source : mapping_.fields[key]) {
      Value value;
      switch (source.kind) {
        case FieldSource::kPointers:
          value = Join(source.pointers, key == EventBuilder::kId ? kIdSeparator : kSeparator);
          break;
        case FieldSource::kConstant:
          value = {source.constant, Kind::kText};
          if (constant != nullptr) *constant = true;
          break;
        case FieldSource::kOwnPage:
          if (!context_.own_page.empty()) value = {context_.own_page, Kind::kText};
          break;
        case FieldSource::kArrival:
          value = {arrival_, Kind::kMillis};
          break;
      }
      if (value.kind != Kind::kAbsent) return value;
    }
    return {};
  }

  Value Join(const std::vector<FieldSource::Pointer>& pointers, char separator) {
    Value value = Part(pointers[0]);
    for (size_t i = 1; i < pointers.size(); ++i) {
      const Value next = Part(pointers[i]);
      if (next.kind == Kind::kAbsent || value.kind == Kind::kOther) continue;
      if (value.kind == Kind::kAbsent || next.kind == Kind::kOther) {
        value = next;
        continue;
      }
      std::string joined(value.text);
      joined += separator;
      joined += next.text;
      value = {Keep(std::move(joined)), Kind::kText};
    }
    return value;
  }

  // What is at a pointer. An empty text is none; what is neither text nor an integer is kOther, and
  // a fraction, true and false keep their bytes.
  Value Part(const FieldSource::Pointer& pointer) {
    const uint32_t* token = found_[pointer.place];
    if (token == nullptr) return {};
    const JsonCursor at = {text_, token, limit_};
    if (at.peek() == '"') return Text(at.StringBody(), pointer.part);
    if (at.peek() == '{' || at.peek() == '[') return {{}, Kind::kOther};
    const std::string_view word = at.Token();
    switch (KindOf(word)) {
      case JsonKind::kNull:
        return {};
      case JsonKind::kInteger:
        return {word == "-0" ? "0" : word, Kind::kInteger};
      default:
        return {word, Kind::kOther};
    }
  }

  Value Text(std::string_view raw, TextPart part) {
    if (!all_plain_ && !IsPlain(raw)) {
      std::string text;
      if (Unescape(raw, &text) != TextFault::kNone || HasControl(text)) return {{}, Kind::kOther};
      raw = Keep(std::move(text));
    }
    if (part != TextPart::kAll) {
      std::string room;
      raw = PartOf(raw, part, &room);
      if (!room.empty()) raw = Keep(std::move(room));
    }
    if (raw.empty()) return {};
    return {raw, Kind::kText};
  }

  std::string_view Keep(std::string text) {
    batch_->strings.push_back(std::make_unique<std::string>(std::move(text)));
    return *batch_->strings.back();
  }

  const Mapping& mapping_;
  const ParseContext& context_;
  EventBatch* batch_;
  EventBuilder builder_;
  const std::string arrival_;
  bool all_plain_ = false;

  // Of the object that is read.
  const char* text_ = nullptr;
  uint32_t limit_ = 0;
  PointerSet::Found found_;
  std::string time_;

  // Most events have the name of the one before.
  std::string_view name_, type_;
  const TypeMeaning* meaning_ = nullptr;
  bool name_is_constant_ = false;
};

class MappedDocument final : public Adapter {
 public:
  explicit MappedDocument(std::shared_ptr<const Mapping> mapping) : mapping_(std::move(mapping)) {}

  std::string_view name() const override { return mapping_->name; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers&, const ParseContext& context,
                     EventBatch* out) const override {
    static const JsonPath kRoot;
    MappedParser parser(*mapping_, context, out);
    return ParseDocument(std::move(chunk), mapping_->items ? &*mapping_->items : &kRoot, &parser,
                         out);
  }

 private:
  const std::shared_ptr<const Mapping> mapping_;
};

class MappedLines final : public Adapter {
 public:
  explicit MappedLines(std::shared_ptr<const Mapping> mapping)
      : mapping_(mapping), document_(std::move(mapping)) {}

  std::string_view name() const override { return mapping_->name; }
  Framing framing() const override { return Framing::kLines; }
  const Adapter* document() const override { return &document_; }

  absl::Status Parse(Chunk chunk, const Headers&, const ParseContext& context,
                     EventBatch* out) const override {
    MappedParser parser(*mapping_, context, out);
    return ParseLines(std::move(chunk), &parser, out);
  }

 private:
  const std::shared_ptr<const Mapping> mapping_;
  const MappedDocument document_;
};

}  // namespace

std::unique_ptr<Adapter> MakeMappedAdapter(Mapping mapping) {
  auto shared = std::make_shared<const Mapping>(std::move(mapping));
  if (shared->items) return std::make_unique<MappedDocument>(std::move(shared));
  return std::make_unique<MappedLines>(std::move(shared));
}

}  // namespace pagepulse
