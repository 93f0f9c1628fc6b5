#pragma once

// How the platforms' webhooks are read: their JSON and the text, ids and times in it. A delivery is
// small, so it is read as a tree (simdjson's DOM), unlike the native format. Thread-safe.

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "ingest/chunk.h"
#include "model/event.h"

namespace pagepulse {

// Visits the deliveries of a chunk: the one that it is, the items of an array, or one a line, where
// the first line is one. An element is valid within its call. A line that is not JSON is rejected
// under the number after *line, up to which the visitor has numbered what it read.
// INVALID_ARGUMENT: the chunk is none of these, and nothing was visited; `sender` ("Facebook") is
// who should have sent it.
absl::Status ReadDeliveries(const Chunk& chunk, std::string_view sender, uint32_t* line,
                            EventBatch* out,
                            absl::FunctionRef<void(const simdjson::dom::element&)> visit);

// A copy that lives as long as the batch, for what its events view.
std::string_view Keep(std::string_view text, EventBatch* out);

// A string, or an integer as its digits (ids exceed 2^53); "" for anything else. A view of the
// document or, of digits, of what the batch keeps.
std::string_view TextOf(const simdjson::dom::object& object, std::string_view key, EventBatch* out);
// The same of an object's object: `from.id`.
std::string_view TextOf(const simdjson::dom::object& object, std::string_view outer,
                        std::string_view inner, EventBatch* out);

// A number of seconds or milliseconds, its digits, or RFC 3339. kNoTime where the key is absent,
// null or 0; kBadTime.
int64_t TimeOf(const simdjson::dom::object& object, std::string_view key, EventBatch* out);

// False where the key says false or 0.
bool FlagOf(const simdjson::dom::object& object, std::string_view key);

// Items of the array; 0: there is none.
size_t CountItems(const simdjson::dom::object& object, std::string_view key);

// A rejection of `length` bytes of the chunk, at `offset` in it.
Rejection RejectionOf(const Chunk& chunk, size_t offset, size_t length, uint32_t line,
                      RejectCode code);

}  // namespace pagepulse
