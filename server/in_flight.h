#pragma once

// The memory of all requests that are being read, under one bound. Thread-safe.

#include <atomic>
#include <cstddef>
#include <utility>

namespace pagepulse {

class InFlight {
 public:
  explicit InFlight(size_t max_bytes) : max_bytes_(max_bytes) {}

  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  friend class Reservation;

  const size_t max_bytes_;
  std::atomic<size_t> bytes_{0};
};

// What one request holds; given back when it goes.
class Reservation {
 public:
  explicit Reservation(InFlight* in_flight) : in_flight_(in_flight) {}
  ~Reservation() { in_flight_->bytes_.fetch_sub(held_, std::memory_order_relaxed); }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

  // Room for `total` bytes in all; false: there is none now, and nothing has changed. A request
  // that is alone always gets it, so that requests above the bound cannot wait for ever.
  bool GrowTo(size_t total) {
    if (total <= held_) return true;
    const size_t more = total - held_;
    size_t now = in_flight_->bytes_.load(std::memory_order_relaxed);
    do {
      if (now + more > in_flight_->max_bytes_ && now > held_) return false;
    } while (!in_flight_->bytes_.compare_exchange_weak(now, now + more, std::memory_order_relaxed));
    held_ = total;
    return true;
  }

 private:
  InFlight* in_flight_;
  size_t held_ = 0;
};

}  // namespace pagepulse
