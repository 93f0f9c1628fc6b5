#include "server/parse_pipeline.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace pagepulse {

void RejectForbiddenPages(const Grant& grant, EventBatch* batch) {
  if (grant.all_pages) return;
  const size_t rejected_before = batch->rejections.size();
  size_t kept = 0;
  for (const Event& event : batch->events) {
    if (grant.Allows(event.page)) {
      batch->events[kept++] = event;
    } else {
      batch->rejections.push_back({.line = event.line, .code = RejectCode::kForbiddenPage});
    }
  }
  batch->events.resize(kept);
  std::inplace_merge(batch->rejections.begin(), batch->rejections.begin() + rejected_before,
                     batch->rejections.end(),
                     [](const Rejection& a, const Rejection& b) { return a.line < b.line; });
  std::erase_if(batch->posts, [&](const PostInfo& post) { return !grant.Allows(post.page); });
}

ParsePipeline::ParsePipeline(boost::asio::thread_pool* workers, const Grant* grant, Headers headers,
                             ContextNow context_now)
    : workers_(workers),
      grant_(grant),
      headers_(std::move(headers)),
      context_now_(std::move(context_now)) {}

void ParsePipeline::Add(const Adapter& adapter, Chunk chunk) {
  size_t slot = 0;
  {
    MutexLock lock(&mutex_);
    slot = slots_.size();
    slots_.emplace_back();
    ++pending_;
  }
  auto task = [self = shared_from_this(), &adapter, chunk = std::move(chunk), slot]() mutable {
    self->Parse(adapter, std::move(chunk), slot);
    self->FinishOne();
  };
  boost::asio::post(*workers_, std::move(task));
}

void ParsePipeline::Parse(const Adapter& adapter, Chunk chunk, size_t slot) {
  absl::StatusOr<EventBatch> result = EventBatch();
  try {
    const ParseContext context = context_now_();
    const absl::Status status = adapter.Parse(std::move(chunk), headers_, context, &*result);
    if (status.ok()) {
      RejectForbiddenPages(*grant_, &*result);
    } else {
      result = status;
    }
  } catch (const std::exception& e) {
    result = absl::InternalError(e.what());
  }
  MutexLock lock(&mutex_);
  slots_[slot] = std::move(result);
}

void ParsePipeline::Finish(Parsed parsed) {
  {
    MutexLock lock(&mutex_);
    parsed_ = std::move(parsed);
  }
  boost::asio::post(*workers_, [self = shared_from_this()] { self->FinishOne(); });
}

void ParsePipeline::FinishOne() {
  Parsed parsed;
  std::vector<absl::StatusOr<EventBatch>> slots;
  {
    MutexLock lock(&mutex_);
    if (--pending_ > 0) return;
    parsed = std::move(parsed_);
    slots = std::move(slots_);
  }
  std::vector<EventBatch> batches;
  batches.reserve(slots.size());
  for (absl::StatusOr<EventBatch>& slot : slots) {
    if (!slot.ok()) return parsed(slot.status());
    batches.push_back(*std::move(slot));
  }
  parsed(std::move(batches));
}

}  // namespace pagepulse
