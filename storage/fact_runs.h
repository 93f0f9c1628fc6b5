#pragma once

// The facts of the store: an ordered list of runs, of which a newer one overrules the older. Each
// checkpoint adds a run; runs of like size are merged in the background, sixteen or more at a time,
// so that each fact is written again log(n) times and a look meets few runs. Which runs count is an
// entry of the journal, so a checkpoint takes in its run, a merged one and the list in one step.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "base/mutex.h"
#include "storage/database.h"
#include "storage/fact_run.h"
#include "storage/rocks.h"

namespace pagepulse {

class FactMergeJob;

// Stage and Commit by one thread, the others by any.
class FactRuns {
 public:
  using Runs = std::vector<std::shared_ptr<const FactRun>>;  // oldest first
  static constexpr size_t kMostSources = 64;

  // list: what the journal has under kFactRunsKey; empty in a new store. Of a store that may be
  // written it drops what no longer counts.
  static absl::StatusOr<std::unique_ptr<FactRuns>> Open(const Rocks& rocks, std::string_view list);
  ~FactRuns();

  // (*values)[i] is empty where identities[i] was never seen.
  absl::Status Get(absl::Span<const Hash128> identities, std::vector<std::string>* values) const;
  // Each once, ascending, with its newest history.
  absl::Status Visit(absl::FunctionRef<absl::Status(Hash128, std::string_view)> visit) const;

  // Those that count.
  Runs runs() const {
    MutexLock lock(&mutex_);
    return runs_;
  }

  // What a checkpoint has to take in: files, and the list that counts from then on.
  struct Staged {
    StagedFiles files;
    std::string list;
  };
  // Waits for a merge where there are too many runs.
  absl::StatusOr<Staged> Stage(const JournalUpdate& update);
  // It was taken in. Drops the runs that were merged, and begins to merge others.
  absl::Status Commit();

  // The runs [first, second) of this many facts each that are to be merged; none: an empty range.
  // Of the newest ones at least sixteen of like size, of those with a larger one behind them all;
  // at most kMostSources.
  static std::pair<size_t, size_t> ChooseMerge(absl::Span<const uint64_t> facts);

 private:
  explicit FactRuns(const Rocks& rocks);

  absl::Status DropAllBut(const Runs& runs);
  absl::Status Drop(absl::Span<const uint64_t> numbers);
  void BeginMerge();

  const Rocks& rocks_;
  mutable Mutex mutex_;  // held while runs are read one fact at a time, so that none is dropped
  Runs runs_ ABSL_GUARDED_BY(mutex_);
  // Of the thread that writes checkpoints.
  uint64_t next_number_ = 1;
  Runs staged_;
  std::vector<uint64_t> merged_;  // runs that the staged list leaves out
  std::unique_ptr<FactMergeJob> merge_;
};

}  // namespace pagepulse
