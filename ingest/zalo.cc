#include "ingest/zalo.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace pagepulse {
namespace {

constexpr std::string_view kSource = "zalo";
constexpr std::string_view kSent = "messages_sent", kDelivered = "messages_delivered";
// 2012-01-01T00:00:00Z: Zalo has no event before it.
constexpr int64_t kZaloBeganMs = 1'325'376'000'000;

enum class Kind { kFollow, kUnfollow, kMessage, kView, kReaction, kClick, kSent, kDelivered };
enum class Sender { kUser, kAccount, kNone };

struct Row {
  std::string_view event_name;
  Kind kind;
  Sender sender;
};

constexpr Row kRows[] = {
    {"follow", Kind::kFollow, Sender::kNone},
    {"unfollow", Kind::kUnfollow, Sender::kNone},
    {"user_send_text", Kind::kMessage, Sender::kUser},
    {"user_send_image", Kind::kMessage, Sender::kUser},
    {"user_send_file", Kind::kMessage, Sender::kUser},
    {"user_send_audio", Kind::kMessage, Sender::kUser},
    {"user_send_video", Kind::kMessage, Sender::kUser},
    {"user_send_sticker", Kind::kMessage, Sender::kUser},
    {"user_send_link", Kind::kMessage, Sender::kUser},
    {"user_send_business_card", Kind::kMessage, Sender::kUser},
    {"user_send_location", Kind::kMessage, Sender::kUser},
    {"anonymous_send_text", Kind::kMessage, Sender::kUser},
    {"anonymous_send_image", Kind::kMessage, Sender::kUser},
    {"anonymous_send_file", Kind::kMessage, Sender::kUser},
    {"anonymous_send_sticker", Kind::kMessage, Sender::kUser},
    {"user_seen_message", Kind::kView, Sender::kAccount},
    {"user_reacted_message", Kind::kReaction, Sender::kUser},
    {"user_click_chatnow", Kind::kClick, Sender::kNone},
    {"user_click_response_button", Kind::kClick, Sender::kNone},
    {"oa_send_text", Kind::kSent, Sender::kAccount},
    {"oa_send_image", Kind::kSent, Sender::kAccount},
    {"oa_send_file", Kind::kSent, Sender::kAccount},
    {"oa_send_sticker", Kind::kSent, Sender::kAccount},
    {"oa_send_gif", Kind::kSent, Sender::kAccount},
    {"oa_send_list", Kind::kSent, Sender::kAccount},
    {"oa_send_anonymous_text", Kind::kSent, Sender::kAccount},
    {"oa_send_anonymous_image", Kind::kSent, Sender::kAccount},
    {"oa_send_anonymous_file", Kind::kSent, Sender::kAccount},
    {"oa_send_anonymous_sticker", Kind::kSent, Sender::kAccount},
    {"user_received_message", Kind::kDelivered, Sender::kAccount},
};

struct Icon {
  std::string_view text;
  ReactionKind kind;
};

constexpr Icon kIcons[] = {
    {"/-strong", ReactionKind::kLike}, {"/-heart", ReactionKind::kLove},
    {":>", ReactionKind::kHaha},       {":o", ReactionKind::kWow},
    {":-((", ReactionKind::kSad},      {":-h", ReactionKind::kAngry},
};
constexpr std::string_view kNoIcon = "/-remove";

const Row* FindRow(std::string_view event_name) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [&](const Row& r) { return r.event_name == event_name; });
  return row == std::end(kRows) ? nullptr : row;
}

std::string_view AccountOf(const ZaloDelivery& delivery, Sender sender) {
  if (!delivery.account.empty() || sender == Sender::kNone) return delivery.account;
  return sender == Sender::kAccount ? delivery.sender : delivery.recipient;
}

std::string_view UserOf(const ZaloDelivery& delivery, Sender sender) {
  if (sender == Sender::kUser) return delivery.sender;
  if (sender == Sender::kAccount) return delivery.recipient;
  return delivery.follower.empty() ? delivery.user : delivery.follower;
}

