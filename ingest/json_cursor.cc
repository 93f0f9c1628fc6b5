#include "ingest/json_cursor.h"

#include <string>
#include <vector>

#include "ingest/json_text.h"

namespace pagepulse {
namespace {

bool IsDigit(std::string_view s, size_t i) { return i < s.size() && s[i] >= '0' && s[i] <= '9'; }

// Behind the run of digits at s[i].
size_t AfterDigits(std::string_view s, size_t i) {
  while (IsDigit(s, i)) ++i;
  return i;
}

JsonKind KindOfNumber(std::string_view s) {
  size_t i = s[0] == '-' ? 1 : 0;
  if (!IsDigit(s, i)) return JsonKind::kInvalid;
  i = s[i] == '0' ? i + 1 : AfterDigits(s, i);
  if (i == s.size()) return JsonKind::kInteger;
  if (s[i] == '.') {
    if (!IsDigit(s, i + 1)) return JsonKind::kInvalid;
    i = AfterDigits(s, i + 1);
  }
  if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
    ++i;
    if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
    if (!IsDigit(s, i)) return JsonKind::kInvalid;
    i = AfterDigits(s, i);
  }
  return i == s.size() ? JsonKind::kFraction : JsonKind::kInvalid;
}

bool HasGoodEscapes(std::string_view body) {
  if (body.find('\\') == std::string_view::npos) return true;
  std::string scratch;
  return Unescape(body, &scratch) != TextFault::kBadEscape;
}

}  // namespace

JsonKind KindOf(std::string_view token) {
  switch (token[0]) {
    case '"':
      return token.size() >= 2 ? JsonKind::kString : JsonKind::kInvalid;
    case 't':
      return token == "true" ? JsonKind::kTrue : JsonKind::kInvalid;
    case 'f':
      return token == "false" ? JsonKind::kFalse : JsonKind::kInvalid;
    case 'n':
      return token == "null" ? JsonKind::kNull : JsonKind::kInvalid;
    default:
      return KindOfNumber(token);
  }
}

bool JsonCursor::SkipScalar() {
  if (done()) return false;
  const JsonKind kind = KindOf(Token());
  if (kind == JsonKind::kInvalid) return false;
  if (kind == JsonKind::kString && !HasGoodEscapes(StringBody())) return false;
  ++next;
  return true;
}

bool JsonCursor::SkipKey() {
  if (done() || peek() != '"' || !SkipScalar()) return false;
  if (done() || peek() != ':') return false;
  ++next;
  return true;
}

bool JsonCursor::SkipValue() {
  std::vector<bool> in_object;  // the open containers: no recursion, so no depth is too deep
  for (;;) {
    if (done()) return false;
    const char first = peek();
    if (first == '{' || first == '[') {
      const bool object = first == '{';
      ++next;
      if (done()) return false;
      if (peek() != (object ? '}' : ']')) {
        in_object.push_back(object);
        if (object && !SkipKey()) return false;
        continue;
      }
      ++next;
    } else if (!SkipScalar()) {
      return false;
    }
    // A value is complete; so may be what holds it.
    for (;;) {
      if (in_object.empty()) return true;
      if (done()) return false;
      const char c = peek();
      if (c != ',' && c != (in_object.back() ? '}' : ']')) return false;
      ++next;
      if (c == ',') break;
      in_object.pop_back();
    }
    if (in_object.back() && !SkipKey()) return false;
  }
}

}  // namespace pagepulse
