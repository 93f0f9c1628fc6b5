#include "engine/sequencer.h"

#include <algorithm>

#include "base/coding.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

constexpr std::string_view kOtherPost = "__other__";
constexpr uint32_t kMaxPages = 1u << 26;    // Stretch's heads
constexpr uint32_t kMaxSources = 1u << 16;  // Delta::source
constexpr uint32_t kMaxTypes = 32'000;      // CounterId
constexpr uint64_t kMaxDeadLettersASubmission = 1000;
constexpr size_t kPrefetchAhead = 16;

// Puts what a feed says of a post over what was said before, and under what was said after it.
// Whether anything changed.
bool AddDetails(const PostInfo& info, NameEntry* entry) {
  const NameEntry before = *entry;
  const bool newer = info.said_ms >= entry->said_ms;
  const auto put = [newer](std::string_view said, std::string* known) {
    if (!said.empty() && (newer || known->empty())) *known = said;
  };
  put(info.title, &entry->title);
  put(info.link, &entry->link);
  if (info.published_ms != 0 && (newer || entry->published_ms == 0)) {
    entry->published_ms = info.published_ms;
  }
  entry->said_ms = std::max(entry->said_ms, info.said_ms);
  return entry->title != before.title || entry->link != before.link ||
         entry->published_ms != before.published_ms || entry->said_ms != before.said_ms;
}

}  // namespace

void Sequencer::SetStretch(std::shared_ptr<Stretch> open,
                           std::vector<std::shared_ptr<Stretch>> sealed) {
  open_ = std::move(open);
  sealed_ = std::move(sealed);
}

void Sequencer::StartGroup(uint64_t sequence, int64_t arrival_ms) {
  sequence_ = sequence;
  arrival_ms_ = arrival_ms;
  group_.Reset(arrival_ms);
  job_records_in_group_ = 0;
  const uint32_t hour = static_cast<uint32_t>(arrival_ms / 3'600'000);
  ids_.AdvanceTo(hour);
  hour_ids_ = &open_->ids_by_hour[hour];
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
  CountGroup(group_.size());
  return group_.Take();
}

absl::StatusOr<Reply> Sequencer::Decide(const Submission& submission, uint64_t durable_sequence) {
  Reply reply;
  if (submission.key) {
    absl::Status error;
    if (StoredAnswer(*submission.key, durable_sequence, &reply, &error)) return reply;
    RETURN_IF_ERROR(error);
  }
  JobFile job_file;
  uint32_t job = 0;
  if (submission.job) {
    if (!jobs_.Advance(*submission.job, &job_file)) {
      reply.outcome = Outcome::kWrongPosition;
      return reply;
    }
    job = jobs_.Find(submission.job->job);
    if (job == 0) {
      payload_.clear();
      job = jobs_.NextNumber();
      PutVarint(&payload_, job);
      payload_.append(submission.job->job);
      RETURN_IF_ERROR(Emit(Section::kJob, payload_));
    }
  }

  records_.clear();
  PutVarint(&records_, job);
  const size_t header = records_.size();
  for (const EventBatch& batch : submission.batches) {
    RETURN_IF_ERROR(DecideBatch(submission, batch, &reply));
  }
  if (records_.size() > header) {
    group_.Add(Section::kRecords, records_);
    KeepJobRecords(job, std::string_view(records_).substr(header));
  }
  if (submission.job) {
    job_file.accepted += reply.accepted;
    job_file.duplicate += reply.duplicate;
    job_file.rejected += reply.rejected;
    payload_.clear();
    EncodeJobFile(job, job_file, &payload_);
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
  identities_.clear();
  for (const Event& event : batch.events) {
    const bool known = event.has_id && ids_.Contains(event.id_fingerprint);
    if (event.followed && !known) identities_.push_back(event.fact);
  }
  RETURN_IF_ERROR(reducer_.LoadFacts(identities_, sealed_, open_.get()));

  // Rejections keep their place among the events, so that the first errors are the first lines'.
  size_t next_rejection = 0;
  const auto reject_up_to = [&](uint32_t line) {
    while (next_rejection < batch.rejections.size() &&
           batch.rejections[next_rejection].line < line) {
      Reject(submission, batch.rejections[next_rejection++], reply);
    }
  };

  const std::vector<Event>& events = batch.events;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (i + kPrefetchAhead < events.size() && events[i + kPrefetchAhead].has_id) {
      ids_.Prefetch(events[i + kPrefetchAhead].id_fingerprint);
    }
    reject_up_to(event.line);
    if (event.has_id && ids_.Contains(event.id_fingerprint)) {
      ++reply->received;
      ++reply->duplicate;
      continue;
    }
    Record record;
    RejectCode code = RejectCode::kNone;
    RETURN_IF_ERROR(MakeRecord(submission, event, &record, &code));
    if (code == RejectCode::kNone && event.followed && !reducer_.FactHasRoom(record, *open_)) {
      code = RejectCode::kFactTooBusy;
    }
    if (code != RejectCode::kNone) {
      Reject(submission, {event.line, 0, 0, code, {}}, reply);
      continue;
    }
    if (event.has_id) {
      ids_.Insert(event.id_fingerprint, static_cast<uint32_t>(arrival_ms_ / 3'600'000));
      hour_ids_->push_back(event.id_fingerprint);
    }
    AppendRecord(record, &records_);
    reducer_.Apply(record, open_.get());
    ++reply->received;
    ++reply->accepted;
  }
  reject_up_to(UINT32_MAX);
  reply->ignored += batch.ignored;
  for (const PostInfo& info : batch.posts) RETURN_IF_ERROR(SetPostDetails(info));
  return absl::OkStatus();
}