std::string_view PageOf(std::string_view account, const ParseContext& context) {
  if (context.accounts == nullptr) return account;
  const auto it = context.accounts->find(account);
  return it == context.accounts->end() ? account : std::string_view(it->second);
}

// kNone where the icon says which reaction it is, or that there is none any more.
RejectCode ReadIcon(const ZaloDelivery& delivery, Event* event) {
  if (!delivery.has_icon) return RejectCode::kMissingReaction;
  if (delivery.icon.empty() || delivery.icon == kNoIcon) {
    event->op = Op::kRemove;
    return RejectCode::kNone;
  }
  for (const Icon& icon : kIcons) {
    if (icon.text != delivery.icon) continue;
    event->reaction = icon.kind;
    return RejectCode::kNone;
  }
  return RejectCode::kBadReaction;
}

// Type and what goes with it, and who acted.
RejectCode ReadKind(const ZaloDelivery& delivery, Kind kind, std::string_view user,
                    ZaloEvent* found) {
  Event& event = found->event;
  found->parts.actor = user;
  switch (kind) {
    case Kind::kFollow:
      event.type = EventType::kFollow;
      break;
    case Kind::kUnfollow:
      event.type = EventType::kFollow;
      event.op = Op::kRemove;
      break;
    case Kind::kMessage:
      event.type = EventType::kMessage;
      break;
    case Kind::kView:
      event.type = EventType::kView;
      break;
    case Kind::kClick:
      event.type = EventType::kClick;
      break;
    case Kind::kReaction:
      event.type = EventType::kReaction;
      found->parts.object = delivery.message;
      return ReadIcon(delivery, &event);
    case Kind::kSent:
    case Kind::kDelivered:
      event.type = EventType::kCustom;
      event.custom_type = kind == Kind::kSent ? kSent : kDelivered;
      found->parts.actor = {};  // the account acted, which is no person
      break;
  }
  return RejectCode::kNone;
}

ZaloEvent EventOf(const ZaloDelivery& delivery, const Row& row, std::string_view message,
                  const ParseContext& context) {
  const std::string_view user = UserOf(delivery, row.sender);
  const int64_t ts_ms =
      delivery.ts_ms > kNoTime && delivery.ts_ms < kZaloBeganMs ? kBadTime : delivery.ts_ms;
  const std::string_view page = PageOf(AccountOf(delivery, row.sender), context);
  ZaloEvent found;
  if (IsPage(page)) found.event.page = page;
  found.fault = TimeFault(ts_ms, context);
  if (found.fault == RejectCode::kNone) found.fault = NamesFault(page, "", user);
  if (found.fault == RejectCode::kNone) found.fault = ReadKind(delivery, row.kind, user, &found);
  if (found.fault == RejectCode::kNone && !IsName(message)) found.fault = RejectCode::kBadObject;
  if (found.fault != RejectCode::kNone) return found;
  found.event.ts_ms = ts_ms;
  found.event.source = kSource;
  found.id = message.empty() ? fmt::format("zalo\x1f{}\x1f{}\x1f\x1f{}\x1f{}", row.event_name, user,
                                           ts_ms, delivery.app)
                             : fmt::format("zalo\x1f{}\x1f{}\x1f{}", row.event_name, user, message);
  return found;
}

}  // namespace

std::vector<ZaloEvent> InterpretZaloDelivery(const ZaloDelivery& delivery,
                                             const ParseContext& context) {
  std::vector<ZaloEvent> events;
  const Row* row = FindRow(delivery.event_name);
  if (row == nullptr) return events;
  if (row->kind != Kind::kView || delivery.seen.empty()) {
    events.push_back(EventOf(delivery, *row, delivery.message, context));
    return events;
  }
  std::vector<std::string_view> seen = delivery.seen;
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  for (const std::string_view message : seen) {
    events.push_back(EventOf(delivery, *row, message, context));
  }
  return events;
}

}  // namespace pagepulse
