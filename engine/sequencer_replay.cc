// How the sequencer takes in what was decided: at once while ingesting, from the log after a start.

#include "base/coding.h"
#include "base/status_macros.h"
#include "engine/sequencer.h"

namespace pagepulse {

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
    case Section::kToldAgain:
      return TakeInToldAgain(payload);
    case Section::kUndo:
      return TakeInUndo(payload);
    case Section::kWithdrawn:
      return Withdraw(payload, nullptr);
    case Section::kBroughtBack:
      return ReplayBroughtBack(payload);
    case Section::kFigures: {
      const uint32_t job = static_cast<uint32_t>(in.Varint());
      return ReplayFigures(job, in.Raw(in.remaining()));
    }
    case Section::kFiguresOnce:
      return ReplayFigures(0, payload);
    case Section::kFiguresOut:
      figure_reducer_.Withdraw(static_cast<uint32_t>(in.Varint()), sequence_, open_.get(), nullptr);
      return in.done() ? absl::OkStatus() : absl::DataLossError("an undo of figures is cut off");
    case Section::kAuthority: {
      uint32_t page = 0;
      AuthoritySet set = 0;
      RETURN_IF_ERROR(DecodeAuthority(payload, &page, &set));
      figure_reducer_.SetAuthority(page, set, open_.get());
      return absl::OkStatus();
    }
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
  figure_reducer_.Flush(open_.get());
  CountGroup(bytes.size());
  return absl::OkStatus();
}

absl::Status Sequencer::LoadFactsOf(std::string_view records) {
  identities_.clear();
  for (Reader scan(records); scan.remaining() > 0;) {
    const Record record = ReadRecord(&scan);
    if (!scan.ok()) return absl::DataLossError("a record in the log is cut off");
    if (record.followed) identities_.push_back(record.fact);
  }
  return reducer_.LoadFacts(identities_, sealed_, open_.get(), &facts_);
}

absl::Status Sequencer::ReplayRecords(std::string_view payload) {
  Reader in(payload);
  const uint32_t job = static_cast<uint32_t>(in.Varint());
  const std::string_view records = in.Raw(in.remaining());
  RETURN_IF_ERROR(LoadFactsOf(records));
  auto fact = facts_.begin();
  const uint32_t hour = static_cast<uint32_t>(arrival_ms_ / 3'600'000);
  for (Reader scan(records); scan.remaining() > 0;) {
    const Record record = ReadRecord(&scan);
    if (record.has_id && ids_.Insert(record.id, hour)) hour_ids_->push_back(record.id);
    const bool moved = reducer_.Apply(record, record.followed ? *fact++ : nullptr, open_.get());
    if (!moved) NoteFact(record, job);
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
