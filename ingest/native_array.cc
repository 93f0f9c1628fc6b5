// The native format as one JSON array: docs/events.md.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "ingest/adapter.h"
#include "ingest/event_parser.h"
#include "ingest/json_index.h"

namespace pagepulse {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

// Beyond this an array's index (up to 5 bytes a byte) is not kept for the next one.
constexpr size_t kMaxKeptBytes = 128 * 1024;

// Shorter than any event; many small elements that are none shall not reserve memory.
constexpr size_t kLeastElementBytes = 64;

absl::Status NotJson(std::string_view what, uint64_t offset) {
  return MakeError(absl::StatusCode::kInvalidArgument, RejectName(RejectCode::kBadJson),
                   std::string(what) + " at byte " + std::to_string(offset),
                   "nothing of the array was counted; send NDJSON to have each line judged alone");
}

// An element's tokens; `end` is the comma or bracket behind them.
struct Element {
  const uint32_t* first;
  const uint32_t* end;
};

// Checks the whole document, which is an array of whatever there is.
absl::Status FindElements(JsonCursor cursor, uint64_t offset, std::vector<Element>* elements) {
  const auto fault = [&](std::string_view what) { return NotJson(what, offset + *cursor.next); };
  if (cursor.done() || cursor.peek() != '[') return fault("there is no JSON array");
  ++cursor.next;
  char end = ',';
  if (!cursor.done() && cursor.peek() == ']') {
    end = ']';
    ++cursor.next;
  }
  while (end == ',') {
    const uint32_t* first = cursor.next;
    if (!cursor.SkipValue()) return fault("the array is not JSON");
    elements->push_back({first, cursor.next});
    if (cursor.done() || (cursor.peek() != ',' && cursor.peek() != ']')) {
      return fault("the array is not JSON");
    }
    end = cursor.peek();
    ++cursor.next;
  }
  if (!cursor.done()) return fault("something follows the array");
  return absl::OkStatus();
}

class NativeArrayAdapter : public Adapter {
 public:
  std::string_view name() const override { return "native"; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers& headers, const ParseContext& context,
                     EventBatch* out) const override {
    std::string_view text = chunk.text();
    if (text.substr(0, kMark.size()) == kMark) text.remove_prefix(kMark.size());
    JsonIndex own;
    JsonIndex& index = text.size() > kMaxKeptBytes ? own : JsonIndex::OfThisThread();
    const uint64_t offset = chunk.offset + (text.data() - chunk.block.get());
    switch (index.Build(text)) {
      case IndexResult::kOk:
        break;
      case IndexResult::kInvalid:
        return MakeError(absl::StatusCode::kInvalidArgument, RejectName(RejectCode::kBadJson),
                         "the array is not UTF-8, or a string in it is not closed or holds a "
                         "control character",
                         "nothing of the array was counted");
      case IndexResult::kTooLarge:
        return MakeError(absl::StatusCode::kResourceExhausted, "too_large",
                         "the array is too large to be read at once", "send NDJSON");
    }
    const JsonCursor cursor = {text.data(), index.tokens(), static_cast<uint32_t>(text.size())};
    std::vector<Element> elements;
    if (absl::Status status = FindElements(cursor, offset, &elements); !status.ok()) return status;
    ParseElements(text, offset, elements, context, out);
    out->blocks.push_back(std::move(chunk.block));
    return absl::OkStatus();
  }

 private:
  static void ParseElements(std::string_view text, uint64_t offset,
                            const std::vector<Element>& elements, const ParseContext& context,
                            EventBatch* out) {
    if (out->events.empty()) {
      out->events.reserve(std::min(elements.size(), text.size() / kLeastElementBytes));
    }
    EventParser parser(context, out);
    uint32_t number = 0;
    for (const Element& element : elements) {
      const JsonCursor last = {text.data(), element.end - 1, *element.end};
      const size_t length = *last.next + last.Token().size() - *element.first;
      const LinePlace place = {++number, offset + *element.first, static_cast<uint32_t>(length)};
      if (length > kMaxLineBytes) {
        parser.Reject(place, RejectCode::kTooLong);
        continue;
      }
      parser.Parse({text.data(), element.first, *element.end}, place);
    }
  }
};

}  // namespace

const Adapter& NativeArray() {
  static const NativeArrayAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
