#pragma once

// The last kDeadLetters rejected lines: position, code and length, for `pagepulse inspect`. Their
// bytes only where the operator opted in. Thread-safe.

#include <cstdint>
#include <vector>

#include "base/mutex.h"
#include "engine/journal.h"

namespace pagepulse {

class DeadLetters {
 public:
  // The running number of the next one; it never goes back.
  uint64_t count() const {
    MutexLock lock(&mutex_);
    return count_;
  }
  // What the journal says at opening: how many there were, ever, and the n-th place's letter.
  void Restore(uint64_t count) {
    MutexLock lock(&mutex_);
    count_ = count;
  }
  void RestorePlace(uint32_t place, DeadLetter letter) {
    MutexLock lock(&mutex_);
    Put(place, std::move(letter));
  }
  void Add(DeadLetter letter) {
    MutexLock lock(&mutex_);
    Put(count_++ % kDeadLetters, std::move(letter));
  }
  std::vector<DeadLetter> OldestFirst() const {
    MutexLock lock(&mutex_);
    std::vector<DeadLetter> letters;
    for (uint64_t n = count_ > kDeadLetters ? count_ - kDeadLetters : 0; n < count_; ++n) {
      if (n % kDeadLetters < places_.size()) letters.push_back(places_[n % kDeadLetters]);
    }
    return letters;
  }

 private:
  void Put(size_t place, DeadLetter letter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (places_.size() <= place) places_.resize(place + 1);
    places_[place] = std::move(letter);
  }

  mutable Mutex mutex_;
  uint64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<DeadLetter> places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pagepulse
