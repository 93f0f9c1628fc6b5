#include "ingest/json_text.h"

#include <algorithm>
#include <bit>

#include "base/hex.h"

namespace pagepulse {

// IsPlain masks the bytes of a word by their place in memory.
static_assert(std::endian::native == std::endian::little);

namespace {

// Four hexadecimal digits at s[i]; -1 where there are none.
int32_t Hex4(std::string_view s, size_t i) {
  if (s.size() < i + 4) return -1;
  int32_t value = 0;
  for (size_t k = i; k < i + 4; ++k) {
    const int digit = HexDigit(s[k]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void AppendUtf8(int32_t c, std::string* out) {
  const auto put = [out](int32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

bool IsHighSurrogate(int32_t c) { return c >= 0xD800 && c < 0xDC00; }
bool IsLowSurrogate(int32_t c) { return c >= 0xDC00 && c < 0xE000; }

// One \u escape whose digits begin at raw[i]. Returns the bytes used behind the `u`; 0: no escape.
size_t UnescapeCodePoint(std::string_view raw, size_t i, std::string* out, TextFault* fault) {
  const int32_t first = Hex4(raw, i);
  if (first < 0) return 0;
  if (!IsHighSurrogate(first) && !IsLowSurrogate(first)) {
    AppendUtf8(first, out);
    return 4;
  }
  if (IsHighSurrogate(first) && raw.substr(i + 4, 2) == "\\u") {
    const int32_t second = Hex4(raw, i + 6);
    if (second < 0) return 0;
    if (IsLowSurrogate(second)) {
      AppendUtf8(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), out);
      return 10;
    }
  }
  *fault = TextFault::kNotText;
  return 4;
}

}  // namespace

TextFault Unescape(std::string_view raw, std::string* out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  TextFault fault = TextFault::kNone;
  for (size_t i = 0; i < raw.size();) {
    const size_t backslash = std::min(raw.find('\\', i), raw.size());
    out->append(raw.substr(i, backslash - i));
    i = backslash;
    if (i == raw.size()) break;
    if (i + 1 == raw.size()) return TextFault::kBadEscape;
    const char letter = raw[i + 1];
    i += 2;
    if (letter == 'u') {
      const size_t used = UnescapeCodePoint(raw, i, out, &fault);
      if (used == 0) return TextFault::kBadEscape;
      i += used;
    } else {
      const size_t k = kLetters.find(letter);
      if (k == std::string_view::npos) return TextFault::kBadEscape;
      out->push_back(kMeanings[k]);
    }
  }
  return fault;
}

bool HasGoodEscapes(std::string_view body) {
  if (body.find('\\') == std::string_view::npos) return true;
  std::string scratch;
  return Unescape(body, &scratch) != TextFault::kBadEscape;
}

bool HasControl(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto b = static_cast<uint8_t>(text[i]);
    if (b < 0x20 || b == 0x7F) return true;
    if (b == 0xC2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

}  // namespace pagepulse
