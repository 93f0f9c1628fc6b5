#include "engine/pipeline.h"

#include <algorithm>
#include <chrono>

#include "base/crash_point.h"
#include "base/status_macros.h"
#include "base/thread_name.h"
#include "base/thread_scheduling.h"
#include "engine/checkpoint.h"

namespace pagepulse {
namespace {

constexpr size_t kGroupBytes = 4 << 20;          // a group is closed once it is that large
constexpr size_t kMaxUnwrittenBytes = 16 << 20;  // groups that wait for the log writer
constexpr size_t kLongHistory = 16;              // full stretches

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Pipeline::Pipeline(const EngineOptions& options, Database* db, Sequencer* sequencer,
                   Stretches* stretches, IdWindow* ids)
    : options_(options), db_(db), sequencer_(sequencer), stretches_(stretches), ids_(ids) {
  static MetricsRegistry unread;
  MetricsRegistry* m = options.metrics != nullptr ? options.metrics : &unread;
  constexpr char kEvents[] = "pagepulse_events_total";
  constexpr char kEventsHelp[] = "Events received, by what became of them";
  metrics_.accepted = m->AddCounter(kEvents, kEventsHelp, "outcome=\"accepted\"");
  metrics_.duplicate = m->AddCounter(kEvents, kEventsHelp, "outcome=\"duplicate\"");
  metrics_.rejected = m->AddCounter(kEvents, kEventsHelp, "outcome=\"rejected\"");
  metrics_.ignored =
      m->AddCounter("pagepulse_ignored_total", "Parts of deliveries that are no events of ours");
  metrics_.overruled =
      m->AddCounter("pagepulse_overruled_total",
                    "Events ignored because the platform's reports make their metric (authority)");
  metrics_.log_bytes = m->AddCounter("pagepulse_log_bytes_total", "Bytes written to the log");
  metrics_.log_writes = m->AddCounter("pagepulse_log_writes_total", "Synced writes of the log");
  metrics_.checkpoints = m->AddCounter("pagepulse_checkpoints_total", "Checkpoints written");
  metrics_.sync_seconds =
      m->AddHistogram("pagepulse_log_sync_seconds", "Time of a synced write of the log",
                      {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5});
  metrics_.checkpoint_seconds = m->AddHistogram(
      "pagepulse_checkpoint_seconds", "Time of a checkpoint", {0.01, 0.03, 0.1, 0.3, 1, 3, 10});
}

void Pipeline::Start(uint64_t next_sequence) {
  next_sequence_ = next_sequence;
  durable_sequence_ = next_sequence - 1;
  sequencer_->SetStretch(stretches_->open(), stretches_->sealed());
  sequencer_thread_ = std::thread([this] { RunSequencer(); });
  writer_thread_ = std::thread([this] { RunWriter(); });
  checkpointer_thread_ = std::thread([this] { RunCheckpointer(); });
}

Pipeline::~Pipeline() {
  if (!sequencer_thread_.joinable()) return;
  if (healthy()) Checkpoint().IgnoreError();  // Fail() has told why
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  sequencer_thread_.join();
  writer_thread_.join();
  checkpointer_thread_.join();
}

bool Pipeline::Accepting() const {
  MutexLock lock(&mutex_);
  return held_bytes_ < options_.queue_bytes && !stopping_ && healthy();
}

uint64_t Pipeline::queued_bytes() const {
  MutexLock lock(&mutex_);
  return held_bytes_;
}

void Pipeline::Submit(Submission submission, absl::AnyInvocable<void(Reply)> done) {
  {
    MutexLock lock(&mutex_);
    const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return held_bytes_ < 2 * options_.queue_bytes || stopping_ || !healthy();
    };
    mutex_.Await(has_room);
    if (!stopping_ && healthy()) {
      held_bytes_ += submission.bytes;
      queue_.push_back({std::move(submission), std::move(done)});
      return;
    }
  }
  Reply reply;
  reply.outcome = Outcome::kUnavailable;
  done(std::move(reply));
}

absl::Status Pipeline::Checkpoint() {
  MutexLock lock(&mutex_);
  const uint64_t ask = ++checkpoints_asked_;
  const auto sealed = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return checkpoints_sealed_ >= ask || !healthy();
  };
  mutex_.Await(sealed);
  const uint64_t target = sealed_sequence_;
  const auto written = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return db_->marker() >= target || !healthy();
  };
  mutex_.Await(written);
  if (!healthy()) return absl::UnavailableError("the engine has stopped after a failed write");
  return absl::OkStatus();
}

// --- The sequencer's thread.

