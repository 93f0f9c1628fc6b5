#include "engine/record.h"

#include <cstring>

namespace pagepulse {
namespace {

template <typename T>
char* Put(char* p, T v, size_t bytes = sizeof(T)) {
  std::memcpy(p, &v, bytes);
  return p + bytes;
}

}  // namespace

char* WriteRecord(const Record& r, char* out) {
  char* p = out;
  *p++ = static_cast<char>(static_cast<int>(r.type) | static_cast<int>(r.op) << 3 |
                           r.has_actor << 6 | r.has_id << 7);
  *p++ = static_cast<char>(static_cast<int>(r.kind) | r.followed << 3 | (r.post != 0) << 4 |
                           (r.source != 0) << 5 | (r.count != 1) << 6 | r.told_again << 7);
  p = Put(p, r.page);
  p = Put(p, r.ts_ms, 6);
  if (r.post != 0) p = Put(p, r.post);
  if (r.source != 0) p = Put(p, r.source);
  if (r.count != 1) p = Put(p, r.count);
  if (r.type == EventType::kCustom) p = Put(p, r.custom_type);
  if (r.has_actor) p = Put(p, r.actor, 5);
  if (r.has_id) p = Put(p, r.id);
  if (r.followed) {
    p = Put(p, absl::Uint128Low64(r.fact));
    p = Put(p, absl::Uint128High64(r.fact));
  }
  return p;
}

void AppendRecord(const Record& r, std::string* out) {
  char buffer[Record::kMaxBytes];
  out->append(buffer, static_cast<size_t>(WriteRecord(r, buffer) - buffer));
}

Record ReadRecord(Reader* in) {
  const uint8_t b0 = in->Byte(), b1 = in->Byte();
  Record r;
  r.type = static_cast<EventType>(b0 & 7);
  r.op = static_cast<Op>((b0 >> 3) & 7);
  r.has_actor = b0 & 0x40;
  r.has_id = b0 & 0x80;
  r.kind = static_cast<ReactionKind>(b1 & 7);
  r.followed = b1 & 0x08;
  r.told_again = b1 & 0x80;
  r.page = in->Little32();
  r.ts_ms = in->Little32();
  r.ts_ms |= static_cast<int64_t>(in->Little16()) << 32;
  if (b1 & 0x10) r.post = in->Little32();
  if (b1 & 0x20) r.source = in->Little16();
  if (b1 & 0x40) r.count = in->Little32();
  if (r.type == EventType::kCustom) r.custom_type = in->Little16();
  if (r.has_actor) {
    r.actor = in->Little32();
    r.actor |= static_cast<uint64_t>(in->Byte()) << 32;
  }
  if (r.has_id) r.id = in->Little64();
  if (r.followed) {
    const uint64_t low = in->Little64();
    r.fact = absl::MakeUint128(in->Little64(), low);
  }
  return r;
}

}  // namespace pagepulse
