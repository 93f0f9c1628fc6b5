#pragma once

// An engine that counts naively, in memory, on one thread of its own, and does as a test tells it.

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "engine/engine.h"
#include "tests/query/fake_source.h"

namespace pagepulse {

class FakeEngine : public Engine {
 public:
  static constexpr char kPage[] = "tan-dinh", kOtherPage[] = "p2";

  FakeEngine();
  ~FakeEngine() override;

  // --- What a test sets.
  std::atomic<bool> accepting{true};
  std::atomic<bool> is_healthy{true};
  std::atomic<bool> unavailable{false};  // Submit answers kUnavailable
  std::vector<PostView> posts;           // before the server starts
  // Submissions wait, uncounted and unanswered, until Release().
  void Hold();
  void Release();

  // --- What a test asks.
  struct Seen {
    std::vector<std::string> pages;  // of each event, in order
    std::vector<uint32_t> lines;
    std::optional<IdempotencyKey> key;
    std::optional<JobStep> job;
    std::string token;
    std::optional<NameCaps> caps;
    size_t bytes = 0;
    uint64_t ignored = 0;
  };
  std::vector<Seen> seen() const;
  uint64_t counted() const;  // events accepted
  size_t held() const;

  // --- Engine.
  bool Accepting() const override { return accepting; }
  void Submit(Submission submission, absl::AnyInvocable<void(Reply)> done) override;
  std::vector<JobFile> JobFiles(std::string_view job) const override;
  std::vector<JobSummary> ListJobs() const override;
  absl::StatusOr<UndoReport> UndoJob(std::string_view job, std::chrono::milliseconds) override;
  absl::Status Checkpoint() override { return absl::OkStatus(); }
  const Catalog& catalog() const override { return catalog_; }
  std::shared_ptr<const Cut> TakeCut() const override;
  uint64_t published() const override { return published_; }
  std::vector<PostView> Posts(uint32_t page) const override;
  std::vector<RejectedLine> RejectedLines() const override;
  const HashKey& hash_key() const override { return key_; }
  bool healthy() const override { return is_healthy; }

 private:
  using Work = std::pair<Submission, absl::AnyInvocable<void(Reply)>>;
  void Run(Work work);
  Reply Count(const Submission& submission) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Look(const Submission& submission) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const HashKey key_;
  FakeCatalog catalog_;
  mutable Mutex mutex_;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Work> held_ ABSL_GUARDED_BY(mutex_);
  std::vector<Seen> seen_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<std::string, uint64_t>> ids_ ABSL_GUARDED_BY(mutex_);
  std::map<Hash128, std::pair<Hash128, std::optional<Reply>>> keys_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<JobFile>, std::less<>> jobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<Delta> deltas_ ABSL_GUARDED_BY(mutex_);
  std::vector<RejectedLine> rejected_ ABSL_GUARDED_BY(mutex_);
  uint64_t counted_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<uint64_t> published_{0};
  boost::asio::thread_pool thread_{1};
};

}  // namespace pagepulse