absl::Status Sequencer::MakeRecord(const Submission& submission, const Event& event, Record* record,
                                   RejectCode* code) {
  ASSIGN_OR_RETURN(record->page, PageOf(submission, event, code));
  if (*code != RejectCode::kNone) return absl::OkStatus();
  record->type = event.type;
  if (event.type == EventType::kCustom) {
    auto type = names_.FindTypeId(event.custom_type);
    if (!type) {
      NameEntry entry = names_.NextEntry(NameKind::kType, event.custom_type);
      if (entry.id >= kMaxTypes ||
          !caps_.Take(submission.token, submission.caps, NameKind::kType, arrival_ms_)) {
        *code = RejectCode::kTypeLimit;
        return absl::OkStatus();
      }
      payload_.clear();
      EncodeName(entry, &payload_);
      RETURN_IF_ERROR(Emit(Section::kName, payload_));
      type = static_cast<uint16_t>(entry.id);
    }
    record->custom_type = *type;
  }
  ASSIGN_OR_RETURN(record->post, PostOf(submission, event, record->page));
  ASSIGN_OR_RETURN(record->source, SourceOf(submission, event.source));
  record->ts_ms = event.ts_ms;
  record->count = event.count;
  record->op = event.op;
  record->kind = event.reaction;
  record->has_actor = event.has_actor;
  record->has_id = event.has_id;
  record->followed = event.followed;
  record->actor = event.has_actor ? event.actor : 0;
  record->id = event.has_id ? event.id_fingerprint : 0;
  record->fact = event.followed ? event.fact : Hash128{0};
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> Sequencer::PageOf(const Submission& submission, const Event& event,
                                           RejectCode* code) {
  if (event.page_hash == last_page_hash_ && last_page_ != 0 &&
      names_.PageBytes(last_page_) == event.page) {
    return last_page_;
  }
  uint32_t page = names_.FindPageId(event.page_hash, event.page);
  if (page == 0) {
    NameEntry entry = names_.NextEntry(NameKind::kPage, event.page);
    if (entry.id >= kMaxPages ||
        !caps_.Take(submission.token, submission.caps, NameKind::kPage, arrival_ms_)) {
      *code = RejectCode::kPageLimit;
      return 0;
    }
    entry.zone = options_.zone_of_page(event.page);
    payload_.clear();
    EncodeName(entry, &payload_);
    RETURN_IF_ERROR(Emit(Section::kName, payload_));
    page = entry.id;
  }
  last_page_hash_ = event.page_hash;
  last_page_ = page;
  return page;
}

absl::StatusOr<uint32_t> Sequencer::PostOf(const Submission& submission, const Event& event,
                                           uint32_t page) {
  if (event.post.empty()) return 0;
  if (const uint32_t post = names_.FindPostId(event.post_hash, page, event.post)) return post;
  std::string_view name = event.post;
  if (!caps_.Take(submission.token, submission.caps, NameKind::kPost, arrival_ms_)) {
    name = kOtherPost;
    const uint64_t hash = db_.hash_key().Within(event.page_hash, name);
    if (const uint32_t other = names_.FindPostId(hash, page, name)) return other;
  }
  NameEntry entry = names_.NextEntry(NameKind::kPost, name);
  entry.page = page;
  payload_.clear();
  EncodeName(entry, &payload_);
  RETURN_IF_ERROR(Emit(Section::kName, payload_));
  return entry.id;
}

absl::StatusOr<uint16_t> Sequencer::SourceOf(const Submission& submission,
                                             std::string_view source) {
  if (source.empty()) return 0;
  if (source == last_source_name_) return last_source_;
  auto id = names_.FindSourceId(source);
  if (!id) {
    NameEntry entry = names_.NextEntry(NameKind::kSource, source);
    if (entry.id >= kMaxSources - 1 ||
        !caps_.Take(submission.token, submission.caps, NameKind::kSource, arrival_ms_)) {
      entry = names_.NextEntry(NameKind::kSource, kOtherPost);
      if (const auto other = names_.FindSourceId(kOtherPost)) return *other;
    }
    payload_.clear();
    EncodeName(entry, &payload_);
    RETURN_IF_ERROR(Emit(Section::kName, payload_));
    id = static_cast<uint16_t>(entry.id);
  }
  last_source_name_ = source;
  last_source_ = *id;
  return *id;
}

// Of posts of known pages, and of posts that nothing was counted on yet: a post may be published
// before anybody sees it.
absl::Status Sequencer::SetPostDetails(const PostInfo& info) {
  const uint64_t page_hash = db_.hash_key().Page(info.page);
  uint32_t page = names_.FindPageId(page_hash, info.page);
  if (page == 0) {
    NameEntry entry = names_.NextEntry(NameKind::kPage, info.page);
    entry.zone = options_.zone_of_page(info.page);
    payload_.clear();
    EncodeName(entry, &payload_);
    RETURN_IF_ERROR(Emit(Section::kName, payload_));
    page = entry.id;
  }
  const uint32_t known =
      names_.FindPostId(db_.hash_key().Within(page_hash, info.post), page, info.post);
  NameEntry entry =
      known != 0 ? names_.PostEntry(known) : names_.NextEntry(NameKind::kPost, info.post);
  entry.page = page;
  if (!AddDetails(info, &entry) && known != 0) return absl::OkStatus();
  payload_.clear();
  EncodeName(entry, &payload_);
  return Emit(Section::kName, payload_);
}

void Sequencer::Reject(const Submission& submission, const Rejection& rejection, Reply* reply) {
  ++reply->received;
  ++reply->rejected;
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
  if (options_.keep_rejected_bytes) letter.text = rejection.text.substr(0, 1024);
  payload_.clear();
  EncodeDeadLetter(letter, &payload_);
  Emit(Section::kRejected, payload_).IgnoreError();  // its own bytes: cannot fail
}

absl::Status Sequencer::Emit(Section tag, std::string_view payload) {
  group_.Add(tag, payload);
  return TakeIn(tag, payload);
}

absl::Status Sequencer::TakeIn(Section tag, std::string_view payload) {
  Reader in(payload);
  switch (tag) {
    case Section::kName: {
      ASSIGN_OR_RETURN(NameEntry entry, DecodeName(payload));
      RETURN_IF_ERROR(names_.Add(entry));
      open_->journal[NameKey(entry.kind, entry.id)] = std::string(payload);
      return absl::OkStatus();
    }
    case Section::kJob: {
      const uint32_t number = static_cast<uint32_t>(in.Varint());
      const std::string_view name = in.Raw(in.remaining());
      jobs_.AddJob(number, name);
      open_->journal[JobKey(number)] = std::string(name);
      return absl::OkStatus();
    }
    case Section::kPosition: {
      uint32_t number;
      JobFile file;
      RETURN_IF_ERROR(DecodeJobFile(payload, &number, &file));
      if (number == 0 || number >= jobs_.NextNumber()) return absl::DataLossError("an unknown job");
      jobs_.SetFile(number, file);
      open_->journal[JobFileKey(number, file)] = std::string(payload);
      return absl::OkStatus();
    }
    case Section::kReply: {
      const uint64_t high = in.Big64();
      const Hash128 key = absl::MakeUint128(high, in.Big64());
      if (!in.ok()) return absl::DataLossError("a stored reply is cut off");
      const std::string_view value = payload.substr(16);
      ASSIGN_OR_RETURN(StoredReply stored, DecodeStoredReply(value));
      stored.sequence = sequence_;
      open_->journal[ReplyKey(key)] = std::string(value);
      open_->replies[key] = std::move(stored);
      return absl::OkStatus();
    }
    case Section::kRejected: {
      ASSIGN_OR_RETURN(DeadLetter letter, DecodeDeadLetter(payload));
      open_->journal[DeadLetterKey(dead_letters_.count())] = std::string(payload);
      dead_letters_.Add(std::move(letter));
      return absl::OkStatus();
    }
    case Section::kRecords:
      return ReplayRecords(payload);
  }
  return absl::UnimplementedError("a section that this build does not know");
}

absl::Status Sequencer::Replay(uint64_t sequence, std::string_view bytes) {
  int64_t arrival_ms = 0;
  RETURN_IF_ERROR(
      ReadGroup(bytes, &arrival_ms, [](Section, std::string_view) { return absl::OkStatus(); }));
  StartGroup(sequence, arrival_ms);
  RETURN_IF_ERROR(ReadGroup(bytes, &arrival_ms, [this](Section tag, std::string_view payload) {
    return TakeIn(tag, payload);
  }));
  CountGroup(bytes.size());
  return absl::OkStatus();
}

absl::Status Sequencer::ReplayRecords(std::string_view payload) {
  Reader in(payload);
  const uint32_t job = static_cast<uint32_t>(in.Varint());
  const std::string_view records = in.Raw(in.remaining());
  identities_.clear();
  for (Reader scan(records); scan.remaining() > 0 && scan.ok();) {
    const Record record = ReadRecord(&scan);
    if (record.followed) identities_.push_back(record.fact);
  }
  RETURN_IF_ERROR(reducer_.LoadFacts(identities_, sealed_, open_.get()));
  const uint32_t hour = static_cast<uint32_t>(arrival_ms_ / 3'600'000);
  for (Reader scan(records); scan.remaining() > 0;) {
    const Record record = ReadRecord(&scan);
    if (!scan.ok()) return absl::DataLossError("a record in the log is cut off");
    if (record.has_id && ids_.Insert(record.id, hour)) hour_ids_->push_back(record.id);
    reducer_.Apply(record, open_.get());
  }
  KeepJobRecords(job, records);
  return absl::OkStatus();
}

void Sequencer::KeepJobRecords(uint32_t job, std::string_view records) {
  if (job == 0 || !options_.keep_job_records || records.empty()) return;
  open_->journal[JobRecordsKey(job, sequence_, job_records_in_group_++)] = std::string(records);
}

}  // namespace pagepulse
