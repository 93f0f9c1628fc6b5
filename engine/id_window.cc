#include "engine/id_window.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/prefetch.h"

namespace pagepulse {
namespace {

constexpr int kMaxWindowHours = 200;
// Generations are at most a sixteenth of what may be remembered, so that max_ids forces out little
// at a time, even where one busy hour brought all there is.
constexpr uint64_t kGenerationsAtMost = 16;
constexpr size_t kAtOnce = 128;  // looks that overlap
constexpr int kSpareTags = 32, kSweepsAtOnce = 8;

}  // namespace

IdWindow::IdWindow(const Options& options)
    : options_{std::max<uint64_t>(options.max_ids, 1),
               std::clamp(options.window_hours, 0, kMaxWindowHours)},
      generation_ids_(std::max<uint64_t>(options_.max_ids / kGenerationsAtMost, 1)) {
  shards_.reserve(size_t{1} << kShardBits);
  for (int i = 0; i < 1 << kShardBits; ++i) {
    shards_.push_back({IdTable(kShardBits), 0});
    memory_bytes_ += shards_.back().table.bytes();
  }
}

bool IdWindow::Contains(uint64_t fingerprint) const {
  const auto [bucket, slot] = ShardOf(fingerprint).table.Find(fingerprint);
  return slot >= 0 && live_[bucket->tags[slot]] != 0;
}

void IdWindow::Find(absl::Span<const uint64_t> fingerprints, Place* places) const {
  std::array<uint8_t, kAtOnce> open;  // those that a full bucket sends on to the next
  for (; !fingerprints.empty(); places += kAtOnce) {
    const absl::Span<const uint64_t> ids = fingerprints.subspan(0, kAtOnce);
    fingerprints.remove_prefix(ids.size());
    for (size_t i = 0; i < ids.size(); ++i) {
      places[i].bucket = ShardOf(ids[i]).table.HomeOf(ids[i]);
      open[i] = static_cast<uint8_t>(i);
    }
    // By themselves, so that more of them fit into what the core looks ahead at.
    for (size_t i = 0; i < ids.size(); ++i) Touch(places[i].bucket);
    for (size_t left = ids.size(); left > 0;) {
      const size_t looks = std::exchange(left, 0);
      for (size_t n = 0; n < looks; ++n) {
        const uint8_t i = open[n];
        IdTable::Bucket* const bucket = places[i].bucket;
        const unsigned match = bucket->Match(ids[i]);
        const bool known = match != 0 && live_[bucket->tags[std::countr_zero(match)]] != 0;
        places[i] = {match == 0 ? bucket : nullptr, rebuilds_, bucket->used, known};
        open[left] = i;
        left += match == 0 && bucket->full();
      }
      for (size_t n = 0; n < left; ++n) {
        IdTable::Bucket** const bucket = &places[open[n]].bucket;
        *bucket = ShardOf(ids[open[n]]).table.Next(*bucket);
        Touch(*bucket);
      }
    }
  }
}

std::optional<uint32_t> IdWindow::HourOf(uint64_t fingerprint) const {
  const auto [bucket, slot] = ShardOf(fingerprint).table.Find(fingerprint);
  if (slot < 0 || live_[bucket->tags[slot]] == 0) return std::nullopt;
  return generations_[bucket->tags[slot]].hour;
}

bool IdWindow::Remove(uint64_t fingerprint, uint32_t hour) {
  const auto [bucket, slot] = ShardOf(fingerprint).table.Find(fingerprint);
  if (slot < 0 || live_[bucket->tags[slot]] == 0) return false;
  Generation& generation = generations_[bucket->tags[slot]];
  if (generation.hour != hour) return false;
  bucket->tags[slot] = 0;
  --generation.ids;
  size_.store(size() - 1, std::memory_order_relaxed);
  return true;
}

bool IdWindow::Insert(uint64_t fingerprint, uint32_t hour, const Place& found) {
  if (hour > newest_hour_) AdvanceTo(hour);
  Shard& shard = shards_[fingerprint >> (64 - kShardBits)];
  if (shard.table.full()) Rebuild(&shard);
  auto place = Stands(found) ? std::pair(found.bucket, -1) : shard.table.Find(fingerprint);
  if (place.second >= 0 && live_[place.first->tags[place.second]] != 0) return false;

  if (size() >= options_.max_ids) EvictOldest();
  const uint32_t clamped = std::max(hour, first_hour_);
  if (open_tag_ == 0 || !HasRoom(open_tag_, clamped)) {
    OpenGeneration(clamped);
    place = shard.table.Find(fingerprint);  // the shard may have been rebuilt
  }
  if (place.second >= 0) {
    place.first->tags[place.second] = open_tag_;  // it was there and had been forgotten
  } else {
    shard.table.Put(place.first, fingerprint, open_tag_);
  }
  ++generations_[open_tag_].ids;
  size_.store(size() + 1, std::memory_order_relaxed);
  return true;
}

void IdWindow::Expect(uint64_t ids) {
  expected_ = std::min(ids, options_.max_ids - std::min(size(), options_.max_ids));
}

void IdWindow::AdvanceTo(uint32_t hour) {
  if (hour <= newest_hour_) return;
  newest_hour_ = hour;
  expected_ = 0;  // who still expects some will say so again
  const uint32_t window = static_cast<uint32_t>(options_.window_hours);
  first_hour_ = hour > window ? hour - window : 0;
  while (!order_.empty() && order_.begin()->first < first_hour_) Retire(order_.begin()->second);
  oldest_hour_.store(std::max(oldest_hour(), first_hour_), std::memory_order_relaxed);
  NoteOldestKept();
}

void IdWindow::NoteOldestKept() {
  oldest_kept_hour_.store(order_.empty() ? first_hour_ : order_.begin()->first,
                          std::memory_order_relaxed);
}

// A full generation of a busy hour is followed by another.
bool IdWindow::HasRoom(uint8_t tag, uint32_t hour) const {
  return generations_[tag].hour == hour && generations_[tag].ids < generation_ids_;
}

void IdWindow::OpenGeneration(uint32_t hour) {
  for (auto [it, end] = order_.equal_range(hour); it != end; ++it) {
    open_tag_ = it->second;
    if (HasRoom(open_tag_, hour)) return;
  }
  FreeTags();
  open_tag_ = 1;
  while (generations_[open_tag_].state != Generation::kFree) ++open_tag_;
  generations_[open_tag_] = {Generation::kLive, hour, 0, 0};
  live_[open_tag_] = 1;
  order_.emplace(hour, open_tag_);
  NoteOldestKept();
}

void IdWindow::Retire(uint8_t tag) {
  Generation& generation = generations_[tag];
  for (auto [it, end] = order_.equal_range(generation.hour); it != end; ++it) {
    if (it->second != tag) continue;
    order_.erase(it);
    break;
  }
  size_.store(size() - generation.ids, std::memory_order_relaxed);
  generation.state = Generation::kDead;
  generation.died = ++death_;
  live_[tag] = 0;
  if (open_tag_ == tag) open_tag_ = 0;
}

// Makes room for a thirty-second part of max_ids, so that few generations are started and ended
// even where ids of old hours arrive at a full window.
void IdWindow::EvictOldest() {
  const uint64_t target = options_.max_ids - std::max<uint64_t>(options_.max_ids / 32, 1);
  while (size() > target) {
    const auto [hour, tag] = *order_.begin();
    Retire(tag);
    oldest_hour_.store(std::max(oldest_hour(), hour + 1), std::memory_order_relaxed);
  }
  NoteOldestKept();
}

// A dead tag is free once every shard has been rebuilt after its death. Shards that fill up are
// rebuilt anyway; some others are swept here, and all that must be where no tag is left. At most
// 201 hours and 16 full generations are live, so tags are left then.
void IdWindow::FreeTags() {
  int free = 0;
  const auto collect = [&] {
    uint64_t swept = death_;
    for (const Shard& shard : shards_) swept = std::min(swept, shard.swept_at);
    free = 0;
    for (int tag = 1; tag < kTags; ++tag) {
      Generation& generation = generations_[tag];
      if (generation.state == Generation::kDead && generation.died <= swept) {
        generation.state = Generation::kFree;
      }
      free += generation.state == Generation::kFree;
    }
  };
  const auto sweep_next = [&] {
    Shard& shard = shards_[next_sweep_];
    next_sweep_ = (next_sweep_ + 1) % shards_.size();
    if (shard.swept_at < death_) Rebuild(&shard);
  };
  collect();
  if (free >= kSpareTags) return;
  for (int i = 0; i < kSweepsAtOnce; ++i) sweep_next();
  collect();
  if (free > 0) return;
  for (size_t i = 0; i < shards_.size(); ++i) sweep_next();
  collect();
}

void IdWindow::Rebuild(Shard* shard) {
  const uint64_t before = shard->table.bytes();
  // One that is only swept stays as large as it need be.
  shard->table.Rebuild(live_, shard->table.full() ? expected_ >> kShardBits : 0);
  shard->swept_at = death_;
  ++rebuilds_;
  memory_bytes_.fetch_add(shard->table.bytes() - before, std::memory_order_relaxed);
}

}  // namespace pagepulse
