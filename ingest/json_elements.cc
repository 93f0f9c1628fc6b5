#include "ingest/json_elements.h"

#include "base/error.h"
#include "ingest/json_text.h"

namespace pagepulse {
namespace {

absl::Status NotJson(std::string_view what, uint64_t offset, bool may_be_lines) {
  return MakeError(absl::StatusCode::kInvalidArgument, RejectName(RejectCode::kBadJson),
                   std::string(what) + " at byte " + std::to_string(offset),
                   may_be_lines
                       ? "nothing of it was counted; send NDJSON to have each line judged alone"
                       : "nothing of it was counted");
}

bool IsKey(std::string_view raw, std::string_view key) {
  if (raw == key) return true;
  if (raw.find('\\') == std::string_view::npos) return false;
  std::string unescaped;
  return Unescape(raw, &unescaped) == TextFault::kNone && unescaped == key;
}

// Walks a document once. Every step returns whether what it stepped over is JSON; where it is not,
// the cursor is at the fault.
class ElementFinder {
 public:
  ElementFinder(JsonCursor cursor, std::vector<JsonElement>* elements)
      : cursor_(cursor), elements_(*elements) {}

  const JsonCursor& cursor() const { return cursor_; }
  bool found() const { return found_; }

  // The value at the cursor, in which `items` is to be found from the key `depth` on.
  bool Walk(const JsonPath& items, size_t depth) {
    if (depth == items.size()) return Take();
    if (cursor_.done() || cursor_.peek() != '{') return cursor_.SkipValue();
    ++cursor_.next;
    if (!cursor_.done() && cursor_.peek() == '}') {
      ++cursor_.next;
      return true;
    }
    do {
      // A key, a colon, a value, and a comma or brace.
      if (cursor_.next[3] >= cursor_.limit || cursor_.peek() != '"' ||
          cursor_.text[cursor_.next[1]] != ':') {
        return false;
      }
      const bool here = !found_ && IsKey(cursor_.StringBody(), items[depth]);
      if (!here && !HasGoodEscapes(cursor_.StringBody())) return false;
      cursor_.next += 2;
      if (!(here ? Walk(items, depth + 1) : cursor_.SkipValue())) return false;
      if (cursor_.done()) return false;
    } while (cursor_.text[*cursor_.next++] == ',');
    return cursor_.text[cursor_.next[-1]] == '}';
  }

  // The elements of the array at the cursor, or what is there instead.
  bool Take() {
    found_ = true;
    if (cursor_.done() || cursor_.peek() != '[') return TakeOne();
    ++cursor_.next;
    if (!cursor_.done() && cursor_.peek() == ']') {
      ++cursor_.next;
      return true;
    }
    do {
      if (!TakeOne() || cursor_.done()) return false;
      if (cursor_.peek() != ',' && cursor_.peek() != ']') return false;
    } while (cursor_.text[*cursor_.next++] == ',');
    return true;
  }

 private:
  bool TakeOne() {
    const uint32_t* first = cursor_.next;
    if (!cursor_.SkipValue()) return false;
    elements_.push_back({first, cursor_.next});
    return true;
  }

  JsonCursor cursor_;
  std::vector<JsonElement>& elements_;
  bool found_ = false;
};

}  // namespace

absl::Status FindElements(const Chunk& chunk, const JsonPath* items, JsonIndex* index,
                          std::string_view* text, std::vector<JsonElement>* elements) {
  *text = chunk.text();
  if (text->substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text->remove_prefix(kByteOrderMark.size());
  }
  switch (index->Build(*text)) {
    case IndexResult::kOk:
      break;
    case IndexResult::kInvalid:
      return MakeError(absl::StatusCode::kInvalidArgument, RejectName(RejectCode::kBadJson),
                       "this is not UTF-8, or a string in it is not closed or holds a control "
                       "character",
                       "nothing of it was counted");
    case IndexResult::kTooLarge:
      return MakeError(absl::StatusCode::kResourceExhausted, "too_large",
                       "the document is too large to be read at once", "send NDJSON");
  }
  const uint64_t offset = chunk.offset + (text->data() - chunk.block.get());
  const JsonCursor root = {text->data(), index->tokens(), static_cast<uint32_t>(text->size())};
  if (items == nullptr && (root.done() || root.peek() != '[')) {
    return NotJson("there is no JSON array", offset + *root.next, true);
  }
  ElementFinder finder(root, elements);
  const bool json = items == nullptr ? finder.Take() : finder.Walk(*items, 0);
  const uint64_t reached = offset + *finder.cursor().next;
  if (!json) return NotJson("this is not JSON", reached, items == nullptr);
  if (!finder.cursor().done()) {
    return NotJson("something follows the document", reached, items == nullptr);
  }
  if (!finder.found()) ElementFinder(root, elements).Take();
  return absl::OkStatus();
}

}  // namespace pagepulse
