// What many viewers of one board cost a server that is loaded with events, and how soon they see
// them: rounds of ingest without viewers and with them, in turns, in one run. A probe event is sent
// every 100 ms on a connection of its own; a viewer has seen it when its answer shows the count.
//
//   live_viewers http://127.0.0.1:8080 --pid PID --viewers 2000 --seconds 10 --rounds 2
//
// Ends with a viewer that does not read. Prints one figure a line. docs/benchmarks.md.

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/http_load_client.h"
#include "bench/live_viewer_client.h"
#include "bench/server_usage.h"

namespace pagepulse {
namespace {

struct Options {
  std::string url;
  int pid = 0;
  size_t viewers = 2000, connections = 4, body = 65536;
  double seconds = 10;
  int rounds = 2;
  bool stuck = true;
};

constexpr char kPage[] = "live-bench", kProbe[] = "probe";

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {
    std::string host = options.url;
    if (host.starts_with("http://")) host.erase(0, 7);
    const size_t colon = host.rfind(':');
    if (colon == std::string::npos) Fail("give the server as http://127.0.0.1:8080");
    host_ = host.substr(0, colon);
    port_ = host.substr(colon + 1);
    post_ = fmt::format("POST /v1/events HTTP/1.1\r\nHost: {}\r\n", host);
    MakeLoad();
  }

