#pragma once

// What backfill jobs have counted: docs/exactly_once.md, "Jobs". Steps are checked and moved by the
// sequencer; reading is safe from any thread.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/mutex.h"
#include "engine/engine.h"
#include "engine/submission.h"
#include "engine/undo_state.h"

namespace pagepulse {

class Jobs {
 public:
  // --- The sequencer's side.
  uint32_t Find(std::string_view name) const;  // 0: unknown
  uint32_t NextNumber() const { return static_cast<uint32_t>(jobs_.size()); }
  void AddJob(uint32_t number, std::string_view name);  // again: no effect
  // Whether the job has counted some of the file, read by other options than the step's.
  bool HasOtherOptions(const JobStep& step) const;
  // Where the file will stand after the step; false if the job does not stand at step.from.
  bool Advance(const JobStep& step, JobFile* next) const;
  void SetFile(uint32_t number, const JobFile& file);
  // The job has counted nothing: what there was is undone.
  void ClearFiles(uint32_t number);
  void SetUndo(uint32_t number, const UndoState& undo);
  const UndoState& undo(uint32_t number) const { return jobs_[number].undo; }
  // When a job last counted anything, ever; 0: none did.
  int64_t last_counted_ms() const { return last_counted_ms_; }

  // --- Any thread.
  std::vector<JobFile> Files(std::string_view name) const;
  std::vector<JobSummary> All() const;
  uint32_t NumberOf(std::string_view name) const;  // 0: unknown
  std::string NameOf(uint32_t number) const;
  std::vector<UndoState> Undos() const;  // by number

 private:
  struct Job {
    std::string name;
    std::vector<JobFile> files;
    UndoState undo;
  };
  static JobFile* FindFile(Job& job, Hash128 file, uint32_t ordinal);

  mutable Mutex mutex_;  // held to change, and by every reader but the sequencer
  std::deque<Job> jobs_ = std::deque<Job>(1);  // by number; 0 is "none"
  absl::flat_hash_map<std::string, uint32_t> by_name_;
  int64_t last_counted_ms_ = 0;
};

}  // namespace pagepulse
