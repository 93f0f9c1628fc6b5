#include "bench/http_load_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <queue>
#include <utility>

namespace pagepulse {

void Fail(std::string_view what) {
  fmt::print(stderr, "http_load: {}\n", what);
  std::exit(1);
}

void FailSystem(std::string_view what) { Fail(fmt::format("{}: {}", what, std::strerror(errno))); }

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

namespace {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

double Seconds(SteadyClock::duration time) { return std::chrono::duration<double>(time).count(); }

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

class Load {
 public:
  Load(size_t connections, const std::vector<Request>& requests)
      : requests_(requests), poll_(epoll_create1(EPOLL_CLOEXEC)) {
    totals_.ms.reserve(requests.size());
    connections_.resize(std::min(connections, requests.size()));
  }

  void Connect(const std::string& host, const std::string& port) {
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &address_) != 0) {
      Fail("unknown host " + host);
    }
    for (Connection& connection : connections_) Open(connection);
  }

  Totals Run(double seconds) {
    const TimePoint start = SteadyClock::now();
    deadline_ = seconds > 0 ? start + std::chrono::duration_cast<SteadyClock::duration>(
                                          std::chrono::duration<double>(seconds))
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

  const std::vector<Request>& requests_;
  const int poll_;
  addrinfo* address_ = nullptr;  // for as long as the process
  std::vector<Connection> connections_;
  std::priority_queue<Retry> retries_;
  size_t next_ = 0, open_ = 0;
  TimePoint deadline_;
  Totals totals_;
};

}  // namespace

Totals RunLoad(const std::string& host, const std::string& port, size_t connections, double seconds,
               const std::vector<Request>& requests) {
  Load load(connections, requests);
  load.Connect(host, port);
  return load.Run(seconds);
}

}  // namespace pagepulse
