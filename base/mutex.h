#pragma once

// A mutex whose holders can wait for a condition: Abseil's words over std::mutex. Distributions
// build Abseil without ThreadSanitizer, which then cannot see what its Mutex orders; it sees this
// one.

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"

namespace pagepulse {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    const bool wake = waiting_ > 0;
    mutex_.unlock();
    if (wake) changed_.notify_all();
  }

  // Lets go of the mutex until `holds` is true; it is asked under the mutex, each time somebody
  // unlocks it. What `holds` reads must change under the mutex, or be followed by a lock of it.
  template <typename Condition>
  void Await(Condition holds) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    Wait([&](auto& lock) { changed_.wait(lock, holds); });
  }
  // The same, but gives up after a while; whether it held.
  template <typename Condition>
  bool AwaitFor(std::chrono::milliseconds timeout, Condition holds)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    bool held = false;
    Wait([&](auto& lock) { held = changed_.wait_for(lock, timeout, holds); });
    return held;
  }

 private:
  template <typename WaitOn>
  void Wait(WaitOn wait_on) {
    ++waiting_;
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    wait_on(lock);
    lock.release();
    --waiting_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;  // guarded by mutex_
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
