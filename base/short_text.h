#pragma once

// A view of at most 255 bytes, in eight: the address takes 56 bits, the length the others.

#include <cassert>
#include <cstdint>
#include <string_view>

namespace pagepulse {

class ShortText {
 public:
  static constexpr size_t kMaxBytes = 255;

  constexpr ShortText() = default;
  // As implicit as what it stands for.
  // NOLINTBEGIN(google-explicit-constructor)
  ShortText(std::string_view text)
      : bits_(reinterpret_cast<uintptr_t>(text.data()) | uint64_t{text.size()} << kAddressBits) {
    assert(text.size() <= kMaxBytes);
    assert(reinterpret_cast<uintptr_t>(text.data()) >> kAddressBits == 0);
  }
  ShortText(const char* text) : ShortText(std::string_view(text)) {}
  operator std::string_view() const { return {data(), size()}; }
  // NOLINTEND(google-explicit-constructor)

  const char* data() const {
    return reinterpret_cast<const char*>(bits_ & ((uint64_t{1} << kAddressBits) - 1));
  }
  size_t size() const { return bits_ >> kAddressBits; }
  bool empty() const { return size() == 0; }
  friend bool operator==(ShortText a, std::string_view b) { return std::string_view(a) == b; }

 private:
  static constexpr int kAddressBits = 56;
  uint64_t bits_ = 0;
};
static_assert(sizeof(ShortText) == 8 && sizeof(void*) == 8);

}  // namespace pagepulse
