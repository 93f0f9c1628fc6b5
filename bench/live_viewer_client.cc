#include "bench/live_viewer_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "bench/http_load_client.h"

namespace pagepulse {

int ConnectTo(const std::string& host, const std::string& port) {
  addrinfo hints = {}, *address = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &address) != 0) Fail("unknown host " + host);
  const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
    FailSystem("no connection");
  }
  freeaddrinfo(address);
  return fd;
}

Viewers::Viewers(const std::string& host, const std::string& port, size_t n,
                 const std::string& request, const std::string& metric, const ProbeTimes* probes)
    : total_(fmt::format("\"totals\":{{\"{}\":", metric)),
      probes_(*probes),
      poll_(epoll_create1(EPOLL_CLOEXEC)),
      viewers_(n) {
  for (Viewer& viewer : viewers_) {
    viewer.fd = ConnectTo(host, port);
    if (send(viewer.fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) FailSystem("send");
    fcntl(viewer.fd, F_SETFL, O_NONBLOCK);
    epoll_event event = {.events = EPOLLIN, .data = {.ptr = &viewer}};
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, viewer.fd, &event) != 0) FailSystem("epoll");
  }
  thread_ = std::thread([this] { Run(); });
}

Viewers::~Viewers() {
  if (thread_.joinable()) StopAndTakeMs();
  for (const Viewer& viewer : viewers_) close(viewer.fd);
  close(poll_);
}

void Viewers::AwaitAll(uint64_t probe) {
  for (int tries = 0; tries < 3000; ++tries) {
    const bool all = std::all_of(viewers_.begin(), viewers_.end(),
                                 [&](const Viewer& viewer) { return viewer.shown >= probe; });
    if (all) {
      first_timed_ = probes_.acknowledged() + 1;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  Fail("viewers wait in vain");
}

std::vector<float> Viewers::StopAndTakeMs() {
  stopping_ = true;
  thread_.join();
  return std::move(ms_);
}

void Viewers::Run() {
  std::vector<epoll_event> events(512);
  while (!stopping_) {
    const int n = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 50);
    for (int i = 0; i < n; ++i) Receive(*static_cast<Viewer*>(events[i].data.ptr));
  }
}

void Viewers::Receive(Viewer& viewer) {
  char input[32 * 1024];
  const ssize_t n = recv(viewer.fd, input, sizeof input, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) Fail("the server has closed a stream");
  bytes_ += static_cast<uint64_t>(n);
  viewer.text.append(input, static_cast<size_t>(n));
  for (size_t end; (end = viewer.text.find("\n\n")) != std::string::npos;) {
    TakeEvent(viewer, std::string_view(viewer.text).substr(0, end));
    viewer.text.erase(0, end + 2);
  }
}

void Viewers::TakeEvent(Viewer& viewer, std::string_view event) {
  if (event.starts_with("event: error")) Fail(event);
  const size_t at = event.rfind(total_);
  if (at == std::string_view::npos) return;  // the header, a heartbeat
  ++events_;
  uint64_t shown = 0;
  std::from_chars(event.data() + at + total_.size(), event.data() + event.size(), shown);
  if (shown < viewer.shown) Fail("a viewer has lost an event");
  viewer.shown = shown;
  TimeProbes(viewer, SteadyClock::now());
}

// A probe that is shown before it is acknowledged took no time.
void Viewers::TimeProbes(Viewer& viewer, SteadyClock::time_point now) {
  const uint64_t acknowledged = probes_.acknowledged();
  const uint64_t first = std::max(viewer.timed + 1, first_timed_.load());
  for (uint64_t probe = first; probe <= viewer.shown; ++probe) {
    viewer.timed = probe;
    if (probe > acknowledged) {
      ms_.push_back(0);
      continue;
    }
    const std::chrono::duration<float, std::milli> took = now - probes_.at(probe);
    ms_.push_back(std::max(0.0f, took.count()));
  }
}

}  // namespace pagepulse
