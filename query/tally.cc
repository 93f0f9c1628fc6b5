#include "query/tally.h"

#include <utility>

#include "base/error.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxBytes = 512 << 20;
constexpr size_t kSmallSetBytes = 256;  // a set with its members, while exact: a rough mean

constexpr uint64_t Packed(Tally::GroupKey key) {
  return static_cast<uint64_t>(key.page) << 32 | key.member;
}

constexpr uint64_t FlagOf(People which) {
  return which == People::kReach ? Delta::kReach : Delta::kEngaged;
}

}  // namespace

Tally::Tally(const Options& options, const MetricTable* table)
    : options_(options), table_(table), width_(table->counters.size()) {
  for (const People which : {People::kReach, People::kEngaged}) {
    if (table->wants[static_cast<int>(which)]) wanted_flags_ |= FlagOf(which);
  }
  position_.assign(width_ == 0 ? 1 : table->counters.back() + size_t{2}, -1);
  for (size_t i = 0; i < width_; ++i) {
    position_[table->counters[i]] = static_cast<int16_t>(i);
  }
}

absl::Status Tally::CheckMemory() const {
  const size_t cells = counters_.size() * sizeof(int64_t) +
                       (set_of_[0].size() + set_of_[1].size()) * sizeof(uint32_t);
  if (cells + set_bytes_ <= kMaxBytes) return absl::OkStatus();
  return MakeError(absl::StatusCode::kInvalidArgument, "too_large",
                   "the answer has more groups and buckets than fit in memory",
                   "ask for a coarser step, a shorter range or fewer groupings");
}

absl::Status Tally::FindGroup(GroupKey key, size_t* group) {
  if (!options_.by_page) key.page = 0;
  if (!options_.by_member) key.member = 0;
  const uint64_t packed = Packed(key);
  if (packed != last_key_) {
    const auto [it, is_new] = index_.try_emplace(packed, static_cast<uint32_t>(keys_.size()));
    if (is_new) {
      keys_.push_back(key);
      counters_.resize(keys_.size() * options_.buckets * width_);
      for (int which = 0; which < 2; ++which) {
        if (table_->wants[which]) set_of_[which].resize(keys_.size() * options_.buckets);
      }
      RETURN_IF_ERROR(CheckMemory());
    }
    last_key_ = packed;
    last_group_ = it->second;
  }
  *group = last_group_;
  return absl::OkStatus();
}

absl::Status Tally::AddGroup(GroupKey key) {
  size_t group;
  return FindGroup(key, &group);
}

DistinctSet* Tally::PeopleOf(size_t group, size_t bucket, People which) {
  uint32_t& set = set_of_[static_cast<int>(which)][group * options_.buckets + bucket];
  if (set == 0) {
    sets_.push_back(std::make_unique<DistinctSet>(ShapeOf(options_.scope)));
    set = static_cast<uint32_t>(sets_.size());
    set_bytes_ += kSmallSetBytes;
  }
  return sets_[set - 1].get();
}

const DistinctSet* Tally::people(size_t group, size_t bucket, People which) const {
  const std::vector<uint32_t>& sets = set_of_[static_cast<int>(which)];
  if (sets.empty()) return nullptr;
  const uint32_t set = sets[group * options_.buckets + bucket];
  return set == 0 || sets_[set - 1]->empty() ? nullptr : sets_[set - 1].get();
}

void Tally::ChargeDense(bool was_exact, const DistinctSet& set) {
  if (was_exact && !set.exact()) set_bytes_ += size_t{1} << ShapeOf(options_.scope).precision;
}

absl::Status Tally::AddRow(GroupKey key, std::string_view row, SketchShape shape,
                           const std::vector<int32_t>& slots, size_t first_bucket) {
  size_t group;
  RETURN_IF_ERROR(FindGroup(key, &group));
  ASSIGN_OR_RETURN(const RowView view, RowView::Open(row));
  const auto bucket_of = [&](uint32_t slot) { return slot < slots.size() ? slots[slot] : -1; };

  if (width_ > 0) {
    int64_t* const cells = counters_.data() + (group * options_.buckets + first_bucket) * width_;
    const auto on_counter = [&](uint32_t slot, CounterId counter, int64_t value) {
      const int16_t position = PositionOf(counter);
      const int32_t bucket = position < 0 ? -1 : bucket_of(slot);
      if (bucket >= 0) cells[bucket * width_ + position] += value;
    };
    RETURN_IF_ERROR(view.VisitCounters(on_counter));
  }

  if (!table_->wants[0] && !table_->wants[1]) return absl::OkStatus();
  absl::Status status;
  const auto on_people = [&](uint32_t slot, People which, std::string_view encoded) {
    const int32_t bucket = bucket_of(slot);
    if (bucket < 0 || !table_->wants[static_cast<int>(which)] || !status.ok()) return;
    DistinctSet* const set = PeopleOf(group, first_bucket + bucket, which);
    const bool was_exact = set->exact();
    status = set->MergeEncoded(encoded, shape);
    ChargeDense(was_exact, *set);
  };
  RETURN_IF_ERROR(view.VisitPeople(on_people));
  RETURN_IF_ERROR(status);
  return CheckMemory();
}

size_t Tally::KeepWanted(DeltaBatch batch, const Delta** out) const {
  // What is reported may be told of a group because something, no matter what, happened in it.
  if (table_->reports > 0) return std::copy(batch.begin(), batch.end(), out) - out;
  size_t n = 0;
  for (const Delta* const delta : batch) {
    out[n] = delta;  // no branch: in a stream one is like another to a processor's guess
    n += size_t{PositionOf(delta->counter) >= 0} |
         size_t{(delta->actor_and_flags & wanted_flags_) != 0};
  }
  return n;
}

absl::Status Tally::AddDeltas(absl::Span<const Placed> deltas) {
  const size_t set_bytes = set_bytes_;
  size_t cell = ~size_t{0};  // of the delta before, and what it holds
  int64_t* counters = nullptr;
  DistinctSet* sets[2] = {};
  for (const Placed& placed : deltas) {
    const Delta& delta = *placed.delta;
    size_t group;
    RETURN_IF_ERROR(FindGroup({delta.page, placed.member}, &group));
    if (group * options_.buckets + placed.bucket != cell) {
      cell = group * options_.buckets + placed.bucket;
      counters = counters_.data() + cell * width_;
      sets[0] = sets[1] = nullptr;
    }
    const int16_t position = PositionOf(delta.counter);
    if (position >= 0) counters[position] += delta.value();
    const uint64_t people = delta.actor_and_flags & wanted_flags_;
    for (const People which : {People::kReach, People::kEngaged}) {
      if ((people & FlagOf(which)) == 0) continue;
      DistinctSet*& set = sets[static_cast<int>(which)];
      if (set == nullptr) set = PeopleOf(group, placed.bucket, which);
      const bool was_exact = set->exact();
      set->Add(delta.actor());
      if (was_exact) ChargeDense(was_exact, *set);
    }
  }
  return set_bytes_ == set_bytes ? absl::OkStatus() : CheckMemory();
}

}  // namespace pagepulse
