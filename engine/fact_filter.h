#pragma once

// Whether a fact may have been seen before. Most have not, and to ask the store costs a microsecond
// each; this costs a few cache misses that can be started early, and 1.5 to 3 bytes a fact.
//
// A store that is opened with facts in it has no filter yet: until one has been made of its keys,
// which begins once it has been missed often enough, every fact may have been seen.

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "engine/blocked_bloom.h"
#include "storage/database.h"

namespace pagepulse {

// Any number of facts: when a filter is full, another of twice its size follows.
class GrowingBloom {
 public:
  void Prefetch(Hash128 fact) const;
  bool MayContain(Hash128 fact) const;
  void Add(Hash128 fact);

 private:
  std::vector<BlockedBloom> filters_;
  size_t room_ = 0;  // facts until the last one is full
};

// One thread, the sequencer's; makes one of its own to read the store.
class FactFilter {
 public:
  explicit FactFilter(const Database& db);
  ~FactFilter();

  void Prefetch(Hash128 fact) const { seen_.Prefetch(fact); }
  // False: certainly not in the store, nor added here.
  bool MayContain(Hash128 fact);
  void Add(Hash128 fact) { seen_.Add(fact); }

 private:
  void ReadStore();

  const Database& db_;
  GrowingBloom seen_;    // since this was made
  GrowingBloom stored_;  // before; the reading thread's until ready_
  std::atomic<bool> ready_, stop_{false};
  size_t asked_ = 0;  // in vain
  std::thread reader_;
};

}  // namespace pagepulse
