#include "server/server.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <optional>
#include <thread>
#include <unordered_set>
#include <vector>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/thread_name.h"
#include "config/log.h"
#include "server/await.h"
#include "server/connection.h"
#include "server/http_session.h"
#include "server/router.h"
#include "server/server_context.h"

namespace pagepulse {
namespace {

using tcp = asio::ip::tcp;

// The sessions that live, so that Stop can reach them. Thread-safe.
class SessionList {
 public:
  void Add(const std::shared_ptr<HttpSession>& session) {
    MutexLock lock(&mutex_);
    sessions_.insert(session);
  }
  void Remove(const std::shared_ptr<HttpSession>& session) {
    MutexLock lock(&mutex_);
    sessions_.erase(session);
  }
  size_t size() const {
    MutexLock lock(&mutex_);
    return sessions_.size();
  }
  template <typename Visit>
  void ForEach(Visit visit) const {
    MutexLock lock(&mutex_);
    for (const auto& session : sessions_) visit(*session);
  }
  // Whether there are none; false: not within this time.
  bool AwaitEmpty(std::chrono::milliseconds timeout) const {
    MutexLock lock(&mutex_);
    const auto empty = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return sessions_.empty(); };
    return mutex_.AwaitFor(timeout, empty);
  }

 private:
  mutable Mutex mutex_;
  std::unordered_set<std::shared_ptr<HttpSession>> sessions_ ABSL_GUARDED_BY(mutex_);
};

std::string TooManyConnections() {
  const std::string body =
      ErrorJson(MakeError(absl::StatusCode::kUnavailable, "too_many_connections",
                          "as many connections are open as are allowed",
                          "keep connections alive, or raise limits.connections"));
  return fmt::format(
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
      "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      body.size(), body);
}

// Says no to one connection too many, whatever it asks.
Task<void> Refuse(Socket socket, Deadlines* deadlines) {
  static const std::string answer = TooManyConnections();
  constexpr std::chrono::milliseconds kTimeout{1000};
  Connection connection(std::move(socket), deadlines);
  connection.ExpireAfter(kTimeout);
  const auto error = co_await connection.Write(answer, {});
  if (!error) {
    co_await SendEndAndDrain(connection, kTimeout);
  }
}

size_t ThreadsOf(const Config& config) {
  if (config.threads != 0) return config.threads;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
  return std::max(1u, std::thread::hardware_concurrency());
}

std::chrono::milliseconds DeadlinePrecision(const ServerOptions& options) {
  using std::chrono::milliseconds;
  const milliseconds shortest = std::min(
      {options.header_timeout, options.body_idle_timeout, options.write_timeout, options.linger});
  return std::clamp(shortest / 8, milliseconds(5), milliseconds(250));
}

}  // namespace

ServerContext::ServerContext(const Config& server_config, const ServerOptions& server_options,
                             Engine* the_engine, MetricsRegistry* metrics_registry, size_t threads)
    : config(server_config),
      options(server_options),
      engine(*the_engine),
      registry(*metrics_registry),
      metrics(metrics_registry, RouteNames()),
      auth(config.tokens),
      zalo(config.zalo),
      adapters(AdapterRegistry::Make(config.mappings)),
      in_flight(config.limits.in_flight_bytes),
      caps{static_cast<uint32_t>(config.limits.pages_per_hour),
           static_cast<uint32_t>(config.limits.posts_per_hour),
           static_cast<uint32_t>(config.limits.types_per_hour)},
      workers(threads),
      queries(threads),
      live(&options, &metrics) {}

struct Server::Impl {
  // One thread and what it runs.
  struct Loop {
    explicit Loop(std::chrono::milliseconds precision)
        : io(1), deadlines(io.get_executor(), precision), keep_running(io.get_executor()) {}

    asio::io_context io;
    Deadlines deadlines;
    asio::executor_work_guard<IoExecutor> keep_running;
    std::thread thread;
  };

  Impl(const Config& config, Engine* engine, MetricsRegistry* registry,
       const ServerOptions& options)
      : context(config, options, engine, registry, ThreadsOf(config)) {
    for (size_t i = 0; i < ThreadsOf(config); ++i) {
      context.live.AddLoop(loops.emplace_back(DeadlinePrecision(options)).io.get_executor());
    }
    acceptor.emplace(loops.front().io);
    registry->AddGauge("pagepulse_http_connections", "Connections that are open",
                       [this] { return static_cast<double>(sessions.size()); });
    registry->AddGauge("pagepulse_http_in_flight_bytes", "Memory of requests that are being read",
                       [this] { return static_cast<double>(context.in_flight.bytes()); });
    registry->AddGauge("pagepulse_live_viewers", "Streams of /v1/live that are open",
                       [this] { return static_cast<double>(context.viewers); });
    registry->AddGauge("pagepulse_live_queries", "Live queries whose answer is kept",
                       [this] { return static_cast<double>(LiveQueries()); });
  }

  absl::Status Listen();
  HubOptions LiveOptions();
  size_t LiveQueries() const { return context.hub != nullptr ? context.hub->queries() : 0; }
  Task<void> Accept();
  void Start(Socket socket, Deadlines* deadlines);
  Task<void> Serve(Socket socket, Deadlines* deadlines);  // on the socket's own thread

