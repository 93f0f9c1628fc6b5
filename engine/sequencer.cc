#include "engine/sequencer.h"

#include <algorithm>

#include "base/coding.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

constexpr uint64_t kMaxDeadLettersASubmission = 1000;
constexpr size_t kIdsAtOnce = 1 << 20;  // only what is written takes memory

// By those of the step that was counted.
uint64_t IdsToCome(const JobStep& step, uint64_t ids) {
  if (step.to <= step.from) return 0;
  const double ids_a_byte = static_cast<double>(ids) / static_cast<double>(step.to - step.from);
  constexpr double kMost = 1e12;
  return static_cast<uint64_t>(std::min(static_cast<double>(step.more_bytes) * ids_a_byte, kMost));
}

}  // namespace

Record MakeRecord(const Event& event) {
  Record record;
  record.type = event.type;
  record.ts_ms = event.ts_ms;
  record.count = event.count;
  record.op = event.op;
  record.kind = event.reaction;
  record.has_actor = event.has_actor;
  record.has_id = event.has_id;
  record.followed = event.followed;
  if (event.has_actor) record.actor = event.actor;
  if (event.has_id) record.id = event.id_fingerprint;
  if (event.followed) record.fact = event.fact;
  return record;
}

void SetNames(const EventNames& names, Record* record) {
  record->page = names.page;
  record->post = names.post;
  record->source = names.source;
  record->custom_type = names.custom_type;
}

Sequencer::Sequencer(const Database& db, Names* names, IdWindow* ids, Jobs* jobs,
                     DeadLetters* dead_letters, Figures* figures, Options options)
    : db_(db),
      names_(*names),
      ids_(*ids),
      jobs_(*jobs),
      dead_letters_(*dead_letters),
      keep_job_records_(options.keep_job_records),
      keep_rejected_bytes_(options.keep_rejected_bytes),
      resolver_(db.hash_key(), *names, std::move(options.zone_of_page),
                [this](const NameEntry& entry) { return AddName(entry); }),
      reducer_(db, *names),
      figures_(*figures),
      figure_reducer_(figures, *names),
      authority_of_page_(std::move(options.authority_of_page)) {}

void Sequencer::SetStretch(std::shared_ptr<Stretch> open,
                           std::vector<std::shared_ptr<Stretch>> sealed) {
  open_ = std::move(open);
  sealed_ = std::move(sealed);
}

void Sequencer::StartGroup(uint64_t sequence, int64_t arrival_ms) {
  sequence_ = sequence;
  arrival_ms_ = arrival_ms;
  group_.Reset(arrival_ms);
  keeps_group_ = false;
  const uint32_t hour = static_cast<uint32_t>(arrival_ms / 3'600'000);
  ids_.AdvanceTo(hour);
  hour_ids_ = &open_->ids_by_hour[hour];
  if (hour_ids_->capacity() == 0) hour_ids_->reserve(kIdsAtOnce);
}

// Of groups that reach the log alone: a checkpoint is numbered by the last of them, so that a
// replay finds its end again.
void Sequencer::CountGroup(size_t bytes) {
  if (open_->first_sequence == 0) {
    open_->first_sequence = sequence_;
    open_->first_arrival_ms = arrival_ms_;
  }
  open_->last_sequence = sequence_;
  open_->log_bytes += bytes;
  open_->next_rejected = dead_letters_.count();
}

std::string Sequencer::FinishGroup() {
  if (group_.empty()) return "";
  figure_reducer_.Flush(open_.get());
  CountGroup(group_.size());
  return group_.Take();
}

