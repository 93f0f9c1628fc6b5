#pragma once

// The stretches that the store does not hold yet, and the snapshot that goes with them. The two
// change together, so that a cut never has a delta in both or in neither.

#include <atomic>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "engine/cut.h"
#include "engine/stretch.h"
#include "storage/database.h"

namespace pagepulse {

class Stretches {
 public:
  // keep_deltas: how many deltas' memory a reused buffer keeps.
  Stretches(Database* db, size_t keep_deltas);

  // The last one: it fills.
  std::shared_ptr<Stretch> open() const;
  // Those before it, oldest first.
  std::vector<std::shared_ptr<Stretch>> sealed() const;
  // Seals the open one and opens another.
  void Seal();
  // The oldest sealed one is in the store now: takes a new snapshot and lets go of it.
  void RetireOldest();

  std::shared_ptr<const Cut> TakeCut(int64_t now_ms, FiguresUpTo figures) const;
  // Whether one was taken within the last seconds.
  bool AreRead() const;

 private:
  class Pool;
  std::shared_ptr<Stretch> NewStretch();

  Database* db_;
  std::shared_ptr<Pool> pool_;
  mutable Mutex mutex_;
  mutable std::atomic<int64_t> last_cut_seconds_;
  std::shared_ptr<const RollupSnapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Stretch>> all_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pagepulse
