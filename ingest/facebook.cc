#include "ingest/facebook.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/string_view.h"
#include "ingest/json_text.h"

namespace pagepulse {
namespace {

constexpr std::string_view kSource = "facebook";
constexpr size_t kMaxTitleBytes = 240;
constexpr std::string_view kCut = "…";
constexpr size_t kMaxLinkBytes = 2048;
constexpr std::string_view kContentItems[] = {"status", "post",  "photo", "video", "share",
                                              "link",   "event", "note",  "album"};

// Facebook's words; those that say nothing of ours (block, mute, follow, …) are nullopt.
std::optional<Op> ParseVerb(std::string_view verb) {
  if (verb == "edited" || verb == "update") return Op::kEdit;
  if (verb == "delete") return Op::kRemove;
  return ParseOp(verb);
}

bool IsAddOrEdit(Op op) { return op == Op::kAdd || op == Op::kEdit; }

// What the event is, without its time, page and post: nullopt where the change counts nothing.
std::optional<FacebookEvent> EventOf(const FacebookChange& change, Op op) {
  FacebookEvent found;
  Event& event = found.event;
  event.op = op;
  event.source = kSource;
  found.parts.actor = change.actor;
  const bool by_page = !change.actor.empty() && change.actor == change.page;

  if (change.item == "reaction" || change.item == "like") {
    if (by_page) return std::nullopt;
    const bool like = change.item == "like";
    if (like && op == Op::kEdit) return std::nullopt;
    if (like && change.post.empty() && change.comment.empty() && change.parent.empty()) {
      event.type = EventType::kFollow;
      return found;
    }
    event.type = EventType::kReaction;
    event.reaction = like ? ReactionKind::kLike
                          : ParseReaction(change.reaction_type).value_or(ReactionKind::kUnknown);
    found.parts.object = change.comment;
    found.is_like = like;
    return found;
  }
  // Of a comment or share the object alone is its identity, so a withdrawal needs no author: it can
  // only touch what was counted.
  if (op == Op::kEdit) return std::nullopt;
  if (change.item == "comment") {
    event.type = EventType::kComment;
    found.parts.object = change.comment;
    if (by_page && (op == Op::kAdd || change.comment.empty())) return std::nullopt;
    return found;
  }
  if (change.item == "share") {
    if (op == Op::kAdd && (by_page || change.actor.empty())) return std::nullopt;
    event.type = EventType::kShare;
    found.parts.object =
        change.share.empty() ? change.post.substr(change.post.rfind('_') + 1) : change.share;
    if (found.parts.object.empty()) return std::nullopt;
    return found;
  }
  return std::nullopt;
}

// The first fault, in the order in which docs/events.md names them.
RejectCode FaultOf(const FacebookChange& change, const FacebookEvent& found,
                   const ParseContext& context) {
  RejectCode code = TimeFault(found.told_ms, context);
  if (code == RejectCode::kNone) code = NamesFault(change.page, change.post, change.actor);
  if (code != RejectCode::kNone) return code;
  const Event& event = found.event;
  if (event.type == EventType::kReaction && event.reaction == ReactionKind::kUnknown &&
      IsAddOrEdit(event.op)) {
    return change.reaction_type.empty() ? RejectCode::kMissingReaction : RejectCode::kBadReaction;
  }
  if (!IsName(found.parts.object)) return RejectCode::kBadObject;
  return RejectCode::kNone;
}

// One tap is sent as `like`, which names no kind, and as `reaction`: the latter has the last word
// by one millisecond. Whole seconds first, so that it cannot leave the bucket.
int64_t PlaceInTime(const FacebookEvent& found) {
  if (found.event.type != EventType::kReaction) return found.told_ms;
  return found.told_ms - found.told_ms % 1000 + (found.is_like ? 0 : 1);
}

// The link, if a browser may be sent there.
std::string_view SafeLink(std::string_view link) {
  const bool web = absl::StartsWithIgnoreCase(ToAbsl(link), "https://") ||
                   absl::StartsWithIgnoreCase(ToAbsl(link), "http://");
  const bool clean = !HasControl(link) && link.find(' ') == std::string_view::npos;
  return web && clean && link.size() <= kMaxLinkBytes ? link : std::string_view();
}

FacebookPostDetails DetailsOf(const FacebookChange& change, Op op) {
  FacebookPostDetails details;
  if (!IsPage(change.page) || change.post.empty() || !IsName(change.post)) return details;
  const bool content = std::find(std::begin(kContentItems), std::end(kContentItems), change.item) !=
                       std::end(kContentItems);
  if (!content) {
    const bool on_post =
        change.item == "comment" || change.item == "reaction" || change.item == "like";
    if (on_post && change.post_published) details.link = SafeLink(change.post_permalink);
    return details;
  }
  if (!change.published || !(IsAddOrEdit(op) || op == Op::kUnhide)) return details;
  details.title = FacebookTitle(change.message);
  if (details.title.empty()) details.title = FacebookTitle(change.title);
  for (const std::string_view link : {change.permalink, change.post_permalink, change.link}) {
    if (details.link.empty()) details.link = SafeLink(link);
  }
  if (op == Op::kAdd && change.created_ms > 0) details.published_ms = change.created_ms;
  return details;
}

// Each as a space: U+0000 to U+001F, U+007F, and U+0080 to U+009F, which begin with C2.
std::string WithoutControls(std::string_view text) {
  std::string clean;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 =
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    clean.push_back(is_c1 || byte < 0x20 || byte == 0x7f ? ' ' : text[i]);
    if (is_c1) ++i;
  }
  return clean;
}

}  // namespace

