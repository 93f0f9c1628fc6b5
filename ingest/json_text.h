#pragma once

// The text inside JSON's strings.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pagepulse {

enum class TextFault {
  kNone,
  kNotText,    // JSON, but a lone surrogate
  kBadEscape,  // not JSON
};

// Appends to *out what the inside of a JSON string, valid UTF-8, stands for. A lone surrogate is
// left out.
TextFault Unescape(std::string_view raw, std::string* out);

// Whether the inside of a string is JSON.
bool HasGoodEscapes(std::string_view body);

// Whether valid UTF-8 holds a control character: U+0000 to U+001F, U+007F to U+009F.
bool HasControl(std::string_view text);

// Whether the inside of JSON strings may be taken as it is: no escape, and neither DEL nor the byte
// C2, with which the control characters above 7F begin. For short text; it reads up to 7 bytes
// behind the end.
inline bool IsPlain(std::string_view raw) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  const auto zero_bytes = [](uint64_t w) { return (w - kOnes) & ~w & kHighs; };
  uint64_t found = 0;
  for (size_t i = 0; i < raw.size(); i += 8) {
    uint64_t w;
    std::memcpy(&w, raw.data() + i, 8);
    uint64_t hits = zero_bytes(w ^ (kOnes * '\\')) | zero_bytes(w ^ (kOnes * 0x7F)) |
                    zero_bytes(w ^ (kOnes * 0xC2));
    // The bytes behind the end are the word's high ones; borrows only ever run towards them.
    if (raw.size() - i < 8) hits &= (uint64_t{1} << (8 * (raw.size() - i))) - 1;
    found |= hits;
  }
  return found == 0;
}

// The same of a long stretch of JSON, all the strings in it: three runs at the speed of memory.
inline bool AreAllPlain(std::string_view json) {
  const auto has = [&](int byte) { return std::memchr(json.data(), byte, json.size()) != nullptr; };
  return !has('\\') && !has(0x7F) && !has(0xC2);
}

}  // namespace pagepulse
