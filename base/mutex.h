#pragma once

// A mutex whose holders can wait for a condition: Abseil's words over std::mutex. Distributions
// build Abseil without ThreadSanitizer, which then cannot see what its Mutex orders; it sees this
// one.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"

namespace pagepulse {

class ABSL_LOCKABLE Mutex {
 public:
  // Asked under the mutex, by any thread that unlocks it or begins to wait. What it reads must
  // change under the mutex, or be followed by a lock of it.
  using Condition = absl::FunctionRef<bool()>;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    WakeReady();
    mutex_.unlock();
  }

  // Lets go of the mutex until `holds` is true.
  void Await(Condition holds) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) { Wait(holds, std::nullopt); }
  // The same, but gives up after a while; whether it held.
  bool AwaitFor(std::chrono::milliseconds timeout, Condition holds)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    return Wait(holds, timeout);
  }

 private:
  struct Waiter {
    Condition holds;
    std::condition_variable changed;
    bool woken = false;  // since it last looked
  };

  bool Wait(Condition holds, std::optional<std::chrono::milliseconds> timeout) {
    if (holds()) return true;
    WakeReady();
    Waiter self = {.holds = holds};
    waiters_.push_back(&self);
    const auto look = [&self] {
      self.woken = false;
      return self.holds();
    };
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    bool held = true;
    if (timeout) {
      held = self.changed.wait_for(lock, *timeout, look);
    } else {
      self.changed.wait(lock, look);
    }
    lock.release();
    std::erase(waiters_, &self);
    return held;
  }

  // Wakes whose condition holds now, and nobody else: a thread woken in vain costs as much as some
  // hundred unlocks. Under the mutex: once it is let go, who was woken may leave with its Waiter.
  void WakeReady() {
    for (Waiter* waiter : waiters_) {
      if (waiter->woken || !waiter->holds()) continue;
      waiter->woken = true;
      waiter->changed.notify_one();
    }
  }

  std::mutex mutex_;
  std::vector<Waiter*> waiters_;  // guarded by mutex_
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
