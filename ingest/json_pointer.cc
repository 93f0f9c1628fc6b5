#include "ingest/json_pointer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/status_macros.h"
#include "ingest/json_index.h"
#include "ingest/json_text.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxSteps = 16;

absl::Status BadPointer(std::string_view pointer, std::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_pointer",
                   fmt::format("`{}` is not a JSON Pointer: {}", pointer, why),
                   "as in /user/id; a / within a key is written ~1, a ~ is ~0");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseJsonPointer(std::string_view pointer) {
  std::vector<std::string> steps;
  if (pointer.empty()) return steps;
  if (pointer[0] != '/') return BadPointer(pointer, "it does not begin with /");
  for (size_t i = 0; i < pointer.size(); ++i) {
    const char c = pointer[i];
    if (c == '/') {
      steps.emplace_back();
    } else if (c != '~') {
      steps.back().push_back(c);
    } else {
      const char next = i + 1 < pointer.size() ? pointer[i + 1] : '\0';
      if (next != '0' && next != '1')
        return BadPointer(pointer, "~ is followed by neither 0 nor 1");
      steps.back().push_back(next == '0' ? '~' : '/');
      ++i;
    }
  }
  if (steps.size() > kMaxSteps) return BadPointer(pointer, "it has more than 16 steps");
  return steps;
}

absl::StatusOr<size_t> PointerSet::Add(std::string_view pointer) {
  ASSIGN_OR_RETURN(const std::vector<std::string> steps, ParseJsonPointer(pointer));
  if (steps.empty()) return BadPointer(pointer, "it is the whole, of which there is no value");
  uint32_t at = 0;
  for (const std::string& step : steps) {
    uint32_t child = Child(nodes_[at], step);
    if (child == 0) {
      child = static_cast<uint32_t>(nodes_.size());
      nodes_.emplace_back();
      nodes_[at].children.emplace_back(step, child);
      nodes_[at].lengths |= LengthBit(step.size());
    }
    at = child;
  }
  return at;
}

uint32_t PointerSet::Child(const Node& node, std::string_view key) const {
  if ((node.lengths & LengthBit(key.size())) == 0) return 0;
  for (const auto& [name, child] : node.children) {
    if (name == key) return child;
  }
  return 0;
}

// One object's reading. Recursion is as deep as the deepest pointer, whatever the input.
struct PointerSet::Pass {
  const PointerSet& set;
  JsonCursor& cursor;
  const bool all_plain;
  Found& found;
  bool twice = false;

  bool Skip() {
    if (!all_plain || cursor.done() || cursor.peek() != '"') return cursor.SkipValue();
    ++cursor.next;
    return true;
  }

  // The child that a key leads to, 0 where it leads to none. false: the key is not JSON.
  bool ReadKey(const Node& node, uint32_t* child) {
    const std::string_view raw = cursor.StringBody();
    if (all_plain || raw.find('\\') == std::string_view::npos) {
      *child = set.Child(node, raw);
      return true;
    }
    std::string key;
    const TextFault fault = Unescape(raw, &key);
    *child = fault == TextFault::kNone ? set.Child(node, key) : 0;
    return fault != TextFault::kBadEscape;
  }

  bool ReadValue(uint32_t child) {
    if (child == 0 || cursor.done()) return Skip();
    twice |= found[child] != nullptr;
    found[child] = cursor.next;
    const Node& node = set.nodes_[child];
    if (node.children.empty()) return Skip();
    return ReadInside(node);
  }

  bool ReadInside(const Node& node) {
    if (cursor.done()) return false;
    if (cursor.peek() == '{') return ReadObject(node);
    if (cursor.peek() == '[') return ReadArray(node);
    return Skip();
  }

  bool ReadObject(const Node& node) {
    ++cursor.next;
    if (!cursor.done() && cursor.peek() == '}') {
      ++cursor.next;
      return true;
    }
    do {
      // The shortest field takes four tokens: a key, a colon, a value, and a comma or brace.
      uint32_t child = 0;
      if (cursor.next[3] >= cursor.limit || cursor.peek() != '"' ||
          cursor.text[cursor.next[1]] != ':' || !ReadKey(node, &child)) {
        return false;
      }
      cursor.next += 2;
      if (!ReadValue(child) || cursor.done()) return false;
    } while (cursor.text[*cursor.next++] == ',');
    return cursor.text[cursor.next[-1]] == '}';
  }

  bool ReadArray(const Node& node) {
    ++cursor.next;
    if (!cursor.done() && cursor.peek() == ']') {
      ++cursor.next;
      return true;
    }
    size_t index = 0;
    do {
      if (!ReadValue(set.Child(node, std::to_string(index++))) || cursor.done()) return false;
    } while (cursor.text[*cursor.next++] == ',');
    return cursor.text[cursor.next[-1]] == ']';
  }
};

RejectCode PointerSet::Read(JsonCursor* cursor, bool all_plain, Found* found) const {
  found->assign(nodes_.size(), nullptr);
  Pass pass{*this, *cursor, all_plain, *found};
  if (!pass.ReadInside(nodes_[0])) return RejectCode::kBadJson;
  return pass.twice ? RejectCode::kDuplicateKey : RejectCode::kNone;
}

std::string JsonTextAt(std::string_view document, const PointerSet& pointers) {
  JsonIndex index;
  if (index.Build(document) != IndexResult::kOk) return {};
  JsonCursor cursor = {document.data(), index.tokens(), static_cast<uint32_t>(document.size())};
  PointerSet::Found found;
  if (pointers.Read(&cursor, false, &found) == RejectCode::kBadJson) return {};
  for (const uint32_t* token : found) {
    if (token == nullptr || document[*token] != '"') continue;
    std::string text;
    const JsonCursor at = {document.data(), token, cursor.limit};
    if (Unescape(at.StringBody(), &text) == TextFault::kNone && !text.empty()) return text;
  }
  return {};
}

}  // namespace pagepulse
