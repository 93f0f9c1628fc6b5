#pragma once

// What all sessions and handlers of one server share. Lives longer than any of them.

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <chrono>

#include "base/metrics.h"
#include "config/config.h"
#include "config/log.h"
#include "engine/engine.h"
#include "ingest/registry.h"
#include "live/hub.h"
#include "server/auth.h"
#include "server/in_flight.h"
#include "server/live_streams.h"
#include "server/server.h"
#include "server/server_metrics.h"
#include "server/zalo_accounts.h"

namespace pagepulse {

struct ServerContext {
  ServerContext(const Config& config, const ServerOptions& options, Engine* engine,
                MetricsRegistry* registry, size_t threads);

  const Config config;
  const ServerOptions options;
  Engine& engine;
  MetricsRegistry& registry;
  ServerMetrics metrics;
  const Authenticator auth;
  const ZaloAccounts zalo;
  const absl::StatusOr<AdapterRegistry> adapters;  // OK in a server that has started
  InFlight in_flight;
  const NameCaps caps;
  // Parsing and submitting, which may block for a while; and queries, which must not wait for it.
  boost::asio::thread_pool workers;
  boost::asio::thread_pool queries;
  std::unique_ptr<Hub> hub;  // while the server runs
  LiveStreams live;
  std::atomic<size_t> connections{0}, viewers{0};  // what is limited
  std::atomic<bool> stopping{false};
  SeldomLog unsigned_log;
};

}  // namespace pagepulse
