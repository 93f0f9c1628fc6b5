#include "server/server_metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace pagepulse {

ServerMetrics::ServerMetrics(MetricsRegistry* registry, const std::vector<std::string_view>& routes)
    : registry_(registry) {
  for (const std::string_view name : routes) {
    auto route = std::make_unique<Route>();
    route->name = name;
    route->seconds = registry->AddHistogram(
        "pagepulse_http_request_seconds", "From a request's header to its answer's end",
        {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
        fmt::format("route=\"{}\"", name));
    routes_.push_back(std::move(route));
  }
  for (int code = 1; code < kRejectCodes; ++code) {
    rejections_[code] = registry->AddCounter(
        "pagepulse_parse_rejected_total", "Lines that were refused before the engine saw them",
        fmt::format("code=\"{}\"", RejectName(static_cast<RejectCode>(code))));
  }
  ignored_ = registry->AddCounter("pagepulse_parse_ignored_total",
                                  "Foreign events that count nothing by their format's table");
  body_bytes_ = registry->AddCounter("pagepulse_http_body_bytes_total",
                                     "Bytes of request bodies, as they came");
  connections_ = registry->AddCounter("pagepulse_http_connections_total", "Connections accepted");
  refused_ = registry->AddCounter("pagepulse_http_connections_refused_total",
                                  "Connections refused because there were too many");
  zalo_unsigned_ = registry->AddCounter(
      "pagepulse_zalo_unsigned_total",
      "Deliveries from Zalo that no configured account had signed: answered and dropped");
  zalo_retries_ = registry->AddCounter("pagepulse_zalo_retries_total",
                                       "Deliveries that Zalo had marked as sent again");
  live_events_ =
      registry->AddCounter("pagepulse_live_events_total", "Results and changes sent to viewers");
  live_dropped_ = registry->AddCounter("pagepulse_live_dropped_total",
                                       "Viewers given up because they did not read");
}

void ServerMetrics::CountRequest(size_t route_index, int status, double seconds) {
  Route& route = *routes_[std::min(route_index, routes_.size() - 1)];
  route.seconds->Observe(seconds);
  std::atomic<Counter*>& slot =
      route.by_status[std::clamp(status, kMinStatus, kMaxStatus) - kMinStatus];
  Counter* counter = slot.load(std::memory_order_acquire);
  if (counter == nullptr) {
    // The registry gives the same counter to whoever asks, so a race is harmless.
    counter = registry_->AddCounter("pagepulse_http_requests_total", "Requests answered",
                                    fmt::format("route=\"{}\",status=\"{}\"", route.name, status));
    slot.store(counter, std::memory_order_release);
  }
  counter->Add();
}

void ServerMetrics::CountParsed(const EventBatch& batch) {
  for (const Rejection& rejection : batch.rejections) {
    Counter* counter = rejections_[static_cast<int>(rejection.code)];
    if (counter != nullptr) counter->Add();
  }
  ignored_->Add(batch.ignored);
}

}  // namespace pagepulse