bool Pipeline::TakePending(std::deque<Pending>* batch, uint64_t* asked) {
  MutexLock lock(&mutex_);
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !queue_.empty() || stopping_ || !healthy() || checkpoints_asked_ > checkpoints_sealed_;
  };
  mutex_.AwaitFor(std::chrono::seconds(1), has_work);
  *asked = checkpoints_asked_;
  batch->swap(queue_);
  return !(batch->empty() && (stopping_ || !healthy()));
}

void Pipeline::RunSequencer() {
  NameThread("pp-sequencer");
  LeaveCoresToQueries();
  TakeNoCoreFromOthers();  // on a full machine, else, each submission would be a batch of its own
  std::deque<Pending> batch;
  uint64_t asked = 0, answered = 0;
  while (TakePending(&batch, &asked)) {
    if (!healthy() || !Sequence(&batch)) Refuse(&batch);
    batch.clear();
    if (SealIfDue(asked > answered)) full_in_a_row_ = 0;
    answered = asked;
    // An ask is met once everything that was submitted before it is in a sealed stretch.
    MutexLock lock(&mutex_);
    checkpoints_sealed_ = answered;
  }
  MutexLock lock(&mutex_);
  sequencer_done_ = true;
}

bool Pipeline::Sequence(std::deque<Pending>* batch) {
  sequencer_->SetStretch(stretches_->open(), stretches_->sealed());
  Group group;
  while (!batch->empty()) {
    if (group.sequence == 0) {
      group.sequence = next_sequence_++;
      sequencer_->StartGroup(group.sequence, options_.clock());
    }
    Pending& pending = batch->front();
    absl::StatusOr<Reply> reply = sequencer_->Decide(pending.submission, durable_sequence_.load());
    if (!reply.ok()) {
      Fail(reply.status());
      group.replies.emplace_back(std::move(pending.done), Reply());
      group.replies.back().second.outcome = Outcome::kUnavailable;
      batch->pop_front();
      for (auto& [done, answer] : group.replies) {
        answer = Reply();
        answer.outcome = Outcome::kUnavailable;
        done(answer);
      }
      return false;
    }
    group.held_bytes += pending.submission.bytes;
    group.replies.emplace_back(std::move(pending.done), *std::move(reply));
    batch->pop_front();
    if (sequencer_->group_bytes() >= kGroupBytes || batch->empty()) {
      group.keep = sequencer_->keeps_group();
      group.bytes = sequencer_->FinishGroup();
      group.stretch = stretches_->open();
      group.size = group.stretch->size();
      CrashPoint("after_claim");
      HandOver(std::move(group));
      group = Group();
      if (StretchIsFull() && SealIfDue(true)) ++full_in_a_row_;
      if (stretches_->AreRead()) full_in_a_row_ = 0;
    }
  }
  return true;
}

void Pipeline::HandOver(Group group) {
  MutexLock lock(&mutex_);
  const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return unwritten_bytes_ < kMaxUnwrittenBytes || !healthy();
  };
  mutex_.Await(has_room);
  unwritten_bytes_ += group.bytes.size();
  groups_.push_back(std::move(group));
}

// Rows of a long stretch are fewer and so are merged for less; who asks pays for all that is not
// rows yet. Where history goes on and on, its rows are merged more often, and the memory of a
// longer stretch is little beside that of its ids.
bool Pipeline::StretchIsFull() const {
  const auto open = stretches_->open();
  size_t deltas = options_.stretch_deltas, log_bytes = options_.stretch_log_bytes;
  if (stretches_->AreRead()) {
    deltas /= 2;
  } else if (full_in_a_row_ >= kLongHistory) {
    deltas *= 2;
    log_bytes *= 2;
  }
  return open->size() >= deltas || open->log_bytes >= log_bytes || open->facts.size() >= deltas;
}

bool Pipeline::SealIfDue(bool asked) {
  const auto open = stretches_->open();
  const bool old = open->first_sequence != 0 && options_.clock() - open->first_arrival_ms >=
                                                    options_.checkpoint_seconds * 1000ll;
  if (!asked && !old) return false;
  if (open->log_bytes == 0) {
    open->facts.Clear();  // looked up for events that changed nothing
    return false;
  }
  MutexLock lock(&mutex_);
  if (!healthy()) return false;
  const auto store_is_ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return sealed_waiting_ == 0 || !healthy();
  };
  mutex_.Await(store_is_ready);
  // Lets go of what the store now holds, so that the next stretch gets its memory.
  sequencer_->SetStretch(open, stretches_->sealed());
  sealed_sequence_ = open->last_sequence;
  stretches_->Seal();
  sequencer_->SetStretch(stretches_->open(), stretches_->sealed());
  ++sealed_waiting_;
  return true;
}

void Pipeline::Refuse(std::deque<Pending>* batch) {
  for (Pending& pending : *batch) {
    Reply reply;
    reply.outcome = Outcome::kUnavailable;
    pending.done(std::move(reply));
  }
}

// --- The log writer's thread.