absl::StatusOr<Reply> Sequencer::Decide(const Submission& submission, uint64_t durable_sequence) {
  if (submission.undo) return DecideUndo(*submission.undo);
  Reply reply;
  if (submission.key) {
    absl::Status error;
    if (StoredAnswer(*submission.key, durable_sequence, &reply, &error)) return reply;
    RETURN_IF_ERROR(error);
  }
  JobFile job_file;
  job_ = 0;
  if (submission.job) {
    job_ = jobs_.Find(submission.job->job);
    if (job_ != 0 && (jobs_.undo(job_).running || job_ == held_job_)) {
      reply.outcome = Outcome::kBeingUndone;
      return reply;
    }
    if (jobs_.HasOtherOptions(*submission.job)) {
      reply.outcome = Outcome::kOtherOptions;
      return reply;
    }
    if (!jobs_.Advance(*submission.job, &job_file)) {
      reply.outcome = Outcome::kWrongPosition;
      return reply;
    }
    if (job_ == 0) {
      payload_.clear();
      job_ = jobs_.NextNumber();
      PutVarint(&payload_, job_);
      payload_.append(submission.job->job);
      RETURN_IF_ERROR(Emit(Section::kJob, payload_));
    }
  }

  for (const auto& [page, set] : submission.authorities) {
    payload_.clear();
    EncodeAuthority(page, set, &payload_);
    RETURN_IF_ERROR(Emit(Section::kAuthority, payload_));
  }
  told_again_.clear();
  records_.Clear();
  records_.Wrote(WriteVarint(job_, records_.Room(kMaxVarintBytes)));
  figure_records_ = records_.view();
  const size_t header = records_.size();
  const uint64_t ids_before = ids_.size();
  for (const EventBatch& batch : submission.batches) {
    RETURN_IF_ERROR(DecideBatch(submission, batch, &reply));
  }
  if (records_.size() > header) {
    group_.Add(Section::kRecords, records_.view());
    keeps_group_ |= job_ != 0 && keep_job_records_;
  }
  if (!told_again_.empty()) RETURN_IF_ERROR(Emit(Section::kToldAgain, told_again_));
  if (figure_records_.size() > header) group_.Add(Section::kFigures, figure_records_);
  if (submission.job) {
    ids_.Expect(IdsToCome(*submission.job, std::max(ids_.size(), ids_before) - ids_before));
    job_file.accepted += reply.accepted;
    job_file.duplicate += reply.duplicate;
    job_file.rejected += reply.rejected;
    job_file.counted_ms = arrival_ms_;
    payload_.clear();
    EncodeJobFile(job_, job_file, &payload_);
    RETURN_IF_ERROR(Emit(Section::kPosition, payload_));
  }
  if (submission.key) {
    payload_.clear();
    PutBig64(&payload_, absl::Uint128High64(submission.key->key));
    PutBig64(&payload_, absl::Uint128Low64(submission.key->key));
    StoredReply stored;
    stored.arrival_ms = arrival_ms_;
    stored.body = submission.key->body;
    stored.reply = reply;
    EncodeStoredReply(stored, &payload_);
    RETURN_IF_ERROR(Emit(Section::kReply, payload_));
  }
  return reply;
}

bool Sequencer::StoredAnswer(const IdempotencyKey& key, uint64_t durable_sequence, Reply* reply,
                             absl::Status* error) {
  constexpr int64_t kKeptMs = 48 * 3'600'000ll;
  StoredReply stored;
  const auto find_in = [&](const Stretch& stretch) {
    const auto it = stretch.replies.find(key.key);
    if (it != stretch.replies.end()) stored = it->second;
    return it != stretch.replies.end();
  };
  bool found = find_in(*open_);
  for (size_t i = sealed_.size(); i > 0 && !found; --i) found = find_in(*sealed_[i - 1]);
  if (!found) {
    auto entry = db_.GetEntry(ReplyKey(key.key));
    if (!entry.ok()) {
      *error = entry.status();
      return false;
    }
    if (!entry->has_value()) return false;
    auto decoded = DecodeStoredReply(**entry);
    if (!decoded.ok()) {
      *error = decoded.status();
      return false;
    }
    stored = *std::move(decoded);
  }
  if (stored.arrival_ms + kKeptMs <= arrival_ms_) return false;
  if (stored.body != key.body) {
    reply->outcome = Outcome::kKeyReused;
  } else if (stored.sequence > durable_sequence) {
    reply->outcome = Outcome::kKeyInFlight;
  } else {
    *reply = stored.reply;
  }
  return true;
}

absl::Status Sequencer::DecideBatch(const Submission& submission, const EventBatch& batch,
                                    Reply* reply) {
  // Rejections keep their place among the events, so that the first errors are the first lines'.
  size_t next_rejection = 0;
  const auto reject_before = [&](const Event* event) {
    while (next_rejection < batch.rejections.size() &&
           (event == nullptr || batch.rejections[next_rejection].line < event->line)) {
      Reject(submission, batch.rejections[next_rejection++], reply);
    }
  };

  absl::Span<const Event> rest = batch.events;
  while (!rest.empty()) {
    const absl::Span<const Event> slice = rest.first(std::min(rest.size(), kSliceEvents));
    rest.remove_prefix(slice.size());
    RETURN_IF_ERROR(LookAt(slice));
    auto fact = facts_.begin();
    for (size_t i = 0; i < slice.size(); ++i) {
      reject_before(&slice[i]);
      const bool moves = slice[i].followed && !places_[i].known;
      RETURN_IF_ERROR(DecideEvent(submission, slice[i],
                                  {places_[i], names_found_[i], moves ? *fact++ : nullptr}, reply));
    }
  }
  reject_before(nullptr);
  for (const ReportedFigure& figure : batch.figures) {
    RETURN_IF_ERROR(DecideFigure(submission, figure, reply));
  }
  reply->ignored += batch.ignored;
  for (const PostInfo& info : batch.posts) {
    RETURN_IF_ERROR(resolver_.SetPostDetails(submission, info, arrival_ms_));
  }
  return absl::OkStatus();
}

