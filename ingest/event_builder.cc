#include "ingest/event_builder.h"

#include <charconv>

#include "ingest/event_faults.h"

namespace pagepulse {
namespace {

constexpr uint32_t kMaxCount = uint32_t{1} << 31;

}  // namespace

EventBuilder::EventBuilder(const ParseContext& context, EventBatch* batch, size_t max_id_bytes)
    : context_(context), batch_(batch), max_id_bytes_(max_id_bytes) {}

void EventBuilder::Reject(const LinePlace& place, RejectCode code) {
  Rejection rejection;
  rejection.line = place.line;
  rejection.offset = place.offset;
  rejection.length = place.length;
  rejection.code = code;
  batch_->rejections.push_back(rejection);
}

void EventBuilder::Append(const LinePlace& place) {
  // Copied from a constant and filled in place: an Event made here would be cleared by a string
  // instruction and copied through stalling loads.
  static const Event kBlank;
  batch_->events.push_back(kBlank);
  Event* event = &batch_->events.back();
  event->line = place.line;
  const RejectCode code = Build(event);
  if (code == RejectCode::kNone) return;
  batch_->events.pop_back();
  Reject(place, code);
  const Value& page = values_[kPage];
  if (page.kind == Kind::kText && IsPage(page.text)) batch_->rejections.back().page = page.text;
}

bool EventBuilder::IsText(Key key, size_t max_bytes) const {
  const Value& value = values_[key];
  return value.kind == Kind::kText && !value.text.empty() && value.text.size() <= max_bytes;
}

bool EventBuilder::IsTextOrInteger(Key key, size_t max_bytes) const {
  return IsText(key, max_bytes) ||
         (values_[key].kind == Kind::kInteger && values_[key].text.size() <= max_bytes);
}

RejectCode EventBuilder::Build(Event* event) {
  if (Has(kId) && !IsTextOrInteger(kId, max_id_bytes_)) return RejectCode::kBadId;
  RejectCode code = BuildTs(event);
  if (code == RejectCode::kNone) code = BuildNames(event);
  if (code == RejectCode::kNone) code = BuildType(event);
  if (code == RejectCode::kNone) code = BuildReaction(event);
  if (code == RejectCode::kNone) code = BuildOp(event);
  if (code != RejectCode::kNone) return code;
  if (Has(kObject) && !IsText(kObject, kMaxNameBytes)) return RejectCode::kBadObject;
  const EventParts parts = {values_[kId].text, values_[kActor].text, values_[kObject].text};
  if (Has(kCount) && !BuildCount(parts, event)) return RejectCode::kBadCount;
  if (Has(kSource) && !IsText(kSource, kMaxSourceBytes)) return RejectCode::kBadSource;
  event->source = values_[kSource].text;

  if (event->page == last_page_) event->page_hash = last_page_hash_;
  FinishEvent(*context_.key, parts, event);
  last_page_ = event->page;
  last_page_hash_ = event->page_hash;
  return RejectCode::kNone;
}

RejectCode EventBuilder::BuildTs(Event* event) {
  const Value& ts = values_[kTs];
  if (ts.kind == Kind::kAbsent) return RejectCode::kMissingTs;
  const bool good = ts.kind == Kind::kText      ? timestamps_.Read(ts.text, &event->ts_ms)
                    : ts.kind == Kind::kInteger ? ReadEpoch(ts.text, &event->ts_ms)
                    : ts.kind == Kind::kMillis  ? ReadMillis(ts.text, &event->ts_ms)
                                                : false;
  if (!good) return RejectCode::kBadTs;
  if (event->ts_ms > context_.now_ms + kMaxAheadMs) return RejectCode::kFuture;
  if (event->ts_ms < context_.oldest_ms) return RejectCode::kTooOld;
  return RejectCode::kNone;
}

RejectCode EventBuilder::BuildNames(Event* event) {
  if (!Has(kPage)) return RejectCode::kMissingPage;
  if (!IsText(kPage, kMaxNameBytes) || values_[kPage].text == "*") return RejectCode::kBadPage;
  event->page = values_[kPage].text;
  if (Has(kPost) && !IsText(kPost, kMaxNameBytes)) return RejectCode::kBadPost;
  event->post = values_[kPost].text;
  if (Has(kActor) && !IsTextOrInteger(kActor, kMaxNameBytes)) return RejectCode::kBadActor;
  return RejectCode::kNone;
}

RejectCode EventBuilder::BuildType(Event* event) {
  const Value& type = values_[kType];
  if (type.kind == Kind::kAbsent) return RejectCode::kMissingType;
  if (type.kind != Kind::kText) return RejectCode::kBadType;
  if (const auto built_in = ParseBuiltInType(type.text)) {
    event->type = *built_in;
    return RejectCode::kNone;
  }
  if (!IsCustomTypeName(type.text)) return RejectCode::kBadType;
  if (IsReservedTypeName(type.text)) return RejectCode::kReservedType;
  event->type = EventType::kCustom;
  event->custom_type = type.text;
  return RejectCode::kNone;
}

// Whether a reaction is needed is the `op`'s to say: only with one that is known is its lack a
// fault. Beside another type a reaction has no meaning, but a wrong one is still wrong.
RejectCode EventBuilder::BuildReaction(Event* event) {
  const Value& op = values_[kOp];
  const bool needed =
      event->type == EventType::kReaction &&
      (!Has(kOp) ||
       (op.kind == Kind::kText && (op.text == OpName(Op::kAdd) || op.text == OpName(Op::kEdit))));
  if (!Has(kReaction)) return needed ? RejectCode::kMissingReaction : RejectCode::kNone;
  if (values_[kReaction].kind != Kind::kText) return RejectCode::kBadReaction;
  const auto reaction = ParseReaction(values_[kReaction].text);
  if (!reaction) return RejectCode::kBadReaction;
  if (event->type == EventType::kReaction) event->reaction = *reaction;
  return RejectCode::kNone;
}

RejectCode EventBuilder::BuildOp(Event* event) {
  if (Has(kOp)) {
    const auto op = values_[kOp].kind == Kind::kText ? ParseOp(values_[kOp].text) : std::nullopt;
    if (!op) return RejectCode::kBadOp;
    event->op = *op;
  }
  if (event->op != Op::kAdd && !IsFact(event->type)) return RejectCode::kBadOp;
  return RejectCode::kNone;
}

bool EventBuilder::BuildCount(const EventParts& parts, Event* event) {
  if (values_[kCount].kind != Kind::kInteger) return false;
  const std::string_view digits = values_[kCount].text;
  const char* end = digits.data() + digits.size();
  const auto [p, error] = std::from_chars(digits.data(), end, event->count);
  if (error != std::errc() || p != end || event->count < 1 || event->count > kMaxCount)
    return false;
  return event->count == 1 || !CanBeFollowed(*event, parts);
}

}  // namespace pagepulse
