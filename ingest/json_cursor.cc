#include "ingest/json_cursor.h"

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

// The containers that are open, whether each is an object. Without recursion, so that no depth is
// too deep; the first 64 levels, which is all of any real input, without memory of their own.
class OpenContainers {
 public:
  bool empty() const { return depth_ == 0; }
  bool in_object() const { return (bits_ & 1) != 0; }
  void Push(bool object) {
    if (depth_ > 0 && depth_ % 64 == 0) full_.push_back(bits_);
    bits_ = bits_ << 1 | static_cast<uint64_t>(object);
    ++depth_;
  }
  void Pop() {
    bits_ >>= 1;
    --depth_;
    if (depth_ > 0 && depth_ % 64 == 0) {
      bits_ = full_.back();
      full_.pop_back();
    }
  }

 private:
  uint64_t bits_ = 0;  // the innermost, the last one lowest
  size_t depth_ = 0;
  std::vector<uint64_t> full_;  // those before them, 64 each
};

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
  if (kind == JsonKind::kString && !IsPlain(StringBody()) && !HasGoodEscapes(StringBody())) {
    return false;
  }
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
  OpenContainers open;
  for (;;) {
    if (done()) return false;
    const char first = peek();
    if (first == '{' || first == '[') {
      const bool object = first == '{';
      ++next;
      if (done()) return false;
      if (peek() != (object ? '}' : ']')) {
        open.Push(object);
        if (object && !SkipKey()) return false;
        continue;
      }
      ++next;
    } else if (!SkipScalar()) {
      return false;
    }
    // A value is complete; so may be what holds it.
    for (;;) {
      if (open.empty()) return true;
      if (done()) return false;
      const char c = peek();
      if (c != ',' && c != (open.in_object() ? '}' : ']')) return false;
      ++next;
      if (c == ',') break;
      open.Pop();
    }
    if (open.in_object() && !SkipKey()) return false;
  }
}

}  // namespace pagepulse
