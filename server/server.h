#pragma once

// HTTP/1.1 over one engine: docs/architecture.md tells which thread does what. The routes are in
// router.cc, what they mean is in docs/http.md.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "config/config.h"
#include "engine/engine.h"

namespace pagepulse {

// What no operator needs to set; tests do.
struct ServerOptions {
  Clock clock = SystemMillis;                        // asked from many threads at once
  std::chrono::milliseconds header_timeout{30'000};  // from a connection's, or answer's, end
  std::chrono::milliseconds body_idle_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  // A body slower than this, once it has taken that long, is given up (408).
  uint64_t min_body_rate = 1024;  // bytes a second
  std::chrono::milliseconds slow_body_grace{10'000};
  std::chrono::milliseconds queue_wait{2'000};  // a full engine is waited for, before 429
  std::chrono::milliseconds linger{2'000};      // an unread body is read away, before the close
  std::chrono::milliseconds stop_deadline{10'000};
  std::chrono::milliseconds live_interval{600};  // between two updates of a live query, at least
  std::chrono::milliseconds live_heartbeat{10'000};  // of a stream that has nothing to say
  std::chrono::milliseconds live_stall{30'000};      // a viewer that takes nothing is given up
};

class Server {
 public:
  // `engine` and `registry` outlive the server; the registry must not be rendered after it.
  Server(const Config& config, Engine* engine, MetricsRegistry* registry,
         const ServerOptions& options = {});
  ~Server();  // Stop()

  // Listens when it returns; once. ValidateConfig's errors; UNAVAILABLE: the address cannot be
  // listened on.
  absl::Status Start();

  // Once started.
  uint16_t port() const;
  std::string url() const;  // http://127.0.0.1:8080

  // Orderly: refuses connections, lets requests that have begun finish and be answered, closes
  // idle connections; after stop_deadline closes the rest. Returns when no thread of the server
  // runs and the engine owes it nothing. Idempotent; from one thread, not the server's.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagepulse
