#pragma once

// Keeps the answers of all queries that are watched: each distinct query is computed once for all
// of its viewers, on the hub's own threads, when the engine has published something since or the
// minute has changed, and at most twice a second. docs/live.md.
//
// What a query costs is bounded: one that takes long is asked less often, so that it has no thread
// for more than half of the time, and all of them together have `threads`.

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "live/channel.h"
#include "query/result.h"

namespace pagepulse {

struct HubOptions {
  size_t threads = 1;
  size_t max_queries = 1000;                 // distinct ones
  size_t max_rows = 10'000;                  // of one answer
  std::chrono::milliseconds interval{600};   // between two computations of one query, at least
  std::chrono::milliseconds poll{50};        // for news, while all answers are up to date
  std::chrono::milliseconds linger{60'000};  // an answer is kept that long without viewers
  Clock clock = SystemMillis;                // asked from many threads at once
  std::function<uint64_t()> published;       // Engine::published; cheap
  MetricsRegistry* metrics = nullptr;        // outlives the hub
};

// Thread-safe.
class Hub {
 public:
  using Compute = std::function<absl::StatusOr<QueryResult>(int64_t now_ms)>;

  explicit Hub(HubOptions options);
  ~Hub();  // nobody may watch any more

 private:
  struct Query;

 public:
  // For as long as it lives its query is computed. Lives shorter than the hub.
  class Watch {
   public:
    Watch(Watch&&) = default;
    Watch& operator=(Watch&&) = delete;
    ~Watch();
    const std::shared_ptr<Channel>& channel() const;

   private:
    friend class Hub;
    Watch(Hub* hub, std::shared_ptr<Query> query) : hub_(hub), query_(std::move(query)) {}
    Hub* hub_;
    std::shared_ptr<Query> query_;  // null: moved from
  };
  using Joined = absl::AnyInvocable<void(absl::StatusOr<Watch>)>;

  // Calls `joined` once the query has an answer that is no older than an interval: before this
  // returns, or from a thread of the hub. `key` tells queries apart, and whose rights they are
  // asked with; `compute` is called from threads of the hub, one at a time. The statuses are those
  // of `compute`, INVALID_ARGUMENT `too_large` above max_rows, and UNAVAILABLE
  // `too_many_live_queries`.
  void Join(const std::string& key, Compute compute, Joined joined);

  size_t queries() const;

 private:
  using SteadyClock = std::chrono::steady_clock;
  using Queries = std::map<std::string, std::shared_ptr<Query>>;

  void Run();
  std::shared_ptr<Query> TakeDue();  // waits for one; null: the hub ends
  void Recompute(Query* query);
  absl::Status Answer(Query* query);
  void Finish(Query* query, const absl::Status& status, SteadyClock::time_point begin);
  void Leave(Query* query);

  bool HasNews(const Query& query) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Query> FindDue(SteadyClock::time_point* next)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropIdle(SteadyClock::time_point now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MakeRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const HubOptions options_;
  const std::string epoch_;  // of this process
  Counter* computed_;
  Counter* revisions_;
  Histogram* seconds_;

  mutable Mutex mutex_;
  Queries queries_ ABSL_GUARDED_BY(mutex_);
  size_t watches_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;  // joins of queries that no thread computes
  uint64_t next_epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace pagepulse