  void Run() {
    SendProbe();   // so that the page and the type are there
    Cost warming;  // memory that is touched for the first time, and the like
    Phase(&warming);
    for (int round = 0; round < options_.rounds; ++round) {
      Phase(&without_);
      Open();
      Phase(&with_);
      const std::vector<float> ms = viewers_->StopAndTakeMs();
      ms_.insert(ms_.end(), ms.begin(), ms.end());
      if (round + 1 == options_.rounds) break;
      viewers_.reset();
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    Print();
    viewers_.reset();
    if (options_.stuck) WatchOneThatDoesNotRead();
  }

 private:
  struct Cost {
    double cpu = 0, seconds = 0;
    uint64_t events = 0, sent = 0;
  };

  // Views without ids: each of them counts, however often the body is sent.
  void MakeLoad() {
    const int64_t now = time(nullptr);
    for (int i = 0; load_.size() < options_.body * 64; ++i) {
      load_ += fmt::format(
          R"({{"ts":{},"page":"{}","post":"p{}","actor":"a{}","type":"view","source":"web"}})"
          "\n",
          now - i % 900, kPage, i % 40, i * 7919 % 50'000);
    }
    const std::vector<Request> once = CutRequests(load_, options_.body, post_);
    constexpr size_t kTimes = 1000;  // more than any run needs
    for (size_t i = 0; i < kTimes; ++i) requests_.insert(requests_.end(), once.begin(), once.end());
  }

  std::string LiveRequest(const std::string& query) const {
    return fmt::format("GET /v1/live?page={}&{} HTTP/1.1\r\nHost: localhost\r\n\r\n", kPage, query);
  }

  void Open() {
    const Usage before = UsageOf(options_.pid);
    viewers_ = std::make_unique<Viewers>(
        host_, port_, options_.viewers,
        LiveRequest("metrics=probe,views,reach&by=time:minute&last=30min"), kProbe, &probes_);
    viewers_->AwaitAll(probes_.acknowledged());
    const Usage after = UsageOf(options_.pid);
    if (!resident_kib_) {
      resident_kib_ =
          static_cast<double>(after.resident_kib) - static_cast<double>(before.resident_kib);
    }
  }

  void Phase(Cost* cost) {
    std::atomic<bool> done{false};
    const double cpu = UsageOf(options_.pid).cpu;
    const uint64_t events = viewers_ ? viewers_->events() : 0;
    std::thread probing([&] {
      while (!done) {
        SendProbe();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    });
    const auto begin = SteadyClock::now();
    if (options_.connections > 0) {
      cost->events +=
          RunLoad(host_, port_, options_.connections, options_.seconds, requests_).accepted;
    } else {
      std::this_thread::sleep_for(std::chrono::duration<double>(options_.seconds));
    }
    done = true;
    probing.join();
    if (viewers_) viewers_->AwaitAll(probes_.acknowledged());
    cost->seconds += std::chrono::duration<double>(SteadyClock::now() - begin).count();
    cost->cpu += UsageOf(options_.pid).cpu - cpu;
    if (viewers_) cost->sent += viewers_->events() - events;
  }

  void SendProbe() {
    if (probe_fd_ < 0) probe_fd_ = ConnectTo(host_, port_);
    const std::string body =
        fmt::format(R"({{"ts":{},"page":"{}","type":"{}"}})", time(nullptr), kPage, kProbe);
    const std::string request =
        fmt::format("{}Content-Length: {}\r\n\r\n{}", post_, body.size(), body);
    if (send(probe_fd_, request.data(), request.size(), MSG_NOSIGNAL) < 0) FailSystem("probe");
    std::string answer(4096, '\0');
    const ssize_t n = recv(probe_fd_, answer.data(), answer.size(), 0);
    answer.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (answer.find("\"accepted\":1") == std::string::npos) Fail("a probe's answer: " + answer);
    probes_.Acknowledge(++probe_);
  }

  static void Line(std::string_view name, double value, int digits = 1) {
    fmt::print("{:<32} {:.{}f}\n", name, value, digits);
  }

  void PrintCost(std::string_view name, const Cost& cost) const {
    if (cost.events > 0) {
      Line(fmt::format("{}_events_a_second", name), static_cast<double>(cost.events) / cost.seconds,
           0);
      Line(fmt::format("{}_server_ns_an_event", name),
           cost.cpu * 1e9 / static_cast<double>(cost.events));
    }
    Line(fmt::format("{}_server_cpu_ms_a_second", name), cost.cpu * 1e3 / cost.seconds);
  }

  void Print() {
    Line("viewers", static_cast<double>(options_.viewers), 0);
    PrintCost("without", without_);
    PrintCost("with", with_);
    if (with_.events > 0) {
      Line("ratio_of_cpu_an_event",
           with_.cpu / static_cast<double>(with_.events) /
               (without_.cpu / static_cast<double>(without_.events)),
           3);
    }
    Line("sent_a_second", static_cast<double>(with_.sent) / with_.seconds, 0);
    Line("resident_kib_a_viewer", *resident_kib_ / static_cast<double>(options_.viewers));
    Line("probes_seen", static_cast<double>(ms_.size()), 0);
    Line("seen_p50_ms", Percentile(ms_, 0.5));
    Line("seen_p99_ms", Percentile(ms_, 0.99));
    Line("seen_max_ms", Percentile(ms_, 1));
    std::fflush(stdout);
  }

  // Its first answer is more than sockets hold.
  void WatchOneThatDoesNotRead() {
    const int fd = ConnectTo(host_, port_);
    const int small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    const std::string request = LiveRequest("metrics=views,reach,reactions&by=time:minute&last=6d");
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) FailSystem("send");
    const auto begin = SteadyClock::now();
    pollfd gone = {fd, 0, 0};  // an error or the end alone
    if (poll(&gone, 1, 60'000) <= 0) Fail("a viewer that does not read is kept");
    Line("stuck_viewer_dropped_seconds",
         std::chrono::duration<double>(SteadyClock::now() - begin).count());
    close(fd);
  }

  const Options& options_;
  std::string host_, port_, post_, load_;
  std::vector<Request> requests_;
  int probe_fd_ = -1;
  uint64_t probe_ = 0;
  ProbeTimes probes_;
  std::unique_ptr<Viewers> viewers_;
  Cost without_, with_;
  std::optional<double> resident_kib_;
  std::vector<float> ms_;
};

}  // namespace
}  // namespace pagepulse

int main(int argc, char** argv) {
  pagepulse::Options options;
  CLI::App app("Tells what viewers of /v1/live cost, and how soon they see an event");
  app.add_option("url", options.url, "http://127.0.0.1:8080")->required();
  app.add_option("--pid", options.pid, "Of the server")->required();
  app.add_option("--viewers", options.viewers, "Of one query (default 2000)");
  app.add_option("--seconds", options.seconds, "Of each half of a round (default 10)");
  app.add_option("--rounds", options.rounds, "Without viewers, then with them (default 2)");
  app.add_option("--connections", options.connections, "That load; 0: probes alone (default 4)");
  app.add_option("--body", options.body, "Bytes of a body, about (default 65536)");
  app.add_option("--stuck", options.stuck, "Whether to watch a viewer that does not read");
  CLI11_PARSE(app, argc, argv);
  pagepulse::Bench(options).Run();
}
