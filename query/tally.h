#pragma once

// What a scan adds up: for each group and bucket the wanted counters and sets of people. Dense in
// buckets, grown by groups. One thread at a time.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "query/data_source.h"
#include "query/metric_table.h"
#include "rollup/delta.h"
#include "rollup/row.h"
#include "rollup/row_key.h"
#include "sketch/distinct_set.h"

namespace pagepulse {

class Tally {
 public:
  struct Options {
    Scope scope = Scope::kPage;
    bool by_page = false, by_member = false;  // what tells groups apart
    size_t buckets = 1;                       // of all ranges together
  };
  // A part that does not tell groups apart is 0.
  struct GroupKey {
    uint32_t page = 0, member = 0;
  };

  Tally(const Options& options, const MetricTable* table);  // *table outlives this

  // Makes sure that the group is there. INVALID_ARGUMENT `too_large` above 512 MiB, as below.
  absl::Status AddGroup(GroupKey key);
  // slots: as LevelPlan::FillSlots; `first_bucket` is added to what it says. shape: of the row's
  // sets.
  absl::Status AddRow(GroupKey key, std::string_view row, SketchShape shape,
                      const std::vector<int32_t>& slots, size_t first_bucket);
  // Those that may change an answer, by their counter or people, into *out, which has room for all;
  // returns how many.
  size_t KeepWanted(DeltaBatch batch, const Delta** out) const;
  struct Placed {
    const Delta* delta;
    uint32_t member, bucket;
  };
  absl::Status AddDeltas(absl::Span<const Placed> deltas);

  size_t groups() const { return keys_.size(); }
  const GroupKey& key(size_t group) const { return keys_[group]; }
  // One for each of MetricTable::counters.
  const int64_t* counters(size_t group, size_t bucket) const {
    return counters_.data() + (group * options_.buckets + bucket) * width_;
  }
  const DistinctSet* people(size_t group, size_t bucket, People which) const;  // null: nobody

 private:
  absl::Status FindGroup(GroupKey key, size_t* group);
  DistinctSet* PeopleOf(size_t group, size_t bucket, People which);
  void ChargeDense(bool was_exact, const DistinctSet& set);
  // Where a counter is among those wanted, -1: it is not.
  int16_t PositionOf(CounterId counter) const {
    return position_[std::min<size_t>(counter, position_.size() - 1)];
  }
  absl::Status CheckMemory() const;

  const Options options_;
  const MetricTable* const table_;
  const size_t width_;
  uint64_t wanted_flags_ = 0;      // of deltas, for the people that are wanted
  std::vector<int16_t> position_;  // by CounterId, up to one above the last that is wanted
  absl::flat_hash_map<uint64_t, uint32_t> index_;
  uint64_t last_key_ = ~0ull;
  size_t last_group_ = 0;
  std::vector<GroupKey> keys_;
  std::vector<int64_t> counters_;
  // By People, as `counters_`: the set's number plus 1, 0: none. Only what is wanted.
  std::vector<uint32_t> set_of_[2];
  std::vector<std::unique_ptr<DistinctSet>> sets_;
  size_t set_bytes_ = 0;
};

}  // namespace pagepulse
