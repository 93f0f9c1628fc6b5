// Loads a server with the lines of a file, as so many clients with keep-alive connections do: each
// sends a body of whole lines to POST /v1/events, waits for its answer, checks it, sends the next.
// No body is sent twice. One thread, and cheap, so that the server's core is the one that is full.
//
//   http_load http://127.0.0.1:8080 events.ndjson --body 65536 --connections 8 --seconds 10
//
// Prints one figure a line. docs/benchmarks.md; bench/http_ingest makes a table of it.

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <queue>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace pagepulse {
namespace {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

struct Options {
  std::string url, file, token;
  size_t body = 65536;
  size_t connections = 8;
  double seconds = 0;  // 0: until the file's end
  int pid = 0;         // of the server; 0: its CPU is not read
};

[[noreturn]] void Fail(std::string_view what) {
  fmt::print(stderr, "http_load: {}\n", what);
  std::exit(1);
}

[[noreturn]] void FailSystem(std::string_view what) {
  Fail(fmt::format("{}: {}", what, std::strerror(errno)));
}

double Seconds(SteadyClock::duration time) { return std::chrono::duration<double>(time).count(); }

// --- What is sent.

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

struct Request {
  std::string header;
  std::string_view body;
  uint32_t lines = 0;

  size_t size() const { return header.size() + body.size(); }
};

// The file in bodies of whole lines, each the nearest to `body_bytes` from above.
std::vector<Request> CutRequests(std::string_view text, size_t body_bytes,
                                 const std::string& common_header) {
  std::vector<Request> requests;
  while (!text.empty()) {
    size_t end = text.find('\n', std::min(body_bytes, text.size()) - 1);
    end = end == std::string_view::npos ? text.size() : end + 1;
    Request request;
    request.body = text.substr(0, end);
    text.remove_prefix(end);
    request.lines = static_cast<uint32_t>(
        std::count(request.body.begin(), request.body.end(), '\n') + (request.body.back() != '\n'));
    request.header = fmt::format("{}Content-Length: {}\r\n\r\n", common_header, end);
    requests.push_back(std::move(request));
  }
  return requests;
}

// --- What comes back.

struct Answer {
  int status = 0;
  size_t size = 0;  // header and body
  bool keep_alive = true;
  int retry_after = 1;
  std::string_view body;

  // The number behind `"name":` in the body; nothing there: 0.
  uint64_t Count(std::string_view name) const {
    uint64_t value = 0;
    const size_t at = body.find(fmt::format("\"{}\":", name));
    if (at == std::string_view::npos) return value;
    const char* digits = body.data() + at + name.size() + 3;
    std::from_chars(digits, body.data() + body.size(), value);
    return value;
  }
};

// Whether the answer at the beginning of `bytes` is complete.
bool ReadAnswer(std::string_view bytes, Answer* answer) {
  const size_t header_end = bytes.find("\r\n\r\n");
  if (header_end == std::string_view::npos) return false;
  std::string_view header = bytes.substr(0, header_end + 2);
  std::from_chars(header.data() + std::min<size_t>(9, header.size()),
                  header.data() + std::min<size_t>(12, header.size()), answer->status);
  size_t length = 0;
  while (!header.empty()) {
    const std::string_view line = header.substr(0, header.find("\r\n"));
    header.remove_prefix(line.size() + 2);
    const auto value_of = [&](std::string_view name) {
      return line.size() > name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0
                 ? line.substr(name.size())
                 : std::string_view();
    };
    const auto read = [](std::string_view value, auto* out) {
      if (!value.empty()) std::from_chars(value.data(), value.data() + value.size(), *out);
    };
    read(value_of("Content-Length: "), &length);
    read(value_of("Retry-After: "), &answer->retry_after);
    if (value_of("Connection: ") == "close") answer->keep_alive = false;
  }
  answer->size = header_end + 4 + length;
  if (bytes.size() < answer->size) return false;
  answer->body = bytes.substr(header_end + 4, length);
  return true;
}

// --- The server's own cost.

struct Usage {
  double cpu = 0;  // seconds
  size_t resident_mib = 0;
};

Usage UsageOf(int pid) {
  Usage usage;
  std::ifstream stat_file(fmt::format("/proc/{}/stat", pid));
  const std::string stat(std::istreambuf_iterator<char>(stat_file), {});
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) Fail(fmt::format("there is no process {}", pid));
  std::istringstream rest(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0, system = 0;
  rest >> user >> system;
  usage.cpu = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string word; status >> word;) {
    if (word == "VmHWM:" && status >> usage.resident_mib) usage.resident_mib /= 1024;
  }
  return usage;
}

double OwnCpu() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// --- The connections.

struct Totals {
  uint64_t requests = 0, bytes = 0, lines = 0, accepted = 0, duplicate = 0, busy = 0;
  std::vector<float> ms;  // of each request that was counted, its 429s included
  double seconds = 0;     // from the first request until the last answer
};

class Load {
 public:
  Load(const Options& options, const std::vector<Request>& requests)
      : options_(options), requests_(requests), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    totals_.ms.reserve(requests.size());
    connections_.resize(std::min(options.connections, requests.size()));
  }

  void Connect(const std::string& host, const std::string& port) {
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &address_) != 0) {
      Fail("unknown host " + host);
    }
    for (Connection& connection : connections_) Open(connection);
  }

  Totals Run() {
    const TimePoint start = SteadyClock::now();
    deadline_ = options_.seconds > 0 ? start + std::chrono::duration_cast<SteadyClock::duration>(
                                                   std::chrono::duration<double>(options_.seconds))
                                     : TimePoint::max();
    for (Connection& connection : connections_) SendNext(connection, start);
    std::vector<epoll_event> events(connections_.size());
    while (open_ > 0) {
      const int n =
          epoll_wait(poll_, events.data(), static_cast<int>(events.size()), WaitMilliseconds());
      if (n < 0 && errno != EINTR) FailSystem("epoll");
      for (int i = 0; i < n; ++i) {
        Connection& connection = *static_cast<Connection*>(events[i].data.ptr);
        if (events[i].events & EPOLLOUT) Send(connection);
        if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) Receive(connection);
      }
      SendAgain();
    }
    totals_.seconds = Seconds(SteadyClock::now() - start);
    return std::move(totals_);
  }

 private:
  struct Connection {
    int fd = -1;
    const Request* request = nullptr;
    size_t sent = 0;
    bool wants_out = false;
    TimePoint begin;
    size_t received = 0;
    char input[16 * 1024];
  };
  struct Retry {
    TimePoint at;
    Connection* connection;
    bool operator<(const Retry& other) const { return at > other.at; }  // the first is on top
  };

  void Open(Connection& connection) {
    if (connection.fd >= 0) close(connection.fd);
    connection.fd = socket(address_->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection.fd < 0 || connect(connection.fd, address_->ai_addr, address_->ai_addrlen) != 0) {
      FailSystem("no connection");
    }
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    connection.wants_out = false;
    epoll_event event = {.events = EPOLLIN, .data = {.ptr = &connection}};
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, connection.fd, &event) != 0) FailSystem("epoll");
  }

  void SendNext(Connection& connection, TimePoint now) {
    connection.request = nullptr;
    if (next_ == requests_.size() || now >= deadline_) return;
    connection.request = &requests_[next_++];
    connection.begin = now;
    ++open_;
    connection.sent = 0;
    Send(connection);
  }

  void Send(Connection& connection) {
    const Request& request = *connection.request;
    while (connection.sent < request.size()) {
      iovec parts[2];
      const size_t in_header = std::min(connection.sent, request.header.size());
      const size_t in_body = connection.sent - in_header;
      parts[0] = {const_cast<char*>(request.header.data() + in_header),
                  request.header.size() - in_header};
      parts[1] = {const_cast<char*>(request.body.data() + in_body), request.body.size() - in_body};
      msghdr message = {};
      message.msg_iov = parts;
      message.msg_iovlen = 2;
      const ssize_t n = sendmsg(connection.fd, &message, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return WatchOut(connection, true);
      if (n < 0) FailSystem("the connection was lost");
      connection.sent += static_cast<size_t>(n);
    }
    WatchOut(connection, false);
  }

  void WatchOut(Connection& connection, bool out) {
    if (connection.wants_out == out) return;
    connection.wants_out = out;
    epoll_event event = {.events = EPOLLIN, .data = {.ptr = &connection}};
    if (out) event.events |= EPOLLOUT;
    epoll_ctl(poll_, EPOLL_CTL_MOD, connection.fd, &event);
  }

  void Receive(Connection& connection) {
    const ssize_t n = recv(connection.fd, connection.input + connection.received,
                           sizeof connection.input - connection.received, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) Fail("the server has closed a connection");
    connection.received += static_cast<size_t>(n);
    Answer answer;
    if (ReadAnswer({connection.input, connection.received}, &answer))
      return Take(connection, answer);
    if (connection.received == sizeof connection.input) Fail("an answer is too large");
  }

  void Take(Connection& connection, const Answer& answer) {
    if (connection.request == nullptr || answer.size != connection.received) {
      Fail("an answer that nobody waits for");
    }
    connection.received = 0;
    const Request& request = *connection.request;
    const TimePoint now = SteadyClock::now();
    // A body that was refused early may not have been read to its end.
    const bool usable = answer.keep_alive && connection.sent == request.size();
    if (answer.status == 429) {
      ++totals_.busy;
      if (!usable) Open(connection);
      retries_.push({now + std::chrono::seconds(answer.retry_after), &connection});
      return;
    }
    const uint64_t accepted = answer.Count("accepted"), duplicate = answer.Count("duplicate");
    if (answer.status != 200 || !usable || accepted + duplicate != request.lines) {
      Fail(fmt::format("{} lines were answered by {}: {}", request.lines, answer.status,
                       answer.body));
    }
    ++totals_.requests;
    totals_.bytes += request.body.size();
    totals_.lines += request.lines;
    totals_.accepted += accepted;
    totals_.duplicate += duplicate;
    totals_.ms.push_back(static_cast<float>(1000 * Seconds(now - connection.begin)));
    --open_;
    SendNext(connection, now);
  }

  int WaitMilliseconds() const {
    if (retries_.empty()) return -1;
    const auto wait = retries_.top().at - SteadyClock::now();
    return std::max(0, static_cast<int>(1000 * Seconds(wait)) + 1);
  }

  void SendAgain() {
    while (!retries_.empty() && retries_.top().at <= SteadyClock::now()) {
      Connection& connection = *retries_.top().connection;
      retries_.pop();
      connection.sent = 0;
      Send(connection);
    }
  }

  const Options& options_;
  const std::vector<Request>& requests_;
  const int poll_;
  addrinfo* address_ = nullptr;  // for as long as the process
  std::vector<Connection> connections_;
  std::priority_queue<Retry> retries_;
  size_t next_ = 0, open_ = 0;
  TimePoint deadline_;
  Totals totals_;
};

float Percentile(std::vector<float>& values, double q) {
  if (values.empty()) return 0;
  const size_t at =
      std::min(values.size() - 1, static_cast<size_t>(q * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
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
  Load load(options, requests);
  load.Connect(host.substr(0, colon), host.substr(colon + 1));

  const Usage server_before = options.pid != 0 ? UsageOf(options.pid) : Usage();
  const double own_before = OwnCpu();
  Totals totals = load.Run();
  const double own = OwnCpu() - own_before;
  PrintTotals(totals);
  Print("client_cpu_seconds", own, 2);
  if (options.pid == 0) return;
  const Usage server = UsageOf(options.pid);
  const double cpu = server.cpu - server_before.cpu;
  Print("server_cpu_seconds", cpu, 2);
  Print("server_ns_an_event", cpu * 1e9 / static_cast<double>(totals.lines));
  Print("server_us_a_request", cpu * 1e6 / static_cast<double>(totals.requests), 1);
  Print("server_peak_mib", static_cast<double>(server.resident_mib));
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
