#pragma once

// What the log keeps of an accepted event: ids and keyed hashes, never a name or a person's id.
//
//   byte 0   type (bits 0-2) | op (3-5) | has actor (6) | has id (7)
//   byte 1   kind (bits 0-2) | followed (3) | has post (4) | has source (5) | has count (6) |
//            told again (7)
//   page u32 | ts: ms since the epoch, 48 bits | post u32? | source u16? | count u32? |
//   custom type u16? (type kCustom) | actor 40 bits? | id u64? | fact u128 (low, high)? (followed)
//
// Little-endian; 12 to 55 bytes.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/coding.h"
#include "base/hash.h"
#include "model/metric.h"

namespace pagepulse {

struct Record {
  static constexpr size_t kMaxBytes = 56;

  uint32_t page = 0;
  uint32_t post = 0;    // 0: none
  uint16_t source = 0;  // 0: none
  uint16_t custom_type = 0;
  int64_t ts_ms = 0;
  uint32_t count = 1;
  EventType type = EventType::kView;
  Op op = Op::kAdd;
  ReactionKind kind = ReactionKind::kUnknown;
  bool has_actor = false, has_id = false, followed = false;
  bool told_again = false;  // followed, and the fact's history had the event: it changed nothing
  uint64_t actor = 0;
  uint64_t id = 0;
  Hash128 fact = 0;

  bool operator==(const Record&) const = default;
};

// Writes at most kMaxBytes; returns their end.
char* WriteRecord(const Record& record, char* out);
void AppendRecord(const Record& record, std::string* out);
// The next record of a stream of them; in.ok() is false where it is broken.
Record ReadRecord(Reader* in);

}  // namespace pagepulse
