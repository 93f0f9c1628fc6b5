#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "config/log.h"
#include "server/server.h"
#include "tools/commands.h"
#include "tools/http_client.h"

namespace pagepulse {
namespace {

std::string ServerFile(const std::string& data_dir) { return data_dir + "/server.json"; }

// Tells other commands who holds the directory, for as long as it lives.
class ServerMark {
 public:
  ServerMark(const std::string& data_dir, const std::string& url) : path_(ServerFile(data_dir)) {
    const boost::json::object mark = {{"url", url}, {"pid", getpid()}};
    std::ofstream(path_) << boost::json::serialize(mark) << "\n";
  }
  ~ServerMark() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  ServerMark(const ServerMark&) = delete;
  ServerMark& operator=(const ServerMark&) = delete;

 private:
  std::string path_;
};

// Each viewer is a descriptor, and many systems give a process 1024 unless it asks.
void RaiseFileLimit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

std::optional<std::string> RunningServer(const std::string& data_dir) {
  std::ifstream file(ServerFile(data_dir));
  if (!file) return std::nullopt;
  const std::string text(std::istreambuf_iterator<char>(file), {});
  boost::system::error_code error;
  const boost::json::value mark = boost::json::parse(text, error);
  if (error || !mark.is_object()) return std::nullopt;
  const boost::json::value* url = mark.as_object().if_contains("url");
  if (url == nullptr || !url->is_string()) return std::nullopt;
  // A server that was killed leaves its mark behind.
  auto client = HttpClient::Make(url->as_string().c_str(), "");
  if (!client.ok()) return std::nullopt;
  auto answer = (*client)->Get("/healthz");
  if (!answer.ok() || answer->status != 200) return std::nullopt;
  return std::string(url->as_string().c_str());
}

absl::Status Serve(const Config& config) {
  RETURN_IF_ERROR(ValidateConfig(config));
  RaiseFileLimit();
  MetricsRegistry metrics;
  boost::asio::io_context signals_context;
  std::atomic<bool> failed{false};
  absl::Status failure;

  EngineOptions options = ToEngineOptions(config, config.data_dir);
  options.metrics = &metrics;
  options.on_fatal = [&](const absl::Status& status) {
    Log(spdlog::level::critical, "store_failed", {{"error", ToStd(status.message())}});
    failure = status;
    failed = true;
    boost::asio::post(signals_context, [&] { signals_context.stop(); });
  };
  Log(spdlog::level::info, "opening", {{"data", config.data_dir}});
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::Open(std::move(options)));

  Server server(config, engine.get(), &metrics);
  RETURN_IF_ERROR(server.Start());
  const ServerMark mark(config.data_dir, server.url());
  Log(spdlog::level::info, "serving", {{"url", server.url()}});

  boost::asio::signal_set signals(signals_context, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (!error) Log(spdlog::level::info, "stopping", {{"signal", signal}});
    signals_context.stop();
  });
  auto keep = boost::asio::make_work_guard(signals_context);
  signals_context.run();

  server.Stop();   // answers what was begun
  engine.reset();  // makes everything rows
  if (failed) return failure;
  Log(spdlog::level::info, "stopped", {});
  return absl::OkStatus();
}

}  // namespace pagepulse
