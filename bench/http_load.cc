// Loads a server with the lines of a file, as so many clients with keep-alive connections do: each
// sends a body of whole lines to POST /v1/events, waits for its answer, checks it, sends the next.
// No body is sent twice. One thread, and cheap, so that the server's core is the one that is full.
//
//   http_load http://127.0.0.1:8080 events.ndjson --body 65536 --connections 8 --seconds 10
//
// Prints one figure a line. docs/benchmarks.md; bench/http_ingest makes a table of it.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/http_load_client.h"
#include "bench/server_usage.h"

namespace pagepulse {
namespace {

struct Options {
  std::string url, file, token;
  size_t body = 65536;
  size_t connections = 8;
  double seconds = 0;  // 0: until the file's end
  int pid = 0;         // of the server; 0: its CPU is not read
};

class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info = {};
    if (fd < 0 || fstat(fd, &info) != 0) FailSystem(path);
    size_ = static_cast<size_t>(info.st_size);
    if (size_ == 0) Fail(path + " is empty");
    data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (data_ == MAP_FAILED) FailSystem(path);
    close(fd);
  }
  ~MappedFile() { munmap(data_, size_); }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view text() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_;
  size_t size_;
};

double OwnCpu() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void Print(std::string_view name, double value, int digits = 0) {
  fmt::print("{:<20} {:.{}f}\n", name, value, digits);
}

void PrintTotals(Totals& totals) {
  const double requests = static_cast<double>(totals.requests);
  const double lines = static_cast<double>(totals.lines);
  Print("requests", requests);
  Print("busy", static_cast<double>(totals.busy));  // 429, each sent again
  Print("events", lines);
  Print("accepted", static_cast<double>(totals.accepted));
  Print("duplicate", static_cast<double>(totals.duplicate));
  Print("seconds", totals.seconds, 3);
  Print("requests_a_second", requests / totals.seconds);
  Print("events_a_second", lines / totals.seconds);
  Print("mib_a_second", static_cast<double>(totals.bytes) / totals.seconds / (1 << 20), 1);
  Print("p50_ms", Percentile(totals.ms, 0.5), 2);
  Print("p99_ms", Percentile(totals.ms, 0.99), 2);
  Print("max_ms", Percentile(totals.ms, 1), 2);
}

void Run(const Options& options) {
  constexpr std::string_view kScheme = "http://";
  std::string host = options.url;
  if (host.starts_with(kScheme)) host.erase(0, kScheme.size());
  while (host.ends_with('/')) host.pop_back();
  const size_t colon = host.rfind(':');
  if (colon == std::string::npos) Fail("give the server as http://127.0.0.1:8080");
  std::string common_header = fmt::format(
      "POST /v1/events HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-ndjson\r\n", host);
  if (!options.token.empty()) {
    common_header += fmt::format("Authorization: Bearer {}\r\n", options.token);
  }
  const MappedFile file(options.file);
  const std::vector<Request> requests = CutRequests(file.text(), options.body, common_header);
  const Usage server_before = options.pid != 0 ? UsageOf(options.pid) : Usage();
  const double own_before = OwnCpu();
  Totals totals = RunLoad(host.substr(0, colon), host.substr(colon + 1), options.connections,
                          options.seconds, requests);
  const double own = OwnCpu() - own_before;
  PrintTotals(totals);
  Print("client_cpu_seconds", own, 2);
  if (options.pid == 0) return;
  const Usage server = UsageOf(options.pid);
  const double cpu = server.cpu - server_before.cpu;
  Print("server_cpu_seconds", cpu, 2);
  Print("server_ns_an_event", cpu * 1e9 / static_cast<double>(totals.lines));
  Print("server_us_a_request", cpu * 1e6 / static_cast<double>(totals.requests), 1);
  Print("server_peak_mib", static_cast<double>(server.peak_kib / 1024));
}

}  // namespace
}  // namespace pagepulse

int main(int argc, char** argv) {
  pagepulse::Options options;
  CLI::App app("Loads a pagepulse server with the lines of a file");
  app.add_option("url", options.url, "http://127.0.0.1:8080")->required();
  app.add_option("file", options.file, "NDJSON; no line of it is sent twice")->required();
  app.add_option("--body", options.body, "Bytes of a body, about (default 65536)")
      ->check(CLI::PositiveNumber);
  app.add_option("--connections", options.connections, "At once (default 8)")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "Then stop (default at the file's end)");
  app.add_option("--token", options.token, "A token of the server");
  app.add_option("--pid", options.pid, "Of the server, to tell what it costs");
  CLI11_PARSE(app, argc, argv);
  pagepulse::Run(options);
}
