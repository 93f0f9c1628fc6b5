#pragma once

// One JSON document whose elements tell of events: an array, or whatever holds one. What is not
// JSON anywhere in it refuses all of it; in one that is JSON each element is judged alone.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ingest/adapter.h"
#include "ingest/event_builder.h"
#include "ingest/json_cursor.h"
#include "ingest/json_index.h"
#include "ingest/json_text.h"

namespace pagepulse {

// Keys of objects, from the root down.
using JsonPath = std::vector<std::string>;

// An element's tokens; `end` is what follows them.
struct JsonElement {
  const uint32_t* first;
  const uint32_t* end;
};

// Indexes the document in `chunk`, checks it, and lists its elements: of the array at `items`, or
// the value there if it is none; of the root where nothing is there. Without `items` the root must
// be an array. *text and the elements live as long as the chunk and *index.
absl::Status FindElements(const Chunk& chunk, const JsonPath* items, JsonIndex* index,
                          std::string_view* text, std::vector<JsonElement>* elements);

// Beyond this a document's index (up to 5 bytes a byte) is not kept for the next one.
inline constexpr size_t kMaxKeptBytes = 128 * 1024;
// Shorter than any event; many small elements that are none shall not reserve memory.
inline constexpr size_t kLeastElementBytes = 64;

// Each element to an event or rejection by an ObjectParser (event_parser.h has what one has); the
// batch takes the chunk's memory. An element's "line" is its number, from 1.
template <typename ObjectParser>
absl::Status ParseDocument(Chunk chunk, const JsonPath* items, ObjectParser* parser,
                           EventBatch* out) {
  JsonIndex own;
  JsonIndex& index = chunk.size > kMaxKeptBytes ? own : JsonIndex::OfThisThread();
  std::string_view text;
  std::vector<JsonElement> elements;
  RETURN_IF_ERROR(FindElements(chunk, items, &index, &text, &elements));
  const uint64_t offset = chunk.offset + (text.data() - chunk.block.get());
  if (out->events.empty()) {
    out->events.reserve(std::min(elements.size(), text.size() / kLeastElementBytes));
  }
  parser->set_all_plain(AreAllPlain(text));
  uint32_t number = 0;
  for (const JsonElement& element : elements) {
    const JsonCursor last = {text.data(), element.end - 1, *element.end};
    const size_t length = *last.next + last.Token().size() - *element.first;
    const LinePlace place = {++number, offset + *element.first, static_cast<uint32_t>(length)};
    if (length > kMaxLineBytes) {
      parser->Reject(place, RejectCode::kTooLong);
      continue;
    }
    parser->Parse({text.data(), element.first, *element.end}, place);
  }
  out->blocks.push_back(std::move(chunk.block));
  return absl::OkStatus();
}

}  // namespace pagepulse
