#include "server/live_viewer.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace pagepulse {
namespace {

// Requests of the same thread wait for no more writes than these.
constexpr size_t kPushedAtOnce = 64;

const SharedBytes& Heartbeat() {
  static const SharedBytes bytes = std::make_shared<const std::string>(": heartbeat\n\n");
  return bytes;
}

}  // namespace

LiveViewer::LiveViewer(Connection* connection, std::shared_ptr<Channel> channel, uint64_t have,
                       const ServerOptions* options, ServerMetrics* metrics)
    : connection_(connection),
      channel_(std::move(channel)),
      options_(*options),
      metrics_(*metrics),
      have_(have) {}

void LiveViewer::Push() {
  while (connection_ != nullptr && sending_ == nullptr && !last_) {
    Channel::Next next = channel_->After(have_);
    if (next.bytes == nullptr) return;
    have_ = next.revision;
    last_ = next.last;
    metrics_.CountLiveEvent();
    Send(std::move(next.bytes));
  }
}

void LiveViewer::Beat(SteadyClock::time_point now) {
  if (connection_ == nullptr || sending_ != nullptr || last_) return;
  if (now - last_sent_ >= options_.live_heartbeat) Send(Heartbeat());
}

void LiveViewer::Send(SharedBytes bytes) {
  sending_ = std::move(bytes);
  sent_ = 0;
  last_sent_ = SteadyClock::now();
  Continue();
}

void LiveViewer::Continue() {
  Connection::ErrorCode error;
  sent_ += connection_->WriteSome(std::string_view(*sending_).substr(sent_), &error);
  if (error) return connection_->Close();
  if (sent_ < sending_->size()) {
    connection_->ExpireAfter(options_.live_stall);
    connection_->DropUnsent(true);
    return connection_->WhenWritable([self = shared_from_this()](Connection::ErrorCode failed) {
      if (failed || self->connection_ == nullptr) return;
      self->Continue();
      self->Push();
    });
  }
  sending_.reset();
  connection_->ExpireNever();
  if (last_) End();
}

// The client sees the end, and closes; or we do.
void LiveViewer::End() {
  connection_->DropUnsent(false);
  connection_->EndOutput();
  connection_->ExpireAfter(options_.linger);
}

void LiveAudience::Listen() {
  listener_ = channel_->Listen([weak = weak_from_this(), this, executor = executor_] {
    if (told_.exchange(true)) return;
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->PushAll();
    });
  });
}

void LiveAudience::Add(std::shared_ptr<LiveViewer> viewer) {
  viewer->place_ = viewers_.size();
  viewers_.push_back(std::move(viewer));
}

void LiveAudience::Remove(LiveViewer* viewer) {
  const size_t place = viewer->place_;
  std::shared_ptr<LiveViewer> gone = std::exchange(viewers_[place], std::move(viewers_.back()));
  viewers_.pop_back();
  if (place == viewers_.size()) return;
  viewers_[place]->place_ = place;
  if (place < next_) viewers_[place]->Push();  // its turn would not come
}

void LiveAudience::Beat(LiveViewer::SteadyClock::time_point now) {
  for (const auto& viewer : viewers_) viewer->Beat(now);
}

void LiveAudience::PushAll() {
  told_ = false;
  next_ = 0;
  if (!pushing_) PushSome();
}

void LiveAudience::PushSome() {
  const size_t end = std::min(viewers_.size(), next_ + kPushedAtOnce);
  while (next_ < end) viewers_[next_++]->Push();
  pushing_ = next_ < viewers_.size();
  if (!pushing_) return;
  asio::post(executor_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->PushSome();
  });
}

}  // namespace pagepulse
