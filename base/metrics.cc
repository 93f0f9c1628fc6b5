#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace pagepulse {
namespace {

std::string Number(double v) {
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", v);
}

std::string Braces(std::string_view labels, std::string_view more = "") {
  if (labels.empty() && more.empty()) return "";
  return fmt::format("{{{}{}{}}}", labels, labels.empty() || more.empty() ? "" : ",", more);
}

}  // namespace

Histogram::Histogram(std::vector<double> upper_bounds)
    : bounds_(std::move(upper_bounds)),
      buckets_(std::make_unique<std::atomic<uint64_t>[]>(bounds_.size() + 1)) {}

void Histogram::Observe(double v) {
  const size_t i = std::lower_bound(bounds_.begin(), bounds_.end(), v) - bounds_.begin();
  buckets_[i].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(v, std::memory_order_relaxed);
}

void Histogram::Render(std::string_view name, std::string_view labels, std::string* out) const {
  uint64_t cumulative = 0;
  for (size_t i = 0; i <= bounds_.size(); ++i) {
    cumulative += buckets_[i].load(std::memory_order_relaxed);
    const std::string le = i < bounds_.size() ? Number(bounds_[i]) : "+Inf";
    fmt::format_to(std::back_inserter(*out), "{}_bucket{} {}\n", name,
                   Braces(labels, fmt::format("le=\"{}\"", le)), cumulative);
  }
  fmt::format_to(std::back_inserter(*out), "{0}_sum{1} {2}\n{0}_count{1} {3}\n", name,
                 Braces(labels), Number(sum_.load(std::memory_order_relaxed)), cumulative);
}

MetricsRegistry::Family& MetricsRegistry::GetFamily(std::string_view name, std::string_view help,
                                                    const char* type) {
  auto it = families_.find(name);
  if (it == families_.end()) {
    it = families_.emplace(std::string(name), Family{std::string(help), type, {}}).first;
  }
  return it->second;
}

Counter* MetricsRegistry::AddCounter(std::string_view name, std::string_view help,
                                     std::string_view labels) {
  MutexLock lock(&mutex_);
  Series& series = GetFamily(name, help, "counter").series[std::string(labels)];
  if (!series.counter) series.counter = std::make_unique<Counter>();
  return series.counter.get();
}

Histogram* MetricsRegistry::AddHistogram(std::string_view name, std::string_view help,
                                         std::vector<double> upper_bounds,
                                         std::string_view labels) {
  MutexLock lock(&mutex_);
  Series& series = GetFamily(name, help, "histogram").series[std::string(labels)];
  if (!series.histogram) series.histogram = std::make_unique<Histogram>(std::move(upper_bounds));
  return series.histogram.get();
}

void MetricsRegistry::AddGauge(std::string_view name, std::string_view help,
                               std::function<double()> read, std::string_view labels) {
  MutexLock lock(&mutex_);
  GetFamily(name, help, "gauge").series[std::string(labels)].gauge = std::move(read);
}

std::string MetricsRegistry::Render() const {
  MutexLock lock(&mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, family.help,
                   family.type);
    for (const auto& [labels, series] : family.series) {
      if (series.histogram) {
        series.histogram->Render(name, labels, &out);
      } else {
        fmt::format_to(
            std::back_inserter(out), "{}{} {}\n", name, Braces(labels),
            series.counter ? fmt::format("{}", series.counter->value()) : Number(series.gauge()));
      }
    }
  }
  return out;
}

}  // namespace pagepulse
