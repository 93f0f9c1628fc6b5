#include "model/metric.h"

#include <algorithm>
#include <array>

namespace pagepulse {
namespace {

constexpr std::array<std::string_view, kReactionKinds> kReactionNames = {
    "unknown", "like", "love", "care", "haha", "wow", "sad", "angry"};
constexpr std::array<std::string_view, 5> kOpNames = {"add", "edit", "hide", "unhide", "remove"};
constexpr std::array<std::string_view, 8> kTypeNames = {"view",    "click", "message", "reaction",
                                                        "comment", "share", "follow",  "custom"};
constexpr std::array<std::string_view, 17> kReserved = {
    "views",        "clicks",   "messages", "reactions",       "comments", "shares", "follows",
    "interactions", "reach",    "engaged",  "engagement_rate", "time",     "page",   "post",
    "source",       "reported", "total"};

template <typename Enum, size_t N>
std::optional<Enum> Find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}

}  // namespace

CounterId FactCounter(EventType type, ReactionKind kind) {
  switch (type) {
    case EventType::kComment:
      return kComments;
    case EventType::kShare:
      return kShares;
    case EventType::kFollow:
      return kFollows;
    default:
      return ReactionCounter(kind);
  }
}

std::string_view ReactionName(ReactionKind kind) { return kReactionNames[static_cast<int>(kind)]; }

std::optional<ReactionKind> ParseReaction(std::string_view name) {
  if (name == "sorry") return ReactionKind::kSad;
  if (name == "anger") return ReactionKind::kAngry;
  if (name == "unknown") return std::nullopt;
  return Find<ReactionKind>(kReactionNames, name);
}

std::string_view OpName(Op op) { return kOpNames[static_cast<int>(op)]; }
std::optional<Op> ParseOp(std::string_view name) { return Find<Op>(kOpNames, name); }
std::string_view TypeName(EventType type) { return kTypeNames[static_cast<int>(type)]; }

std::optional<EventType> ParseBuiltInType(std::string_view name) {
  if (name == "view") return EventType::kView;  // nearly all
  if (name == "custom") return std::nullopt;    // a custom counter may bear this name
  return Find<EventType>(kTypeNames, name);
}

bool IsCustomTypeName(std::string_view name) {
  if (name.empty() || name.size() > 32 || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

bool IsReservedTypeName(std::string_view name) {
  const std::string_view head = name.substr(0, name.find('.'));
  return std::find(kReserved.begin(), kReserved.end(), head) != kReserved.end();
}

}  // namespace pagepulse
