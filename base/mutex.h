#pragma once

// A mutex whose holders can wait for a condition: Abseil's words over std::mutex. Distributions
// build Abseil without ThreadSanitizer, which then cannot see what its Mutex orders; it sees this
// one.

#include <array>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"

namespace pagepulse {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  // Wakes whose condition holds now, and nobody else: a thread woken in vain costs as much as some
  // hundred unlocks.
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    const Seats ready = Ready();
    mutex_.unlock();
    Wake(ready);
  }

  // Lets go of the mutex until `holds` is true; it is asked under the mutex, by any thread that
  // unlocks it or begins to wait. What `holds` reads must change under the mutex, or be followed by
  // a lock of it.
  template <typename Condition>
  void Await(Condition holds) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    Wait(holds, [](std::condition_variable& changed, auto& lock, auto now) {
      changed.wait(lock, now);
      return true;
    });
  }
  // The same, but gives up after a while; whether it held.
  template <typename Condition>
  bool AwaitFor(std::chrono::milliseconds timeout, Condition holds)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    return Wait(holds, [&](std::condition_variable& changed, auto& lock, auto now) {
      return changed.wait_for(lock, timeout, now);
    });
  }

 private:
  // Where those who wait sleep: each in a seat of its own while there are enough.
  static constexpr unsigned kSeats = 4;
  using Seats = unsigned;  // a bit each

  struct Waiter {
    bool (*holds)(void*);
    void* condition;
    unsigned seat;
    Waiter* next;
    bool woken = false;
  };

  template <typename Condition, typename WaitOn>
  bool Wait(Condition& holds, WaitOn wait_on) {
    if (holds()) return true;
    Wake(Ready());
    Waiter waiter = {[](void* condition) { return (*static_cast<Condition*>(condition))(); },
                     &holds, FreeSeat(), waiters_};
    waiters_ = &waiter;
    const auto now = [&] {
      waiter.woken = false;
      return holds();
    };
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    const bool held = wait_on(seats_[waiter.seat], lock, now);
    lock.release();
    Waiter** link = &waiters_;
    while (*link != &waiter) link = &(*link)->next;
    *link = waiter.next;
    return held;
  }

  unsigned FreeSeat() const {
    Seats taken = 0;
    for (const Waiter* waiter = waiters_; waiter != nullptr; waiter = waiter->next) {
      taken |= 1u << waiter->seat;
    }
    return static_cast<unsigned>(std::countr_one(taken)) % kSeats;
  }
  Seats Ready() {
    Seats ready = 0;
    for (Waiter* waiter = waiters_; waiter != nullptr; waiter = waiter->next) {
      if (waiter->woken || !waiter->holds(waiter->condition)) continue;
      waiter->woken = true;
      ready |= 1u << waiter->seat;
    }
    return ready;
  }
  void Wake(Seats ready) {
    for (unsigned seat = 0; ready != 0; ++seat, ready >>= 1) {
      if (ready & 1) seats_[seat].notify_all();
    }
  }

  std::mutex mutex_;
  std::array<std::condition_variable, kSeats> seats_;
  Waiter* waiters_ = nullptr;  // guarded by mutex_
};

class ABSL_SCOPED_LOCKABLE [[nodiscard]] MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* mutex_;
};

}  // namespace pagepulse
