// The sequencer's part of an undo (docs/undo.md): what is noted of events that are told again, and
// how a job's records are taken out.

#include <algorithm>
#include <tuple>

#include "base/status_macros.h"
#include "engine/sequencer.h"

namespace pagepulse {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr size_t kToldAgainPart = 4 << 20;  // of a stretch's, in one entry of the journal

}  // namespace

// --- What is told again.

// The id of a duplicate was claimed by a job only if that was no later than any job counted at all.
absl::Status Sequencer::NoteDuplicate(const Submission& submission, const Event& event) {
  if (!NotesToldAgain()) return absl::OkStatus();
  const std::optional<uint32_t> hour = ids_.HourOf(event.id_fingerprint);
  if (!hour || *hour > jobs_.last_counted_ms() / kHourMs) return absl::OkStatus();
  ToldAgain told{sequence_, job_, *hour, MakeRecord(event)};
  EventNames names;
  if (resolver_.Find(submission, event, arrival_ms_, &names) != RejectCode::kNone) {
    return absl::OkStatus();  // alone, it would have been rejected
  }
  if (IsOverruled(event, names.page)) return absl::OkStatus();  // alone, it would not be counted
  RETURN_IF_ERROR(resolver_.Add(submission, event, arrival_ms_, &names));
  SetNames(names, &told.record);
  AppendToldAgain(told, &told_again_);
  return absl::OkStatus();
}

// Ingestion and replay alike come to it by the fact's history, so the log need not say it again.
void Sequencer::NoteFact(const Record& record, uint32_t job) {
  if (!NotesToldAgain()) return;
  ToldAgain told{sequence_, job, 0, record};
  told.record.told_again = false;
  told.record.has_id = false;
  told.record.id = 0;
  std::string bytes;
  AppendToldAgain(told, &bytes);
  TakeInToldAgain(bytes).IgnoreError();  // its own bytes: cannot fail
}

absl::Status Sequencer::TakeInToldAgain(std::string_view told) {
  std::vector<std::string>& parts = open_->told_again;
  if (parts.empty() || parts.back().size() >= kToldAgainPart) parts.emplace_back();
  parts.back().append(told);
  if (!told_since_) return absl::OkStatus();
  return VisitToldAgain(told, [this](const ToldAgain& one) { told_since_->Add(one); });
}

// --- The steps of an undo.

absl::StatusOr<Reply> Sequencer::DecideUndo(const UndoStep& step) {
  UndoState state = jobs_.undo(step.job);
  switch (step.kind) {
    case UndoStep::kHold:
      held_job_ = step.job;
      return Reply();
    case UndoStep::kBegin:
      held_job_ = 0;
      told_since_.emplace();
      if (state.running) return Reply();
      state = {.after = state.until, .until = sequence_, .running = true};
      state.changed_ms = arrival_ms_;
      state.total = step.total;
      break;
    case UndoStep::kSection:
      if (!state.running || state.IsDone(step.sequence, step.section)) return Reply();
      RETURN_IF_ERROR(UndoSection(step, &state.counts));
      state.sequence = step.sequence;
      state.sections = step.section + 1;
      break;
    case UndoStep::kFigures:
      if (!state.running) return Reply();
      payload_.clear();
      PutVarint(&payload_, step.job);
      group_.Add(Section::kFiguresOut, payload_);
      figure_reducer_.Withdraw(step.job, sequence_, open_.get(), &state.counts);
      break;
    case UndoStep::kPause:
      held_job_ = 0;
      told_since_.reset();
      return Reply();
    case UndoStep::kEnd:
      told_since_.reset();
      if (!state.running) return Reply();
      state.running = false;
      state.changed_ms = arrival_ms_;
      break;
  }
  RETURN_IF_ERROR(EmitUndo(step.job, state));
  return Reply();
}

absl::Status Sequencer::EmitUndo(uint32_t job, const UndoState& state) {
  payload_.clear();
  EncodeUndoState(job, state, &payload_);
  return Emit(Section::kUndo, payload_);
}

absl::Status Sequencer::TakeInUndo(std::string_view payload) {
  uint32_t job = 0;
  UndoState state;
  RETURN_IF_ERROR(DecodeUndoState(payload, &job, &state));
  if (job == 0 || job >= jobs_.NextNumber()) return absl::DataLossError("an unknown job");
  jobs_.SetUndo(job, state);
  open_->journal[UndoKey(job)] = std::string(payload);
  if (state.running) return absl::OkStatus();
  for (JobFile file : jobs_.Files(jobs_.NameOf(job))) {
    const std::string key = JobFileKey(job, file);
    file = {.file = file.file, .ordinal = file.ordinal};  // at byte 0
    std::string& entry = open_->journal[key];
    entry.clear();
    EncodeJobFile(job, file, &entry);
  }
  jobs_.ClearFiles(job);
  return absl::OkStatus();
}

