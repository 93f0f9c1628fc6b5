#pragma once

// JSON Pointers (RFC 6901), many of them answered in one pass over an object's tokens. What they do
// not point at is stepped over, and checked all the same.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/json_cursor.h"
#include "model/reject.h"

namespace pagepulse {

// "/a/b~1c/0" -> {"a", "b/c", "0"}; "" -> {}. INVALID_ARGUMENT: not a pointer, or of more than 16
// steps.
absl::StatusOr<std::vector<std::string>> ParseJsonPointer(std::string_view pointer);

// A tree of the pointers that are asked for. Immutable once built, so any thread may read by it.
class PointerSet {
 public:
  // Where values begin, by place; nullptr: absent. To be reused.
  using Found = std::vector<const uint32_t*>;

  PointerSet() : nodes_(1) {}

  // The place of a pointer in Found; the same one for the same pointer. As ParseJsonPointer; the
  // pointer to the whole is none here.
  absl::StatusOr<size_t> Add(std::string_view pointer);

  // Reads the value at the cursor, which it moves behind it. kBadJson, or kDuplicateKey where a key
  // that leads to a pointer is given twice. all_plain: all strings are known to be (json_text.h).
  RejectCode Read(JsonCursor* cursor, bool all_plain, Found* found) const;

 private:
  // Children by key; an array's by its decimal index.
  struct Node {
    std::vector<std::pair<std::string, uint32_t>> children;
    uint64_t lengths = 0;  // the children's key lengths, one bit each; above 63 the highest
  };
  struct Pass;

  static uint64_t LengthBit(size_t bytes) { return uint64_t{1} << (bytes < 63 ? bytes : 63); }
  uint32_t Child(const Node& node, std::string_view key) const;  // 0: none

  std::vector<Node> nodes_;  // the root first
};

// The first text at one of these places in a document; empty: there is none, or it is not JSON. For
// short questions of a request, such as whose it is. kPadding readable bytes follow the text.
std::string JsonTextAt(std::string_view document, const PointerSet& pointers);

}  // namespace pagepulse
