#include "engine/stretches.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace pagepulse {
namespace {

int64_t SteadySeconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

// Buffers between two stretches. Outlives the engine where a cut does.
class Stretches::Pool {
 public:
  explicit Pool(size_t keep_deltas) : keep_deltas_(keep_deltas) {}

  std::unique_ptr<DeltaBuffer> Get() {
    MutexLock lock(&mutex_);
    if (free_.empty()) return std::make_unique<DeltaBuffer>();
    auto buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }

  void Put(std::unique_ptr<DeltaBuffer> buffer) {
    constexpr size_t kSpare = 2;
    buffer->Trim(keep_deltas_);
    MutexLock lock(&mutex_);
    if (free_.size() < kSpare) free_.push_back(std::move(buffer));
  }

 private:
  const size_t keep_deltas_;
  Mutex mutex_;
  std::vector<std::unique_ptr<DeltaBuffer>> free_ ABSL_GUARDED_BY(mutex_);
};

Stretches::Stretches(Database* db, size_t keep_deltas)
    : db_(db),
      pool_(std::make_shared<Pool>(keep_deltas)),
      last_cut_seconds_(std::numeric_limits<int64_t>::min() / 2),
      snapshot_(db->rollups().Snapshot()) {
  all_.push_back(NewStretch());
}

std::shared_ptr<Stretch> Stretches::NewStretch() {
  return std::shared_ptr<Stretch>(new Stretch(pool_->Get()), [pool = pool_](Stretch* stretch) {
    pool->Put(stretch->ReleaseBuffer());
    delete stretch;
  });
}

std::shared_ptr<Stretch> Stretches::open() const {
  MutexLock lock(&mutex_);
  return all_.back();
}

std::vector<std::shared_ptr<Stretch>> Stretches::sealed() const {
  MutexLock lock(&mutex_);
  return {all_.begin(), all_.end() - 1};
}

void Stretches::Seal() {
  auto next = NewStretch();
  next->facts.ReserveMore(open()->facts.size());  // its neighbour will hold about as many
  MutexLock lock(&mutex_);
  all_.push_back(std::move(next));
}

void Stretches::RetireOldest() {
  std::shared_ptr<const RollupSnapshot> snapshot = db_->rollups().Snapshot();
  std::shared_ptr<Stretch> retired;  // let go of outside the lock
  {
    MutexLock lock(&mutex_);
    snapshot_.swap(snapshot);
    retired = std::move(all_.front());
    all_.erase(all_.begin());
  }
}

bool Stretches::AreRead() const {
  constexpr int64_t kReadersStay = 10;
  return SteadySeconds() - last_cut_seconds_.load(std::memory_order_relaxed) < kReadersStay;
}

std::shared_ptr<const Cut> Stretches::TakeCut(int64_t now_ms, FiguresUpTo figures) const {
  last_cut_seconds_.store(SteadySeconds(), std::memory_order_relaxed);
  MutexLock lock(&mutex_);
  std::vector<EngineCut::Part> parts(all_.size());
  // Newest first: if anything of a stretch is published, all of those before it is by then.
  for (size_t i = all_.size(); i > 0; --i) {
    parts[i - 1] = {all_[i - 1], all_[i - 1]->published()};
  }
  std::array<int64_t, kLevels + 1> horizons = {};
  for (const Level level : kAllLevels) {
    // Rollups kept elsewhere have a retention of their own.
    horizons[static_cast<int>(level)] =
        std::max(db_->horizon_minute(level), snapshot_->HorizonMinute(level));
  }
  return std::make_shared<EngineCut>(snapshot_, std::move(parts), horizons, now_ms, figures);
}

}  // namespace pagepulse
