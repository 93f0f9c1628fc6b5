#include "base/coding.h"

#include <bit>

namespace pagepulse {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the formats assume a little-endian host");

template <typename T>
void Append(std::string* out, T v) {
  out->append(reinterpret_cast<const char*>(&v), sizeof v);
}

template <typename T>
T Load(const char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

}  // namespace

void PutBig32(std::string* out, uint32_t v) { Append(out, __builtin_bswap32(v)); }
void PutBig64(std::string* out, uint64_t v) { Append(out, __builtin_bswap64(v)); }
void PutLittle16(std::string* out, uint16_t v) { Append(out, v); }
void PutLittle32(std::string* out, uint32_t v) { Append(out, v); }
void PutLittle64(std::string* out, uint64_t v) { Append(out, v); }

void PutVarint(std::string* out, uint64_t v) {
  while (v >= 0x80) {
    out->push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out->push_back(static_cast<char>(v));
}

void PutBytes(std::string* out, std::string_view bytes) {
  PutVarint(out, bytes.size());
  out->append(bytes);
}

bool Reader::Need(size_t n) {
  if (!ok_ || remaining() < n) ok_ = false;
  return ok_;
}

uint8_t Reader::Byte() { return Need(1) ? static_cast<uint8_t>(*p_++) : 0; }

uint32_t Reader::Big32() { return __builtin_bswap32(Little32()); }
uint64_t Reader::Big64() { return __builtin_bswap64(Little64()); }

uint16_t Reader::Little16() {
  std::string_view raw = Raw(2);
  return raw.size() == 2 ? Load<uint16_t>(raw.data()) : 0;
}

uint32_t Reader::Little32() {
  std::string_view raw = Raw(4);
  return raw.size() == 4 ? Load<uint32_t>(raw.data()) : 0;
}

uint64_t Reader::Little64() {
  std::string_view raw = Raw(8);
  return raw.size() == 8 ? Load<uint64_t>(raw.data()) : 0;
}

uint64_t Reader::Varint() {
  uint64_t v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (!Need(1)) return 0;
    const uint8_t b = static_cast<uint8_t>(*p_++);
    if (shift == 63 && b > 1) break;  // more than 64 bits
    v |= static_cast<uint64_t>(b & 0x7f) << shift;
    if (b < 0x80) return v;
  }
  ok_ = false;
  return 0;
}

std::string_view Reader::Raw(size_t n) {
  if (!Need(n)) return {};
  std::string_view out(p_, n);
  p_ += n;
  return out;
}

std::string_view Reader::Bytes() {
  const uint64_t n = Varint();
  if (!ok_ || n > remaining()) {
    ok_ = false;
    return {};
  }
  return Raw(n);
}

}  // namespace pagepulse
