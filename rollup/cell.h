#pragma once

// A bucket while deltas are poured into it: counters and the two sets of people.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "model/metric.h"
#include "rollup/delta.h"
#include "rollup/row.h"
#include "sketch/distinct_set.h"
#include "sketch/set_codec.h"

namespace pagepulse {

class CounterSums {
 public:
  void Add(CounterId counter, int64_t value) {
    if (counter < kDirect) {
      sums_[counter] += value;
      used_ |= uint64_t{1} << counter;
    } else {
      AddFar(counter, value);
    }
  }

  // Calls fn(counter, sum) in ascending order of counters.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    for (uint64_t rest = used_; rest != 0; rest &= rest - 1) {
      const auto counter = static_cast<CounterId>(std::countr_zero(rest));
      fn(counter, sums_[counter]);
    }
    for (const auto& [counter, sum] : far_) fn(counter, sum);
  }

  void Clear() {
    for (; used_ != 0; used_ &= used_ - 1) sums_[static_cast<size_t>(std::countr_zero(used_))] = 0;
    far_.clear();
  }

 private:
  static constexpr CounterId kDirect = 64;  // every built-in counter and the first custom types

  void AddFar(CounterId counter, int64_t value) {
    const auto at = std::lower_bound(far_.begin(), far_.end(), std::pair(counter, INT64_MIN));
    if (at != far_.end() && at->first == counter) {
      at->second += value;
    } else {
      far_.insert(at, {counter, value});
    }
  }

  std::array<int64_t, kDirect> sums_{};
  uint64_t used_ = 0;
  std::vector<std::pair<CounterId, int64_t>> far_;  // ascending
};

// Collects actors in any order; sorts or sketches them when the bucket is over. Most buckets hold
// one or two people, so those never pass through a DistinctSet.
class PeopleCell {
 public:
  explicit PeopleCell(SketchShape shape) : shape_(shape), set_(shape) {}

  void Add(uint64_t actor) { pending_.push_back(actor); }

  // Ends the bucket: writes its people into the row, adds them to a wider bucket where there is
  // one, and forgets them.
  void Finish(People which, RowBuilder* row, PeopleCell* wider) {
    if (set_.empty()) {
      if (pending_.empty()) return;
      if (pending_.size() <= shape_.max_exact) return FinishSmall(which, row, wider);
    }
    FinishLarge(which, row, wider);
  }

 private:
  void FinishSmall(People which, RowBuilder* row, PeopleCell* wider) {
    if (pending_.size() > 1) pending_.resize(SortUnique(pending_.data(), pending_.size()));
    row->AddPeople(which, pending_);
    if (wider != nullptr) wider->Add(pending_);
    pending_.clear();
  }

  void FinishLarge(People which, RowBuilder* row, PeopleCell* wider) {
    Sketch();
    row->AddPeople(which, set_);
    if (wider != nullptr) {
      if (set_.exact()) {
        wider->Add(set_.members());
      } else {
        wider->set_.Merge(set_);
      }
    }
    set_.Clear();
  }

  void Add(absl::Span<const uint64_t> actors) {
    pending_.insert(pending_.end(), actors.begin(), actors.end());
    // So that a long month does not hold a copy of all its days.
    if (pending_.size() > size_t{4} * shape_.max_exact) Sketch();
  }

  void Sketch() {
    set_.AddAll(pending_.data(), pending_.size());
    pending_.clear();
  }

  SketchShape shape_;
  std::vector<uint64_t> pending_;
  DistinctSet set_;
};

class Cell {
 public:
  explicit Cell(SketchShape shape) : reach_(shape), engaged_(shape) {}

  void Add(const Change& change) {
    counters_.Add(change.counter(), change.value());
    if (change.reach()) reach_.Add(change.actor());
    if (change.engaged()) engaged_.Add(change.actor());
  }

  // Ends the bucket: writes it into the row, adds it to a wider bucket where there is one, and
  // empties it.
  void Finish(uint32_t slot, RowBuilder* row, Cell* wider) {
    row->StartCell(slot);
    counters_.ForEach([&](CounterId counter, int64_t sum) {
      row->AddCounter(counter, sum);
      if (wider != nullptr) wider->counters_.Add(counter, sum);
    });
    counters_.Clear();
    reach_.Finish(People::kReach, row, wider == nullptr ? nullptr : &wider->reach_);
    engaged_.Finish(People::kEngaged, row, wider == nullptr ? nullptr : &wider->engaged_);
  }

 private:
  CounterSums counters_;
  PeopleCell reach_, engaged_;
};

}  // namespace pagepulse
