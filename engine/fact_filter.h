#pragma once

// Whether a fact may have been seen before. Most have not, and to ask the store costs a look into
// the filter of each of its runs, which are many while history is loaded, and now and then a read.
// This costs one cache miss, which can be started early.
//
// A store that is opened with facts in it has no filter yet: until one has been made of its keys,
// which begins once it has been missed often enough, every fact may have been seen.

#include <atomic>
#include <cstddef>
#include <thread>

#include "base/hash.h"
#include "engine/fingerprint_set.h"
#include "storage/database.h"

namespace pagepulse {

// One thread, the sequencer's; makes one of its own to read the store.
class FactFilter {
 public:
  explicit FactFilter(const Database& db);
  ~FactFilter();

  void Touch(Hash128 fact) const { seen_.Touch(fact); }
  // False: certainly not in the store, nor added here.
  bool MayContain(Hash128 fact);
  void Add(Hash128 fact) { seen_.Add(fact); }

 private:
  void ReadStore();

  const Database& db_;
  FingerprintSet seen_;    // since this was made
  FingerprintSet stored_;  // before; the reading thread's until ready_
  std::atomic<bool> ready_, stop_{false};
  size_t asked_ = 0;  // in vain
  std::thread reader_;
};

}  // namespace pagepulse
