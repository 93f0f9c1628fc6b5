#include "ingest/event_faults.h"

#include "ingest/json_text.h"

namespace pagepulse {

bool IsName(std::string_view text) { return text.size() <= kMaxNameBytes && !HasControl(text); }

bool IsPage(std::string_view text) { return !text.empty() && text != "*" && IsName(text); }

RejectCode TimeFault(int64_t ts_ms, const ParseContext& context) {
  if (ts_ms == kNoTime) return RejectCode::kMissingTs;
  if (ts_ms == kBadTime) return RejectCode::kBadTs;
  if (ts_ms > context.now_ms + kMaxAheadMs) return RejectCode::kFuture;
  if (ts_ms < context.oldest_ms) return RejectCode::kTooOld;
  return RejectCode::kNone;
}

RejectCode NamesFault(std::string_view page, std::string_view post, std::string_view actor) {
  if (page.empty()) return RejectCode::kMissingPage;
  if (!IsPage(page)) return RejectCode::kBadPage;
  if (!IsName(post)) return RejectCode::kBadPost;
  if (!IsName(actor)) return RejectCode::kBadActor;
  return RejectCode::kNone;
}

}  // namespace pagepulse
