#include "ingest/instagram.h"

namespace pagepulse {
namespace {

constexpr std::string_view kSource = "instagram";

RejectCode FaultOf(const InstagramChange& change, int64_t told_ms, const ParseContext& context) {
  RejectCode code = TimeFault(told_ms, context);
  if (code == RejectCode::kNone) code = NamesFault(change.page, change.media, change.actor);
  if (code == RejectCode::kNone && !IsName(change.comment)) code = RejectCode::kBadObject;
  return code;
}

}  // namespace

FacebookFinding InterpretInstagramChange(const InstagramChange& change,
                                         const ParseContext& context) {
  FacebookFinding finding;
  if (change.field != "comments" && change.field != "live_comments") return finding;
  if (change.by_account || (!change.actor.empty() && change.actor == change.page)) return finding;
  FacebookEvent found;
  found.has_created = change.created_ms != kNoTime;
  found.told_ms = found.has_created ? change.created_ms : change.sent_ms;
  finding.fault = FaultOf(change, found.told_ms, context);
  if (finding.fault != RejectCode::kNone) return finding;
  found.event.type = EventType::kComment;
  found.event.ts_ms = found.told_ms;
  found.event.page = change.page;
  found.event.post = change.media;
  found.event.source = kSource;
  found.parts.object = change.comment;
  found.parts.actor = change.actor;
  finding.event = found;
  return finding;
}

}  // namespace pagepulse
