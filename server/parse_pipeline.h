#pragma once

// Parses the chunks of one body, as they come, and keeps their order: small ones at once, where
// they are, others on the worker pool.

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "ingest/adapter.h"
#include "server/auth.h"

namespace pagepulse {

// Turns the events of pages that the grant does not cover into rejections.
void RejectForbiddenPages(const Grant& grant, EventBatch* batch);

// Add and Finish from one thread at a time. An abandoned pipeline finishes by itself.
class ParsePipeline : public std::enable_shared_from_this<ParsePipeline> {
 public:
  using Parsed = absl::AnyInvocable<void(absl::StatusOr<std::vector<EventBatch>>)>;

  // What a chunk is judged by, asked for when it is parsed: a body may take hours to come, and its
  // last events are not `future` by the clock of its first. Called from any thread.
  using ContextNow = std::function<ParseContext()>;

  // What is pointed to outlives the pool, as does what `context_now` refers to. `headers`: for the
  // adapters.
  ParsePipeline(boost::asio::thread_pool* workers, const Grant* grant, ContextNow context_now,
                Headers headers = {});

  void Add(const Adapter& adapter, Chunk chunk);
  // Once, at the end: calls `parsed` with the batches in the order of Add, or the first chunk's
  // error. On a worker thread, or before it returns if all is parsed and `may_call_now`.
  void Finish(Parsed parsed, bool may_call_now);

 private:
  absl::StatusOr<EventBatch> Parse(const Adapter& adapter, Chunk chunk) const;
  void Keep(size_t slot, absl::StatusOr<EventBatch> batch);
  void FinishOne();  // of Finish and the chunks

  boost::asio::thread_pool* const workers_;
  const Grant* const grant_;
  const ContextNow context_now_;
  const Headers headers_;

  Mutex mutex_;
  std::vector<absl::StatusOr<EventBatch>> slots_ ABSL_GUARDED_BY(mutex_);
  size_t pending_ ABSL_GUARDED_BY(mutex_) = 1;
  Parsed parsed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pagepulse