  ServerContext context;
  std::deque<Loop> loops;
  std::optional<asio::basic_socket_acceptor<tcp, IoExecutor>> acceptor;  // of the first loop
  uint16_t port = 0;
  SessionList sessions;
  bool started = false;
};

absl::Status Server::Impl::Listen() {
  const std::string& host = context.config.listen_address;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  const tcp::endpoint endpoint(address, context.config.listen_port);
  if (!error) acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return MakeError(absl::StatusCode::kUnavailable, "cannot_listen",
                     fmt::format("cannot listen on {} port {}: {}", host,
                                 context.config.listen_port, error.message()),
                     "is another server there? --listen takes another address or port");
  }
  port = acceptor->local_endpoint().port();
  return absl::OkStatus();
}

HubOptions Server::Impl::LiveOptions() {
  HubOptions live;
  live.threads = loops.size();
  live.max_queries = context.config.limits.live_queries;
  live.interval = context.options.live_interval;
  live.clock = context.options.clock;
  live.published = [&engine = context.engine] { return engine.published(); };
  live.metrics = &context.registry;
  return live;
}

Task<void> Server::Impl::Accept() {
  Timer pause(acceptor->get_executor());
  for (size_t next = 0; !context.stopping; ++next) {
    Loop& loop = loops[next % loops.size()];
    auto [error, socket] = co_await acceptor->async_accept(loop.io, kAwaitTuple);
    if (context.stopping || error == asio::error::operation_aborted) break;
    if (error) {
      // Out of descriptors, most likely: some will be given back.
      Log(spdlog::level::warn, "accept_failed", {{"error", error.message()}});
      pause.expires_after(std::chrono::milliseconds(100));
      const auto waited = co_await pause.async_wait(kAwaitTuple);
      (void)waited;
      continue;
    }
    Start(std::move(socket), &loop.deadlines);
  }
}

void Server::Impl::Start(Socket socket, Deadlines* deadlines) {
  const IoExecutor executor = socket.get_executor();
  if (context.connections >= context.config.limits.connections) {
    context.metrics.CountRefused();
    asio::co_spawn(executor, Refuse(std::move(socket), deadlines), asio::detached);
    return;
  }
  ++context.connections;
  context.metrics.CountConnection();
  asio::co_spawn(executor, Serve(std::move(socket), deadlines), asio::detached);
}

Task<void> Server::Impl::Serve(Socket socket, Deadlines* deadlines) {
  const auto session = std::make_shared<HttpSession>(std::move(socket), &context, deadlines);
  sessions.Add(session);
  try {
    co_await HttpSession::Run(session);
  } catch (const std::exception& e) {
    Log(spdlog::level::err, "session_failed", {{"error", e.what()}});
  }
  --context.connections;
  sessions.Remove(session);
}

Server::Server(const Config& config, Engine* engine, MetricsRegistry* registry,
               const ServerOptions& options)
    : impl_(std::make_unique<Impl>(config, engine, registry, options)) {}

Server::~Server() { Stop(); }

absl::Status Server::Start() {
  absl::Status status = ValidateConfig(impl_->context.config);
  if (status.ok()) status = impl_->context.adapters.status();
  if (status.ok()) status = impl_->Listen();
  if (!status.ok()) return status;
  impl_->context.hub = std::make_unique<Hub>(impl_->LiveOptions());
  asio::co_spawn(impl_->acceptor->get_executor(), impl_->Accept(), asio::detached);
  for (Impl::Loop& loop : impl_->loops) {
    loop.thread = std::thread([&loop] {
      NameThread("pp-io");
      loop.io.run();
    });
  }
  impl_->started = true;
  return absl::OkStatus();
}

uint16_t Server::port() const { return impl_->port; }

std::string Server::url() const {
  const std::string& host = impl_->context.config.listen_address;
  if (host.find(':') != std::string::npos) return fmt::format("http://[{}]:{}", host, impl_->port);
  return fmt::format("http://{}:{}", host, impl_->port);
}

void Server::Stop() {
  if (!impl_->started) return;
  impl_->started = false;
  impl_->context.stopping = true;
  asio::post(impl_->acceptor->get_executor(), [this] {
    boost::system::error_code ignored;
    impl_->acceptor->close(ignored);
  });
  impl_->sessions.ForEach([](HttpSession& session) { session.CloseIfIdle(); });
  if (!impl_->sessions.AwaitEmpty(impl_->context.options.stop_deadline)) {
    Log(spdlog::level::warn, "stop_deadline", {{"connections", impl_->sessions.size()}});
    impl_->sessions.ForEach([](HttpSession& session) { session.Close(); });
    // What is with the engine comes back: it promises an answer to everything submitted.
    impl_->sessions.AwaitEmpty(std::chrono::hours(24));
  }
  for (Impl::Loop& loop : impl_->loops) loop.keep_running.reset();
  for (Impl::Loop& loop : impl_->loops) loop.thread.join();
  impl_->context.workers.join();
  impl_->context.queries.join();
  impl_->context.hub.reset();
}

}  // namespace pagepulse
