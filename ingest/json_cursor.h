#pragma once

// Walks the tokens of a JsonIndex and checks that they are JSON (RFC 8259, all of it: what is
// skipped is checked as well). A cursor is three words; it owns nothing.

#include <cstdint>
#include <string_view>

namespace pagepulse {

enum class JsonKind { kString, kInteger, kFraction, kTrue, kFalse, kNull, kInvalid };

// A number without fraction and exponent is an integer, whatever its size. `token` is not a
// bracket; a string's inside is not looked at.
JsonKind KindOf(std::string_view token);

struct JsonCursor {
  const char* text;      // what the positions count from
  const uint32_t* next;  // the next token; the index's end is at least `limit`
  uint32_t limit;        // tokens at or above it belong to others

  bool done() const { return *next >= limit; }
  char peek() const { return text[*next]; }

  // The next token to the last of its bytes that are not white space. Of a string, with its quotes:
  // what the index calls a string is closed, and white space alone follows it.
  std::string_view Token() const {
    uint32_t end = next[1];
    while (end > *next + 1 && IsSpace(text[end - 1])) --end;
    return {text + *next, end - *next};
  }
  // The inside of the next token, which begins with a quote. (Its end is the last quote before the
  // token behind it.)
  std::string_view StringBody() const {
    const uint32_t begin = *next + 1;
    uint32_t end = next[1] - 1;
    while (text[end] != '"') --end;
    return {text + begin, end < begin ? 0 : end - begin};
  }

  // Steps over one value. false: it is not JSON; `next` is then at the fault.
  bool SkipValue();

  static bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

 private:
  bool SkipScalar();
  bool SkipKey();
};

}  // namespace pagepulse