FacebookFinding InterpretFacebookChange(const FacebookChange& change, const ParseContext& context) {
  FacebookFinding finding;
  const std::optional<Op> op = ParseVerb(change.verb);
  if (!op) return finding;
  finding.details = DetailsOf(change, *op);
  finding.event = EventOf(change, *op);
  if (!finding.event) return finding;
  FacebookEvent& found = *finding.event;
  found.has_created = change.created_ms != kNoTime;
  found.told_ms = found.has_created ? change.created_ms : change.sent_ms;
  finding.fault = FaultOf(change, found, context);
  if (finding.fault != RejectCode::kNone) {
    finding.event.reset();
    return finding;
  }
  found.event.ts_ms = PlaceInTime(found);
  found.event.page = change.page;  // now known to be short
  found.event.post = change.post;
  return finding;
}

std::string FacebookTapKey(const FacebookEvent& event, bool with_time) {
  const int64_t time = with_time ? event.told_ms : kNoTime;
  return fmt::format("{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}", OpName(event.event.op), event.event.page,
                     event.event.post, event.parts.object, event.parts.actor, time);
}

std::string FacebookEventId(const FacebookEvent& event, uint32_t rank) {
  // A like and its twin of kind like are one event here too.
  const std::string_view kind =
      event.event.type == EventType::kReaction ? ReactionName(event.event.reaction) : "";
  return fmt::format("facebook\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}",
                     TypeName(event.event.type), OpName(event.event.op), event.event.page,
                     event.event.post, event.parts.object, event.parts.actor, kind,
                     event.told_ms / 1000, rank);
}

std::string FacebookTitle(std::string_view message) {
  message = ToStd(absl::StripAsciiWhitespace(ToAbsl(message)));
  std::string title = WithoutControls(message.substr(0, message.find_first_of("\r\n")));
  absl::StripAsciiWhitespace(&title);
  if (title.size() <= kMaxTitleBytes) return title;
  size_t end = kMaxTitleBytes - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xc0) == 0x80) --end;
  // Between words where one ends near enough; between characters else.
  const size_t space = title.rfind(' ', end);
  if (space != std::string::npos && space > kMaxTitleBytes / 2) end = space;
  title.resize(end);
  return title.append(kCut);
}

}  // namespace pagepulse
