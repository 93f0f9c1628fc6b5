#pragma once

// Whether a fact may have been seen before. Most have not, and to ask the store costs a microsecond
// each; this costs a cache miss that can be started early. Blocked Bloom filters (Putze, Sanders,
// Singler 2007): a fact sets kBits bits of one cache line, at 12 bits a fact, so that some 1 % of
// those never seen are taken for seen; 1.5 to 3 bytes a fact.
//
// A store that is opened with facts in it has no filter yet: until one has been made of its keys,
// which begins once it has been missed often enough, every fact may have been seen.

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "storage/database.h"

namespace pagepulse {

// Any number of facts: when a filter is full, another of twice its size follows.
class GrowingBloom {
 public:
  void Prefetch(Hash128 fact) const;
  bool MayContain(Hash128 fact) const;
  void Add(Hash128 fact);

 private:
  struct alignas(64) Line {
    uint64_t words[8] = {};
  };
  struct Filter {
    std::vector<Line> lines;
    size_t room = 0;  // facts until it is full
  };
  // The bits of a fact in its line: one in each of the words.
  static Line BitsOf(Hash128 fact);
  static size_t LineOf(const Filter& filter, Hash128 fact);

  std::vector<Filter> filters_;
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
