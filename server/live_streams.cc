#include "server/live_streams.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "server/live_viewer.h"

namespace pagepulse {
namespace {

// Of what waits in the socket, so that a slow viewer is behind by little, and by what is newest.
constexpr int kMaxUnsentBytes = 32 * 1024;

}  // namespace

LiveLoop::LiveLoop(IoExecutor executor, const ServerOptions* options, ServerMetrics* metrics)
    : executor_(executor), options_(*options), metrics_(*metrics), timer_(executor) {}

LiveLoop::~LiveLoop() = default;

Task<void> LiveLoop::Serve(Connection& connection, std::unique_ptr<Hub::Watch> watch,
                           uint64_t have) {
  const std::shared_ptr<Channel> channel = watch->channel();
  const auto viewer =
      std::make_shared<LiveViewer>(&connection, channel, have, &options_, &metrics_);
  connection.BoundUnsent(kMaxUnsentBytes);
  Add(viewer, channel);
  const absl::Cleanup leave = [&] {
    viewer->Leave();
    Remove(viewer.get(), channel.get());
  };
  viewer->Push();
  char scrap[64];  // a viewer has nothing to say; its end is what is waited for
  const asio::mutable_buffer into(scrap, sizeof scrap);
  bool open = true;
  while (open) {
    const auto [error, n] = co_await connection.Read(into);
    open = !error.failed();
  }
  if (connection.expired() && viewer->stuck()) metrics_.CountLiveDropped();
}

void LiveLoop::Add(const std::shared_ptr<LiveViewer>& viewer,
                   const std::shared_ptr<Channel>& channel) {
  std::shared_ptr<LiveAudience>& audience = audiences_[channel.get()];
  if (audience == nullptr) {
    audience = std::make_shared<LiveAudience>(executor_, channel);
    audience->Listen();
  }
  audience->Add(viewer);
  if (std::exchange(beating_, true)) return;
  asio::co_spawn(executor_, Beat(), asio::detached);
}

void LiveLoop::Remove(LiveViewer* viewer, Channel* channel) {
  const auto it = audiences_.find(channel);
  it->second->Remove(viewer);
  if (it->second->empty()) audiences_.erase(it);
  if (audiences_.empty()) timer_.cancel();
}

Task<void> LiveLoop::Beat() {
  while (!audiences_.empty()) {
    timer_.expires_after(options_.live_heartbeat / 10);
    const auto waited = co_await timer_.async_wait(kAwaitTuple);
    (void)waited;
    const auto now = LiveViewer::SteadyClock::now();
    for (const auto& [channel, audience] : audiences_) audience->Beat(now);
  }
  beating_ = false;
}

LiveLoop& LiveStreams::Of(Connection& connection) {
  const auto it = std::find_if(loops_.begin(), loops_.end(), [&](const LiveLoop& loop) {
    return loop.executor() == connection.executor();
  });
  return *it;
}

}  // namespace pagepulse
