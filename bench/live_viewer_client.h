#pragma once

// Many viewers of one query on GET /v1/live, read by one thread. Each notes when it first shows a
// number: the k-th probe event that was acknowledged. What goes wrong ends the process.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace pagepulse {

using SteadyClock = std::chrono::steady_clock;

int ConnectTo(const std::string& host, const std::string& port);  // blocking

// When the k-th probe was acknowledged.
class ProbeTimes {
 public:
  void Acknowledge(uint64_t probe) {
    times_.at(probe) = SteadyClock::now();
    acknowledged_ = probe;
  }
  uint64_t acknowledged() const { return acknowledged_; }
  // Of a probe that is.
  SteadyClock::time_point at(uint64_t probe) const { return times_.at(probe); }

 private:
  std::array<SteadyClock::time_point, 1 << 16> times_{};  // written before acknowledged_ says so
  std::atomic<uint64_t> acknowledged_{0};
};

class Viewers {
 public:
  // `request` opens a stream; `metric` is the probes', in the totals of its answer.
  Viewers(const std::string& host, const std::string& port, size_t n, const std::string& request,
          const std::string& metric, const ProbeTimes* probes);
  ~Viewers();  // closes them

  void AwaitAll(uint64_t probe);  // until each shows it; fails after some seconds
  uint64_t events() const { return events_; }
  uint64_t bytes() const { return bytes_; }
  // From an acknowledgement to its sight, of each viewer and probe since AwaitAll returned.
  std::vector<float> StopAndTakeMs();

 private:
  struct Viewer {
    int fd = -1;
    std::string text;  // of an event that is not whole
    std::atomic<uint64_t> shown{0};
    uint64_t timed = 0;  // probes up to this one
  };

  void Run();
  void Receive(Viewer& viewer);
  void TakeEvent(Viewer& viewer, std::string_view event);
  void TimeProbes(Viewer& viewer, SteadyClock::time_point now);

  const std::string total_;  // `"totals":{"probe":`
  const ProbeTimes& probes_;
  int poll_;
  std::vector<Viewer> viewers_;
  std::atomic<uint64_t> events_{0}, bytes_{0};
  std::atomic<uint64_t> first_timed_{~0ull};  // probes before it are not
  std::vector<float> ms_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace pagepulse
