#pragma once

// Bytes on disk: fixed big-endian where order matters (keys), fixed little-endian and varints
// elsewhere. A Reader never reads past its end; after a failed read it stays failed, so a decoder
// may read a whole record and ask ok() once.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pagepulse {

void PutBig32(std::string* out, uint32_t v);
void PutBig64(std::string* out, uint64_t v);
void PutLittle16(std::string* out, uint16_t v);
void PutLittle32(std::string* out, uint32_t v);
void PutLittle64(std::string* out, uint64_t v);
void PutVarint(std::string* out, uint64_t v);             // LEB128, at most 10 bytes
void PutBytes(std::string* out, std::string_view bytes);  // varint length, then the bytes

constexpr uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
constexpr int64_t UnZigZag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : p_(bytes.data()), end_(p_ + bytes.size()) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && p_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - p_); }

  uint8_t Byte();
  uint32_t Big32();
  uint64_t Big64();
  uint16_t Little16();
  uint32_t Little32();
  uint64_t Little64();
  uint64_t Varint();
  std::string_view Raw(size_t n);  // views the input
  std::string_view Bytes();        // varint length, then that many bytes

 private:
  bool Need(size_t n);

  const char* p_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace pagepulse
