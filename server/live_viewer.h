#pragma once

// One viewer, and the viewers of one query on one thread. On that thread alone.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "live/channel.h"
#include "server/await.h"
#include "server/connection.h"
#include "server/server.h"
#include "server/server_metrics.h"

namespace pagepulse {

class LiveViewer : public std::enable_shared_from_this<LiveViewer> {
 public:
  using SteadyClock = std::chrono::steady_clock;

  // All but the channel outlive Leave().
  LiveViewer(Connection* connection, std::shared_ptr<Channel> channel, uint64_t have,
             const ServerOptions* options, ServerMetrics* metrics);

  void Push();                             // sends what is new, unless something is on its way
  void Beat(SteadyClock::time_point now);  // shows that the stream lives, where it was quiet
  void Leave() { connection_ = nullptr; }  // the connection goes
  bool stuck() const { return sending_ != nullptr; }  // has not taken what was sent

 private:
  friend class LiveAudience;

  void Send(SharedBytes bytes);
  void Continue();
  void End();

  Connection* connection_;  // null once it has gone
  const std::shared_ptr<Channel> channel_;
  const ServerOptions& options_;
  ServerMetrics& metrics_;
  uint64_t have_;
  SharedBytes sending_;
  size_t sent_ = 0;    // of it
  bool last_ = false;  // nothing follows
  SteadyClock::time_point last_sent_ = SteadyClock::now();
  size_t place_ = 0;  // among its audience
};

class LiveAudience : public std::enable_shared_from_this<LiveAudience> {
 public:
  LiveAudience(IoExecutor executor, std::shared_ptr<Channel> channel)
      : executor_(executor), channel_(std::move(channel)) {}
  ~LiveAudience() { channel_->Ignore(listener_); }

  void Listen();  // once it is shared
  void Add(std::shared_ptr<LiveViewer> viewer);
  void Remove(LiveViewer* viewer);
  bool empty() const { return viewers_.empty(); }
  void Beat(LiveViewer::SteadyClock::time_point now);

 private:
  void PushAll();
  void PushSome();

  const IoExecutor executor_;
  const std::shared_ptr<Channel> channel_;
  uint64_t listener_ = 0;
  std::atomic<bool> told_{false};  // by the channel, not heard yet
  std::vector<std::shared_ptr<LiveViewer>> viewers_;
  size_t next_ = 0;       // to be pushed
  bool pushing_ = false;  // a part of them, others are to follow
};

}  // namespace pagepulse
