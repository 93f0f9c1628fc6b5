#include "server/search_text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"

namespace pagepulse {
namespace {

constexpr char kNothing = '\0';  // a mark that stands behind its letter

// Unicode's Latin letters with marks, block by block; not those that are letters of their own.
constexpr struct {
  uint16_t first, last;
  char letter;
} kFolds[] = {
    {0x00C0, 0x00C5, 'a'}, {0x00C7, 0x00C7, 'c'}, {0x00C8, 0x00CB, 'e'},      {0x00CC, 0x00CF, 'i'},
    {0x00D0, 0x00D0, 'd'}, {0x00D1, 0x00D1, 'n'}, {0x00D2, 0x00D6, 'o'},      {0x00D8, 0x00D8, 'o'},
    {0x00D9, 0x00DC, 'u'}, {0x00DD, 0x00DD, 'y'}, {0x00E0, 0x00E5, 'a'},      {0x00E7, 0x00E7, 'c'},
    {0x00E8, 0x00EB, 'e'}, {0x00EC, 0x00EF, 'i'}, {0x00F0, 0x00F0, 'd'},      {0x00F1, 0x00F1, 'n'},
    {0x00F2, 0x00F6, 'o'}, {0x00F8, 0x00F8, 'o'}, {0x00F9, 0x00FC, 'u'},      {0x00FD, 0x00FD, 'y'},
    {0x00FF, 0x00FF, 'y'}, {0x0100, 0x0105, 'a'}, {0x0106, 0x010D, 'c'},      {0x010E, 0x0111, 'd'},
    {0x0112, 0x011B, 'e'}, {0x011C, 0x0123, 'g'}, {0x0124, 0x0127, 'h'},      {0x0128, 0x0131, 'i'},
    {0x0134, 0x0135, 'j'}, {0x0136, 0x0138, 'k'}, {0x0139, 0x0142, 'l'},      {0x0143, 0x0149, 'n'},
    {0x014C, 0x0151, 'o'}, {0x0154, 0x0159, 'r'}, {0x015A, 0x0161, 's'},      {0x0162, 0x0167, 't'},
    {0x0168, 0x0173, 'u'}, {0x0174, 0x0175, 'w'}, {0x0176, 0x0178, 'y'},      {0x0179, 0x017E, 'z'},
    {0x01A0, 0x01A1, 'o'}, {0x01AF, 0x01B0, 'u'}, {0x0300, 0x036F, kNothing}, {0x1EA0, 0x1EB7, 'a'},
    {0x1EB8, 0x1EC7, 'e'}, {0x1EC8, 0x1ECB, 'i'}, {0x1ECC, 0x1EE3, 'o'},      {0x1EE4, 0x1EF1, 'u'},
    {0x1EF2, 0x1EF9, 'y'},
};

bool Continues(std::string_view text, size_t i) {
  return i < text.size() && (static_cast<uint8_t>(text[i]) & 0xC0) == 0x80;
}

// The character of two or three bytes at `i` and its length; 0: another one, or none.
uint32_t CodePointAt(std::string_view text, size_t i, size_t* length) {
  const auto low = [&](size_t at) { return static_cast<uint8_t>(text[at]) & 0x3Fu; };
  const uint8_t lead = static_cast<uint8_t>(text[i]);
  *length = (lead & 0xE0) == 0xC0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : 1;
  for (size_t at = 1; at < *length; ++at) {
    if (Continues(text, i + at)) continue;
    *length = 1;
    return 0;
  }
  if (*length == 2) return (lead & 0x1Fu) << 6 | low(i + 1);
  if (*length == 3) return (lead & 0x0Fu) << 12 | low(i + 1) << 6 | low(i + 2);
  return 0;
}

}  // namespace

std::string SearchText(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (size_t i = 0, length = 1; i < text.size(); i += length) {
    const uint32_t c = CodePointAt(text, i, &length);
    const auto fold = std::find_if(std::begin(kFolds), std::end(kFolds), [&](const auto& range) {
      return c >= range.first && c <= range.last;
    });
    if (fold == std::end(kFolds)) {
      for (size_t at = i; at < i + length; ++at) {
        folded += absl::ascii_tolower(static_cast<unsigned char>(text[at]));
      }
    } else if (fold->letter != kNothing) {
      folded += fold->letter;
    }
  }
  return folded;
}

}  // namespace pagepulse
