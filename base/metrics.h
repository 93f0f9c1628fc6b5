#pragma once

// Counters, gauges and histograms, written as Prometheus text. All members are thread-safe; a
// metric lives as long as its registry, so a pointer to it may be kept on a hot path.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace pagepulse {

class Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Histogram {
 public:
  explicit Histogram(std::vector<double> upper_bounds);
  void Observe(double v);
  void Render(std::string_view name, std::string_view labels, std::string* out) const;

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<uint64_t>[]> buckets_;  // one more than bounds_: +Inf
  std::atomic<double> sum_{0};
};

class MetricsRegistry {
 public:
  // `labels` is the inside of the braces: `code="bad_ts"`; empty for none. The same name and labels
  // return the same metric. Counter names end in _total, times are in seconds.
  Counter* AddCounter(std::string_view name, std::string_view help, std::string_view labels = "");
  Histogram* AddHistogram(std::string_view name, std::string_view help,
                          std::vector<double> upper_bounds, std::string_view labels = "");
  void AddGauge(std::string_view name, std::string_view help, std::function<double()> read,
                std::string_view labels = "");

  std::string Render() const;  // Prometheus text format 0.0.4

 private:
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> gauge;
  };
  struct Family {
    std::string help;
    const char* type;
    std::map<std::string, Series, std::less<>> series;
  };
  Family& GetFamily(std::string_view name, std::string_view help, const char* type)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Family, std::less<>> families_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pagepulse