// Looks ids and names up, each for the whole slice at once, and loads the facts. An id that is
// known here stays known to the slice's end, though claiming the slice's own ids may push it out
// meanwhile: only the facts of the others are loaded.
absl::Status Sequencer::LookAt(absl::Span<const Event> slice) {
  for (size_t i = 0; i < slice.size(); ++i) {
    fingerprints_[i] = slice[i].has_id ? slice[i].id_fingerprint : 0;
  }
  ids_.Find({fingerprints_.data(), slice.size()}, places_.data());
  resolver_.Look(slice, names_found_.data());
  identities_.clear();
  for (size_t i = 0; i < slice.size(); ++i) {
    places_[i].known &= slice[i].has_id;
    if (slice[i].followed && !places_[i].known) identities_.push_back(slice[i].fact);
  }
  return reducer_.LoadFacts(identities_, sealed_, open_.get(), &facts_);
}

absl::Status Sequencer::DecideEvent(const Submission& submission, const Event& event, Found found,
                                    Reply* reply) {
  if (found.id.known || (event.has_id && ids_.Contains(event.id_fingerprint, found.id))) {
    ++reply->received;
    ++reply->duplicate;
    return NoteDuplicate(submission, event);
  }
  Record record = MakeRecord(event);
  EventNames& names = found.names;
  Fact* const fact = found.fact;
  RejectCode code = resolver_.Find(submission, event, arrival_ms_, &names);
  SetNames(names, &record);
  if (code == RejectCode::kNone && IsOverruled(event, names.page)) {
    ++reply->ignored;
    ++reply->overruled;
    return absl::OkStatus();
  }
  if (code == RejectCode::kNone && fact != nullptr && !Reducer::FactHasRoom(record, *fact)) {
    code = RejectCode::kFactTooBusy;
  }
  if (code != RejectCode::kNone) {
    Reject(submission, {.line = event.line, .code = code, .page = event.page}, reply);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(resolver_.Add(submission, event, arrival_ms_, &names));
  SetNames(names, &record);
  if (event.has_id) {
    ids_.Insert(event.id_fingerprint, static_cast<uint32_t>(arrival_ms_ / 3'600'000), found.id);
    hour_ids_->push_back(event.id_fingerprint);
  }
  record.told_again = !reducer_.Apply(record, fact, open_.get());
  records_.Wrote(WriteRecord(record, records_.Room(Record::kMaxBytes)));
  if (record.told_again) NoteFact(record, job_);
  ++reply->received;
  ++reply->accepted;
  return absl::OkStatus();
}

void Sequencer::Reject(const Submission& submission, const Rejection& rejection, Reply* reply) {
  ++reply->received;
  ++reply->rejected;
  ++reply->by_code[static_cast<size_t>(rejection.code)];
  if (reply->errors.size() < Reply::kMaxErrors) {
    reply->errors.push_back({rejection.line, rejection.code});
  }
  if (reply->rejected > kMaxDeadLettersASubmission) return;
  DeadLetter letter;
  letter.arrival_ms = arrival_ms_;
  letter.origin = submission.job ? submission.job->job : "http";
  letter.line = rejection.line;
  letter.offset = rejection.offset;
  letter.length = rejection.length;
  letter.code = rejection.code;
  if (keep_rejected_bytes_) letter.text = rejection.text.substr(0, 1024);
  letter.format = submission.format;
  letter.token = submission.token;
  letter.page = rejection.page;
  payload_.clear();
  EncodeDeadLetter(letter, &payload_);
  Emit(Section::kRejected, payload_).IgnoreError();  // its own bytes: cannot fail
}

absl::Status Sequencer::Emit(Section tag, std::string_view payload) {
  group_.Add(tag, payload);
  return TakeIn(tag, payload);
}

}  // namespace pagepulse
