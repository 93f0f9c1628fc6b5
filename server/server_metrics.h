#pragma once

// What the server counts. What becomes of events is counted by the engine.

#include <array>
#include <atomic>
#include <memory>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "model/event.h"

namespace pagepulse {

class ServerMetrics {
 public:
  // Both outlive this. A request that no route matches counts under the last of `routes`.
  ServerMetrics(MetricsRegistry* registry, const std::vector<std::string_view>& routes);

  void CountRequest(size_t route, int status, double seconds);
  void CountBody(uint64_t bytes) { body_bytes_->Add(bytes); }
  void CountParsed(const EventBatch& batch);  // what of it was rejected or ignored
  void CountConnection() { connections_->Add(); }
  void CountRefused() { refused_->Add(); }
  void CountZaloUnsigned() { zalo_unsigned_->Add(); }
  void CountZaloRetry() { zalo_retries_->Add(); }
  void CountLiveEvent() { live_events_->Add(); }
  void CountLiveDropped() { live_dropped_->Add(); }

 private:
  static constexpr int kMinStatus = 100, kMaxStatus = 599;

  struct Route {
    std::string_view name;
    Histogram* seconds = nullptr;
    // Made when first met, so that /metrics lists what happened.
    std::array<std::atomic<Counter*>, kMaxStatus - kMinStatus + 1> by_status{};
  };

  MetricsRegistry* registry_;
  std::vector<std::unique_ptr<Route>> routes_;
  std::array<Counter*, kRejectCodes> rejections_{};
  Counter* ignored_;
  Counter* body_bytes_;
  Counter* connections_;
  Counter* refused_;
  Counter* zalo_unsigned_;
  Counter* zalo_retries_;
  Counter* live_events_;
  Counter* live_dropped_;
};

}  // namespace pagepulse
