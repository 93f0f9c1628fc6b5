#pragma once

// The numbers that rows store. A counter's id is on disk: never renumber, only append.
//
//   0 views   1 clicks   2 messages
//   3+2k  reactions of kind k, added      4+2k  the same, removed     (k: ReactionKind)
//   19/20 comments   21/22 shares   23/24 follows                     (added / removed)
//   32+n  the n-th custom type of the store, by its id in the dictionary

#include <cstdint>
#include <optional>
#include <string_view>

namespace pagepulse {

enum class EventType : uint8_t {
  kView,
  kClick,
  kMessage,
  kReaction,
  kComment,
  kShare,
  kFollow,
  kCustom
};

// kUnknown: an incomplete `remove`, `hide` or `unhide` that does not say its kind. It counts in
// `reactions` and in no `reactions.<kind>`. The order is on disk and decides no tie.
enum class ReactionKind : uint8_t { kUnknown, kLike, kLove, kCare, kHaha, kWow, kSad, kAngry };
inline constexpr int kReactionKinds = 8;

// In the order in which events of equal time apply to a fact.
enum class Op : uint8_t { kAdd, kEdit, kHide, kUnhide, kRemove };

using CounterId = uint16_t;
inline constexpr CounterId kViews = 0, kClicks = 1, kMessages = 2;
inline constexpr CounterId kReactionsFirst = 3;
inline constexpr CounterId kComments = 19, kShares = 21, kFollows = 23;  // added; +1 is removed
inline constexpr CounterId kCustomFirst = 32;

constexpr CounterId ReactionCounter(ReactionKind kind) {
  return static_cast<CounterId>(kReactionsFirst + 2 * static_cast<int>(kind));
}
// The `added` counter of a fact type; kind matters for reactions alone.
CounterId FactCounter(EventType type, ReactionKind kind);

std::string_view ReactionName(ReactionKind kind);                  // "love"; kUnknown: "unknown"
std::optional<ReactionKind> ParseReaction(std::string_view name);  // aliases replaced
std::string_view OpName(Op op);
std::optional<Op> ParseOp(std::string_view name);
std::string_view TypeName(EventType type);  // "view"; kCustom: "custom"
// A built-in type; nullopt for any other name.
std::optional<EventType> ParseBuiltInType(std::string_view name);
// Whether `[a-z][a-z0-9_.]{0,31}` and, apart from that, whether it is a name that means something
// else in a query: a metric, a grouping, `reported.*`.
bool IsCustomTypeName(std::string_view name);
bool IsReservedTypeName(std::string_view name);

constexpr bool IsFact(EventType t) {
  return t == EventType::kReaction || t == EventType::kComment || t == EventType::kShare ||
         t == EventType::kFollow;
}

}  // namespace pagepulse
