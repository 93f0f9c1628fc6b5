#pragma once

// Who watches /v1/live: each viewer is a connection that is written to when its query has a new
// revision. A viewer that cannot take more keeps its place, not its updates: it is sent one
// difference, from what it has, once it can, or is closed when it takes nothing for long.

#include <chrono>
#include <deque>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "live/hub.h"
#include "server/await.h"
#include "server/connection.h"
#include "server/server.h"
#include "server/server_metrics.h"

namespace pagepulse {

class LiveAudience;
class LiveViewer;

// The viewers of one io_context. On its thread alone.
class LiveLoop {
 public:
  // The latter two outlive it.
  LiveLoop(IoExecutor executor, const ServerOptions* options, ServerMetrics* metrics);
  ~LiveLoop();

  // Streams what is new to who has the revision `have`, until the client or the query is gone.
  Task<void> Serve(Connection& connection, std::unique_ptr<Hub::Watch> watch, uint64_t have);

  const IoExecutor& executor() const { return executor_; }

 private:
  void Add(const std::shared_ptr<LiveViewer>& viewer, const std::shared_ptr<Channel>& channel);
  void Remove(LiveViewer* viewer, Channel* channel);
  Task<void> Beat();  // while there are viewers

  const IoExecutor executor_;
  const ServerOptions& options_;
  ServerMetrics& metrics_;
  Timer timer_;
  bool beating_ = false;
  absl::flat_hash_map<Channel*, std::shared_ptr<LiveAudience>> audiences_;
};

// All of them. Thread-safe once the loops are there.
class LiveStreams {
 public:
  LiveStreams(const ServerOptions* options, ServerMetrics* metrics)
      : options_(options), metrics_(metrics) {}

  void AddLoop(IoExecutor executor) { loops_.emplace_back(executor, options_, metrics_); }
  LiveLoop& Of(Connection& connection);

 private:
  const ServerOptions* const options_;
  ServerMetrics* const metrics_;
  std::deque<LiveLoop> loops_;
};

}  // namespace pagepulse
