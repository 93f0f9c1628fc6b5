// The sequencer's part of what platforms report (docs/reported.md): figures, and who is the
// authority for a page's metric.

#include "base/status_macros.h"
#include "engine/sequencer.h"

namespace pagepulse {

bool Sequencer::IsOverruled(const Event& event, uint32_t page) const {
  if (authority_of_page_ == nullptr) return false;
  const auto metric = AuthorityOf(event.type);
  if (!metric) return false;
  const AuthoritySet set =
      page == EventNames::kNew ? authority_of_page_(event.page) : figures_.authority(page);
  return set & AuthorityBit(*metric);
}

absl::Status Sequencer::DecideFigure(const Submission& submission, const ReportedFigure& said,
                                     Reply* reply) {
  Event place;  // for its names
  place.page = said.page;
  place.post = said.post;
  place.source = said.source;
  const HashKey& key = db_.hash_key();
  place.page_hash = key.Page(said.page);
  if (!said.post.empty()) place.post_hash = key.Within128(place.page_hash, said.post);
  place.source_hash = key.Source(said.source);
  EventNames names;
  uint16_t metric = 0;
  RejectCode code = resolver_.Find(submission, place, arrival_ms_, &names);
  if (code == RejectCode::kNone) {
    code = resolver_.FindReport(submission, said.metric, arrival_ms_, &metric);
  }
  // Totals of several posts under one name would be one story that none of them tells.
  if (code == RejectCode::kNone && resolver_.LacksPost(submission, place, arrival_ms_)) {
    code = RejectCode::kPostLimit;
  }
  if (code != RejectCode::kNone) {
    Reject(submission, {.line = said.line, .code = code, .page = said.page}, reply);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(resolver_.Add(submission, place, arrival_ms_, &names));
  RETURN_IF_ERROR(resolver_.AddReport(submission, said.metric, arrival_ms_, &metric));
  const FigureKey at{names.page, metric, names.post};
  const Figure figure{.point = {said.days, said.day, said.end_ms, said.as_of_ms, said.value},
                      .source = names.source,
                      .job = job_,
                      .sequence = sequence_};
  const Figures::Outcome outcome = figure_reducer_.Apply(at, figure, open_.get());
  ++reply->received;
  ++(outcome == Figures::Outcome::kNew ? reply->accepted : reply->duplicate);
  if (outcome != Figures::Outcome::kTwice) EncodeFigure(at, figure, &figure_records_);
  return absl::OkStatus();
}

absl::Status Sequencer::ReplayFigures(uint32_t job, std::string_view figures) {
  for (Reader in(figures); in.remaining() > 0;) {
    FigureKey at;
    Figure figure;
    ReadFigure(&in, &at, &figure);
    if (!in.ok()) return absl::DataLossError("a figure in the log is cut off");
    figure.job = job;
    figure.sequence = sequence_;
    figure_reducer_.Apply(at, figure, open_.get());
  }
  return absl::OkStatus();
}

// A page that is new is counted under the authority that is configured now.
absl::Status Sequencer::AddName(const NameEntry& entry) {
  payload_.clear();
  EncodeName(entry, &payload_);
  RETURN_IF_ERROR(Emit(Section::kName, payload_));
  if (entry.kind != NameKind::kPage || authority_of_page_ == nullptr) return absl::OkStatus();
  const AuthoritySet set = authority_of_page_(entry.name);
  if (set == 0) return absl::OkStatus();
  payload_.clear();
  EncodeAuthority(entry.id, set, &payload_);
  return Emit(Section::kAuthority, payload_);
}

}  // namespace pagepulse
