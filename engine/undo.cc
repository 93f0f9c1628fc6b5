#include "engine/undo.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

// Errors say no name: a token's jobs are kept here under longer ones, and are not for every caller
// to see.
absl::Status NoSuchJob() {
  return MakeError(absl::StatusCode::kNotFound, "unknown_job", "there is no job of this name",
                   "`pagepulse inspect jobs` lists them");
}

absl::Status NotKept(uint64_t counted, uint64_t kept) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "records_not_kept",
      fmt::format("the job has counted {} events and figures, of which {} alone were kept: it "
                  "cannot be undone, and nothing was changed",
                  counted, kept),
      "they are kept where `jobs.keep_records` is true while the job runs, and `records/` is left "
      "alone");
}

uint64_t CountRecords(std::string_view records) {
  uint64_t n = 0;
  for (Reader scan(records); scan.remaining() > 0 && scan.ok(); ++n) ReadRecord(&scan);
  return n;
}

// The job's sections of one log entry.
absl::Status VisitEntry(uint32_t job, uint64_t sequence, std::string_view bytes,
                        absl::FunctionRef<absl::Status(UndoStep)> visit) {
  UndoStep step;
  step.kind = UndoStep::kSection;
  step.job = job;
  step.sequence = sequence;
  int64_t arrival_ms = 0;
  return ReadGroup(bytes, &arrival_ms, [&](Section tag, std::string_view payload) -> absl::Status {
    Reader in(payload);
    if (tag == Section::kRecords) {
      if (in.Varint() != job) return absl::OkStatus();
      step.brought_back = false;
      step.claim_hour = static_cast<uint32_t>(arrival_ms / 3'600'000);
    } else if (tag == Section::kBroughtBack) {
      const UndoHeader header = ReadUndoHeader(&in);
      if (header.job != job) return absl::OkStatus();
      step.claim_hour = header.claim_hour;
      step.brought_back = true;
    } else {
      return absl::OkStatus();
    }
    step.records = in.Raw(in.remaining());
    RETURN_IF_ERROR(visit(step));
    ++step.section;
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<UndoReport> Undo::Run(std::string_view job, std::chrono::milliseconds at_most) {
  deadline_ = std::chrono::steady_clock::now() + at_most;
  ASSIGN_OR_RETURN(const bool something, Check(job));
  UndoReport report;
  if (!something) {
    report.did_nothing = true;
    return report;
  }
  RETURN_IF_ERROR(Begin());
  absl::StatusOr<bool> out = TakeOut();
  if (out.ok() && *out) {
    const absl::Status figures = Send({.kind = UndoStep::kFigures, .job = job_});
    if (!figures.ok()) out = figures;
  }
  report.done = out.ok() && *out;
  const absl::Status ended =
      Send({.kind = report.done ? UndoStep::kEnd : UndoStep::kPause, .job = job_});
  RETURN_IF_ERROR(out.status());
  RETURN_IF_ERROR(ended);
  report.counts = jobs_.Undos()[job_].counts;
  for (const ToldAgain& told : shared_) report.shared.push_back(Describe(told));
  return report;
}

absl::StatusOr<bool> Undo::Check(std::string_view job) {
  job_ = jobs_.NumberOf(job);
  if (job_ == 0) return NoSuchJob();
  const UndoState state = jobs_.Undos()[job_];
  if (state.running) return true;  // it was checked when it began
  uint64_t counted = 0, kept = 0;
  for (const JobFile& file : jobs_.Files(job)) {
    if (file.counted_ms == 0) return NotKept(file.accepted, 0);  // nor what was told again
    counted += file.accepted;
  }
  RETURN_IF_ERROR(
      sink_.checkpoint());  // what has been counted by now is in the files that are read
  counted_ = state.until;
  RETURN_IF_ERROR(VisitSections(counted_, UINT64_MAX, [&](const UndoStep& step) {
    const uint64_t records = CountRecords(step.records);
    total_ += records;
    counted_ = step.sequence;
    if (!step.brought_back) kept += records;
    return absl::OkStatus();
  }));
  kept += figures_.CountFirst(job_);  // of those the store knows who told them
  if (kept < counted) return NotKept(counted, kept);
  return total_ > 0 || !jobs_.Files(job).empty();
}

absl::Status Undo::Begin() {
  absl::Status counted;
  if (!jobs_.Undos()[job_].running) {
    // Answered once all that was decided before is in the files that are read.
    RETURN_IF_ERROR(Send({.kind = UndoStep::kHold, .job = job_}));
    counted = VisitSections(counted_, UINT64_MAX, [&](const UndoStep& step) {
      total_ += CountRecords(step.records);
      return absl::OkStatus();
    });
  }
  if (counted.ok()) return Send({.kind = UndoStep::kBegin, .job = job_, .total = total_});
  RETURN_IF_ERROR(Send({.kind = UndoStep::kPause, .job = job_}));
  return counted;
}

absl::Status Undo::VisitSections(uint64_t after, uint64_t until, VisitSection visit) const {
  return db_.VisitRecords(after, [&](uint64_t sequence, std::string_view bytes) {
    return sequence > until ? absl::OkStatus() : VisitEntry(job_, sequence, bytes, visit);
  });
}

absl::StatusOr<bool> Undo::TakeOut() {
  RETURN_IF_ERROR(sink_.checkpoint());  // all ids of the job are in the store, and all told again
  ASSIGN_OR_RETURN(const std::shared_ptr<const ToldAgainIndex> told, LoadToldAgain());
  const UndoState state = jobs_.Undos()[job_];
  bool sent = false, late = false;
  const auto take_out = [&](UndoStep step) {
    if (state.IsDone(step.sequence, step.section)) return absl::OkStatus();
    // One at least, so that who calls often enough comes to the end.
    late = late || (sent && std::chrono::steady_clock::now() >= deadline_);
    if (late) return absl::CancelledError();
    sent = true;
    step.told = told;
    step.shared = &shared_;
    return Send(std::move(step));
  };
  const uint64_t after = std::max(state.after, state.sequence > 0 ? state.sequence - 1 : 0);
  const absl::Status status = VisitSections(after, state.until, take_out);
  if (late) return false;
  RETURN_IF_ERROR(status);
  const UndoState now = jobs_.Undos()[job_];
  if (now.counts.events + now.counts.repeated == now.total) return true;
  return MakeError(absl::StatusCode::kDataLoss, "records_lost",
                   fmt::format("of {} records of the job {} were met; the others have been removed "
                               "from `records/` since the undo began",
                               now.total, now.counts.events + now.counts.repeated),
                   "put them back from a backup, and undo the job again");
}

// Whether it would no longer be counted: what was told before the platform became the authority.
bool Undo::IsOverruled(const Record& record) const {
  const auto metric = AuthorityOf(record.type);
  return metric && figures_.IsPlatforms(record.page, *metric);
}

// Those of other senders which are not undone themselves.
absl::StatusOr<std::shared_ptr<const ToldAgainIndex>> Undo::LoadToldAgain() const {
  const std::vector<UndoState> undos = jobs_.Undos();
  auto index = std::make_shared<ToldAgainIndex>();
  RETURN_IF_ERROR(db_.ScanEntries("t", [&](std::string_view, std::string_view parts) {
    return VisitToldAgain(parts, [&](const ToldAgain& told) {
      const bool undone = told.job < undos.size() && told.sequence <= undos[told.job].until;
      // What came before the job's first record repeats another's.
      if (undone || told.job == job_ || told.sequence <= undos[job_].after) return;
      if (!IsOverruled(told.record)) index->Add(told);
    });
  }));
  return index;
}

absl::Status Undo::Send(UndoStep step) {
  Submission submission;
  submission.bytes = step.records.size();
  submission.undo = std::make_shared<const UndoStep>(std::move(step));
  std::promise<Outcome> done;
  sink_.submit(std::move(submission),
               [&done](const Reply& reply) { done.set_value(reply.outcome); });
  if (done.get_future().get() == Outcome::kCounted) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable, "undo_stopped",
                   "the engine is stopping; the undo is not finished",
                   "undo the job again: it goes on where it was");
}

SharedEvent Undo::Describe(const ToldAgain& told) const {
  const Record& r = told.record;
  SharedEvent event;
  event.page = catalog_.PageName(r.page);
  if (r.post != 0) event.post = catalog_.PostName(r.post);
  event.type =
      r.type == EventType::kCustom
          ? catalog_.CustomCounterName(static_cast<CounterId>(kCustomFirst + r.custom_type))
          : std::string(TypeName(r.type));
  event.ts_ms = r.ts_ms;
  event.teller = told.job == 0 ? "live" : jobs_.NameOf(told.job);
  return event;
}

}  // namespace pagepulse
