#pragma once

// The facts of a stretch, in the order in which they were met. The sequencer alone changes it; a
// sealed stretch's may be read by several.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "engine/fact_history.h"
#include "engine/hash_index.h"

namespace pagepulse {

struct Fact {
  Hash128 identity = 0;
  FactHistory history;
  bool changed = false;  // and so must be written by the checkpoint
};

class FactTable {
 public:
  size_t size() const { return facts_.size(); }
  std::vector<Fact>::const_iterator begin() const { return facts_.begin(); }
  std::vector<Fact>::const_iterator end() const { return facts_.end(); }

  // Room for so many more, during which facts stay where they are.
  void ReserveMore(size_t more) {
    const size_t size = facts_.size() + more;
    if (size > facts_.capacity()) facts_.reserve(std::max(size, 2 * facts_.capacity()));
    index_.Reserve(size);
  }
  void Clear() { *this = FactTable(); }

  void Touch(Hash128 identity) const { index_.Touch(identity); }
  const Fact* Find(Hash128 identity) const {
    const uint32_t number = index_.Find(identity);
    return number == 0 ? nullptr : &facts_[number - 1];
  }
  // The fact, and whether it is new.
  std::pair<Fact*, bool> FindOrAdd(Hash128 identity) {
    const uint32_t number = index_.Find(identity);
    if (number != 0) return {&facts_[number - 1], false};
    Fact& fact = facts_.emplace_back();
    fact.identity = identity;
    index_.Add(identity, static_cast<uint32_t>(facts_.size()));
    return {&fact, true};
  }

 private:
  std::vector<Fact> facts_;
  HashIndex index_;
};

}  // namespace pagepulse