absl::Status Sequencer::UndoSection(const UndoStep& step, UndoCounts* counts) {
  std::string payload;
  AppendUndoHeader({step.job, step.claim_hour, step.sequence}, &payload);
  payload += step.records;
  group_.Add(Section::kWithdrawn, payload);
  RETURN_IF_ERROR(Withdraw(payload, counts));

  std::vector<ToldAgain> told;
  for (Reader scan(step.records); scan.remaining() > 0;) {
    if (ToldByOthers(step, ReadRecord(&scan), &told)) ++counts->shared;
  }
  if (step.shared != nullptr) {
    const size_t room = UndoStep::kMaxShared - std::min(step.shared->size(), UndoStep::kMaxShared);
    step.shared->insert(step.shared->end(), told.begin(),
                        told.begin() + static_cast<ptrdiff_t>(std::min(room, told.size())));
  }
  const auto place = [](const ToldAgain& t) { return std::tie(t.job, t.claim_hour); };
  std::stable_sort(told.begin(), told.end(),
                   [&](const ToldAgain& a, const ToldAgain& b) { return place(a) < place(b); });
  for (absl::Span<const ToldAgain> rest = told; !rest.empty();) {
    const ToldAgain& first = rest.front();
    const auto end = std::find_if(rest.begin(), rest.end(),
                                  [&](const ToldAgain& t) { return place(t) != place(first); });
    const absl::Span<const ToldAgain> alike = rest.first(static_cast<size_t>(end - rest.begin()));
    RETURN_IF_ERROR(BringBack({first.job, first.claim_hour, 0}, alike));
    rest.remove_prefix(alike.size());
  }
  return absl::OkStatus();
}

// What was told before the undo began was told first.
bool Sequencer::ToldByOthers(const UndoStep& step, const Record& record,
                             std::vector<ToldAgain>* told) const {
  const size_t before = told->size();
  const auto add = [&](std::optional<ToldAgain> older, std::optional<ToldAgain> newer) {
    if (!older) older = newer;
    if (older) told->push_back(*older);
  };
  if (record.has_id) {
    add(step.told->FindId(record, step.claim_hour), told_since_->FindId(record, step.claim_hour));
  }
  if (record.followed && !record.told_again) {
    add(step.told->FindFact(record), told_since_->FindFact(record));
  }
  return told->size() > before;
}

absl::Status Sequencer::Withdraw(std::string_view payload, UndoCounts* counts) {
  Reader in(payload);
  const UndoHeader header = ReadUndoHeader(&in);
  const std::string_view records = in.Raw(in.remaining());
  RETURN_IF_ERROR(LoadFactsOf(records));
  auto fact = facts_.begin();
  UndoCounts done;
  for (Reader scan(records); scan.remaining() > 0;) {
    const Record record = ReadRecord(&scan);
    if (record.has_id && header.claim_hour >= ids_.oldest_kept_hour()) {
      done.ids += ids_.Remove(record.id, header.claim_hour);
      open_->released_ids[header.claim_hour].emplace_back(header.sequence, record.id);
    }
    Fact* const moved = record.followed ? *fact++ : nullptr;
    if (record.told_again) {
      ++done.repeated;
      continue;
    }
    reducer_.Withdraw(record, moved, open_.get());
    ++done.events;
    done.people += CountsPerson(record);
  }
  if (counts == nullptr) return absl::OkStatus();
  counts->events += done.events;
  counts->repeated += done.repeated;
  counts->ids += done.ids;
  counts->people += done.people;
  return absl::OkStatus();
}

absl::Status Sequencer::BringBack(const UndoHeader& header, absl::Span<const ToldAgain> told) {
  identities_.clear();
  for (const ToldAgain& one : told) {
    if (one.record.followed) identities_.push_back(one.record.fact);
  }
  RETURN_IF_ERROR(reducer_.LoadFacts(identities_, sealed_, open_.get(), &facts_));
  auto fact = facts_.begin();
  std::string payload;
  AppendUndoHeader(header, &payload);
  for (const ToldAgain& one : told) {
    Record record = one.record;
    CountInstead(header, record.followed ? *fact++ : nullptr, &record);
    AppendRecord(record, &payload);
  }
  group_.Add(Section::kBroughtBack, payload);
  keeps_group_ |= header.job != 0 && keep_job_records_;
  return absl::OkStatus();
}

// As if it had been told first: under the hour of the claim that it met, so that what else was told
// of the id still finds it.
void Sequencer::CountInstead(const UndoHeader& header, Fact* fact, Record* record) {
  if (record->has_id && header.claim_hour >= ids_.oldest_kept_hour() &&
      ids_.Insert(record->id, header.claim_hour)) {
    open_->ids_by_hour[header.claim_hour].push_back(record->id);
  }
  record->told_again = !reducer_.Apply(*record, fact, open_.get());
  if (record->told_again) NoteFact(*record, header.job);
}

absl::Status Sequencer::ReplayBroughtBack(std::string_view payload) {
  Reader in(payload);
  const UndoHeader header = ReadUndoHeader(&in);
  const std::string_view records = in.Raw(in.remaining());
  RETURN_IF_ERROR(LoadFactsOf(records));
  auto fact = facts_.begin();
  for (Reader scan(records); scan.remaining() > 0;) {
    Record record = ReadRecord(&scan);
    CountInstead(header, record.followed ? *fact++ : nullptr, &record);
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
