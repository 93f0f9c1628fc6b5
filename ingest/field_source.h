#pragma once

// Where a mapping takes one value of an event from, as it is written: docs/mappings.md, "Values".
//
//   /user/id                   a JSON Pointer
//   /source + /id              several: what is there of them, joined
//   /context/url | host        a part of the text: host, path or last
//   =tan-dinh                  a constant
//   @page, @arrival            the page of whose token it is; when it arrived

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/json_pointer.h"

namespace pagepulse {

enum class TextPart : uint8_t { kAll, kHost, kPath, kLast };

struct FieldSource {
  enum Kind : uint8_t { kPointers, kConstant, kOwnPage, kArrival };
  struct Pointer {
    size_t place = 0;  // in what a PointerSet found
    TextPart part = TextPart::kAll;
  };
  Kind kind = kPointers;
  std::vector<Pointer> pointers;  // of kPointers: one or more
  std::string constant;           // of kConstant: not empty
};

// Adds what it points at to *pointers. INVALID_ARGUMENT: it is none of the above.
absl::StatusOr<FieldSource> ParseFieldSource(std::string_view text, PointerSet* pointers);

// The part of a text, a view of it or of *room:
//   kHost  of a URL or an authority, without user and port
//   kPath  of a URL or a path, without query and fragment; of more than 128 bytes its beginning,
//          `~` and a hash, so that it stays a name
//   kLast  what follows the last / that something follows
std::string_view PartOf(std::string_view text, TextPart part, std::string* room);

}  // namespace pagepulse
