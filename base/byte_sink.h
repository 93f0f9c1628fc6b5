#pragma once

// A growing byte buffer for encoders that write several million small pieces: room is asked for
// once a piece, and the piece is written through a plain pointer.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace pagepulse {

class ByteSink {
 public:
  // Where to write the next piece, of up to n bytes; valid until the next Room.
  char* Room(size_t n) {
    if (capacity_ - size_ < n) Grow(n);
    return bytes_.get() + size_;
  }
  // `end` of what was written there.
  void Wrote(char* end) { size_ = static_cast<size_t>(end - bytes_.get()); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  char& operator[](size_t i) { return bytes_[i]; }
  std::string_view view() const { return {bytes_.get(), size_}; }
  void Clear() { size_ = 0; }  // keeps the memory

 private:
  void Grow(size_t n) {
    capacity_ = std::max(size_ + n, capacity_ * 2);
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity_);
    std::copy_n(bytes_.get(), size_, bytes.get());
    bytes_ = std::move(bytes);
  }

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0, capacity_ = 0;
};

inline constexpr size_t kMaxVarintBytes = 10;

// What PutVarint of base/coding.h writes; room for kMaxVarintBytes. Returns the end.
inline char* WriteVarint(uint64_t v, char* out) {
  for (; v >= 0x80; v >>= 7) *out++ = static_cast<char>(v | 0x80);
  *out++ = static_cast<char>(v);
  return out;
}

}  // namespace pagepulse