void Pipeline::RunWriter() {
  NameThread("pp-log");
  while (true) {
    std::deque<Group> groups;
    {
      MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return !groups_.empty() || sequencer_done_;
      };
      mutex_.Await(has_work);
      if (groups_.empty()) return;
      groups.swap(groups_);
    }
    std::vector<LogEntry> entries;
    size_t bytes = 0, held = 0;
    for (const Group& group : groups) {
      held += group.held_bytes;
      bytes += group.bytes.size();
      if (!group.bytes.empty()) entries.push_back({group.sequence, group.bytes, group.keep});
    }
    absl::Status written = healthy() ? absl::OkStatus() : absl::UnavailableError("stopped");
    if (written.ok() && !entries.empty()) {
      CrashPoint("before_log_write");
      const auto start = std::chrono::steady_clock::now();
      written = db_->AppendLog(entries);
      metrics_.sync_seconds->Observe(SecondsSince(start));
      metrics_.log_bytes->Add(bytes);
      metrics_.log_writes->Add();
      CrashPoint("after_log_write");
      if (!written.ok()) Fail(written);
    }
    for (Group& group : groups) {
      if (written.ok()) {
        group.stretch->Publish(group.size);
        if (!group.bytes.empty()) published_.fetch_add(1, std::memory_order_release);
        durable_sequence_.store(group.sequence);
        CrashPoint("after_publish");
      }
      for (auto& [done, reply] : group.replies) {
        if (!written.ok()) {
          reply = Reply();
          reply.outcome = Outcome::kUnavailable;
        }
        metrics_.accepted->Add(reply.accepted);
        metrics_.duplicate->Add(reply.duplicate);
        metrics_.rejected->Add(reply.rejected);
        metrics_.ignored->Add(reply.ignored);
        metrics_.overruled->Add(reply.overruled);
        done(std::move(reply));
      }
      CrashPoint("after_reply");
    }
    groups.clear();
    MutexLock lock(&mutex_);
    unwritten_bytes_ -= bytes;
    held_bytes_ -= held;
  }
}

// --- The checkpointer's thread.

void Pipeline::RunCheckpointer() {
  NameThread("pp-checkpoint");
  LeaveCoresToQueries();
  while (true) {
    {
      MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return (sealed_waiting_ > 0 && durable_sequence_ >= sealed_sequence_) || sequencer_done_ ||
               !healthy();
      };
      mutex_.Await(has_work);
      if (!healthy()) return;
      if (sealed_waiting_ == 0) return;
      if (durable_sequence_ < sealed_sequence_) {
        // The sequencer is done, the writer is about to be.
        const auto durable = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return durable_sequence_ >= sealed_sequence_ || !healthy();
        };
        mutex_.Await(durable);
        if (!healthy()) return;
      }
    }
    const auto start = std::chrono::steady_clock::now();
    if (absl::Status status = WriteCheckpoint(*stretches_->sealed().front()); !status.ok()) {
      Fail(status);
      return;
    }
    stretches_->RetireOldest();
    metrics_.checkpoint_seconds->Observe(SecondsSince(start));
    metrics_.checkpoints->Add();
    MutexLock lock(&mutex_);
    --sealed_waiting_;
  }
}

absl::Status Pipeline::WriteCheckpoint(const Stretch& stretch) {
  CrashPoint("before_checkpoint");
  const int64_t now_ms = options_.clock();
  JournalUpdate update = MakeJournalUpdate(stretch, options_, now_ms);
  RETURN_IF_ERROR(RewriteReleasedIds(stretch, *db_, &update));
  RETURN_IF_ERROR(db_->rollups().Commit(
      stretch.last_sequence,
      MakePartials(stretch, sequencer_->catalog(), update.horizon_minutes[1], &aggregator_)));
  CrashPoint("after_stage");
  db_->SetJournalHorizon(ids_->oldest_kept_hour(), now_ms - 48 * 3'600'000ll);
  RETURN_IF_ERROR(db_->CommitCheckpoint(stretch.last_sequence, update));
  CrashPoint("after_checkpoint");
  return absl::OkStatus();
}

absl::Status Pipeline::CheckpointReplayed() {
  if (stretches_->open()->log_bytes == 0) return absl::OkStatus();
  stretches_->Seal();
  RETURN_IF_ERROR(WriteCheckpoint(*stretches_->sealed().front()));
  stretches_->RetireOldest();
  sequencer_->SetStretch(stretches_->open(), {});
  return absl::OkStatus();
}

void Pipeline::Fail(const absl::Status& status) {
  {
    // Under the mutex, so that everyone who waits on it sees the change.
    MutexLock lock(&mutex_);
    if (failed_.exchange(true)) return;
  }
  if (options_.on_fatal) options_.on_fatal(status);
}

}  // namespace pagepulse
