#pragma once

// The engine's three threads and the queues between them:
//
//   Submit -> [queue] -> sequencer -> [groups] -> log writer -> replies, published deltas
//                            | seals
//                            v
//                       checkpointer -> store
//
// Every queue is bounded: the sequencer waits while the writer is behind by kMaxUnwrittenBytes or a
// sealed stretch is not yet in the store; Accepting() is false while the submissions in memory are
// above queue_bytes, and Submit blocks at twice that.

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "engine/engine.h"
#include "engine/sequencer.h"
#include "engine/stretches.h"
#include "rollup/aggregate.h"

namespace pagepulse {

class Pipeline {
 public:
  Pipeline(const EngineOptions& options, Database* db, Sequencer* sequencer, Stretches* stretches,
           IdWindow* ids);
  ~Pipeline();  // finishes what was submitted, makes it rows, stops

  // next_sequence: the first number of a new group.
  void Start(uint64_t next_sequence);

  bool Accepting() const;
  void Submit(Submission submission, absl::AnyInvocable<void(Reply)> done);
  absl::Status Checkpoint();
  bool healthy() const { return !failed_.load(std::memory_order_acquire); }
  uint64_t queued_bytes() const;
  // Groups up to this one are durable.
  uint64_t durable_sequence() const { return durable_sequence_.load(); }
  uint64_t published() const { return published_.load(std::memory_order_acquire); }

  // Seals what was replayed and writes it, before Start. Exactly at the end of the open stretch.
  absl::Status CheckpointReplayed();

 private:
  struct Pending {
    Submission submission;
    absl::AnyInvocable<void(Reply)> done;
  };
  struct Group {
    uint64_t sequence = 0;
    std::string bytes;  // empty: nothing to write
    bool keep = false;  // LogEntry::keep
    std::shared_ptr<Stretch> stretch;
    size_t size = 0;  // of the stretch, when the group ended
    std::vector<std::pair<absl::AnyInvocable<void(Reply)>, Reply>> replies;
    size_t held_bytes = 0;
  };

  void RunSequencer();
  void RunWriter();
  void RunCheckpointer();
  // Takes what waits; false when there is nothing left to do for ever.
  bool TakePending(std::deque<Pending>* batch, uint64_t* asked);
  bool Sequence(std::deque<Pending>* batch);
  void HandOver(Group group);
  bool SealIfDue(bool asked);  // whether it was
  bool StretchIsFull() const;
  absl::Status WriteCheckpoint(const Stretch& stretch);
  void Fail(const absl::Status& status);
  void Refuse(std::deque<Pending>* batch);

  const EngineOptions& options_;
  Database* db_;
  Sequencer* sequencer_;
  Stretches* stretches_;
  IdWindow* ids_;

  mutable Mutex mutex_;
  std::deque<Pending> queue_ ABSL_GUARDED_BY(mutex_);
  size_t held_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of submissions not yet answered
  std::deque<Group> groups_ ABSL_GUARDED_BY(mutex_);
  size_t unwritten_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t sealed_waiting_ ABSL_GUARDED_BY(mutex_) = 0;  // sealed stretches not in the store
  uint64_t checkpoints_asked_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t checkpoints_sealed_ ABSL_GUARDED_BY(mutex_) = 0;  // asks that the sequencer has met
  uint64_t sealed_sequence_ ABSL_GUARDED_BY(mutex_) = 0;     // end of the last sealed stretch
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool sequencer_done_ ABSL_GUARDED_BY(mutex_) = false;

  Aggregator aggregator_;  // of whoever writes a checkpoint: one thread at a time
  std::atomic<bool> failed_{false};
  std::atomic<uint64_t> durable_sequence_{0};
  std::atomic<uint64_t> published_{0};  // groups that brought something
  // The sequencer's.
  uint64_t next_sequence_ = 1;
  size_t full_in_a_row_ = 0;  // stretches, up to the last one sealed

  struct Metrics {
    Counter* accepted = nullptr;
    Counter* duplicate = nullptr;
    Counter* rejected = nullptr;
    Counter* ignored = nullptr;
    Counter* overruled = nullptr;
    Counter* log_bytes = nullptr;
    Counter* log_writes = nullptr;
    Counter* checkpoints = nullptr;
    Histogram* sync_seconds = nullptr;
    Histogram* checkpoint_seconds = nullptr;
  };
  Metrics metrics_;

  std::thread sequencer_thread_, writer_thread_, checkpointer_thread_;
};

}  // namespace pagepulse
