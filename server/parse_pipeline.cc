#include "server/parse_pipeline.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/status_macros.h"
#include "base/thread_scheduling.h"
#include "ingest/figure_writer.h"

namespace pagepulse {
namespace {

// A thread that is woken for it costs as much as parsing this.
constexpr size_t kParsedAtOnce = 128 * 1024;

}  // namespace

void RejectForbiddenPages(const Grant& grant, EventBatch* batch) {
  if (grant.all_pages) return;
  const size_t rejected_before = batch->rejections.size();
  size_t kept = 0;
  for (const Event& event : batch->events) {
    if (grant.Allows(event.page)) {
      batch->events[kept++] = event;
    } else {
      batch->rejections.push_back(
          {.line = event.line, .code = RejectCode::kForbiddenPage, .page = event.page});
    }
  }
  batch->events.resize(kept);
  std::erase_if(batch->figures, [&](const ReportedFigure& figure) {
    if (grant.Allows(figure.page)) return false;
    batch->rejections.push_back(
        {.line = figure.line, .code = RejectCode::kForbiddenPage, .page = figure.page});
    return true;
  });
  std::inplace_merge(batch->rejections.begin(), batch->rejections.begin() + rejected_before,
                     batch->rejections.end(),
                     [](const Rejection& a, const Rejection& b) { return a.line < b.line; });
  std::erase_if(batch->posts, [&](const PostInfo& post) { return !grant.Allows(post.page); });
}

ParsePipeline::ParsePipeline(boost::asio::thread_pool* workers, const Grant* grant,
                             ContextNow context_now, Headers headers)
    : workers_(workers),
      grant_(grant),
      context_now_(std::move(context_now)),
      headers_(std::move(headers)) {}

void ParsePipeline::Add(const Adapter& adapter, Chunk chunk) {
  size_t slot = 0;
  {
    MutexLock lock(&mutex_);
    slot = slots_.size();
    slots_.emplace_back();
    ++pending_;
  }
  if (chunk.size <= kParsedAtOnce) {
    Keep(slot, Parse(adapter, std::move(chunk)));
    return FinishOne();
  }
  auto task = [self = shared_from_this(), &adapter, chunk = std::move(chunk), slot]() mutable {
    LeaveCoresToQueries();
    self->Keep(slot, self->Parse(adapter, std::move(chunk)));
    self->FinishOne();
  };
  boost::asio::post(*workers_, std::move(task));
}

absl::StatusOr<EventBatch> ParsePipeline::Parse(const Adapter& adapter, Chunk chunk) const {
  try {
    EventBatch batch;
    const absl::Status status = adapter.Parse(std::move(chunk), headers_, context_now_(), &batch);
    if (!status.ok()) return status;
    const bool reports = !batch.figures.empty() || !batch.posts.empty();
    if (reports && !grant_->May(kVerbReport)) return ForbiddenVerb(kVerbReport);
    // Before any is taken out: what is over the limit was not kept.
    RETURN_IF_ERROR(CheckFigures(batch.figures.size()));
    RejectForbiddenPages(*grant_, &batch);
    return batch;
  } catch (const std::exception& e) {
    return absl::InternalError(e.what());
  }
}

void ParsePipeline::Keep(size_t slot, absl::StatusOr<EventBatch> batch) {
  MutexLock lock(&mutex_);
  slots_[slot] = std::move(batch);
}

void ParsePipeline::Finish(Parsed parsed, bool may_call_now) {
  {
    MutexLock lock(&mutex_);
    parsed_ = std::move(parsed);
    may_call_now &= pending_ == 1;
  }
  if (may_call_now) return FinishOne();
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
