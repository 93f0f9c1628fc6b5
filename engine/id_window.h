#pragma once

// The event ids of the last 48 hours, as keyed 64-bit fingerprints. See docs/exactly_once.md for
// the risk of a false duplicate and the memory. One thread at a time; size() and the other
// read-outs are safe from any thread.
//
// The table is cut into shards that grow one by one, so that a pause is short. A slot carries the
// tag of a generation, which is an arrival hour or a part of a busy one; to forget an hour is to
// mark its tags as dead, and the slots that carry them are dropped when their shard is next
// rebuilt. A tag is given again only when no shard can hold it any more.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "engine/id_table.h"

namespace pagepulse {

class IdWindow {
 public:
  struct Options {
    uint64_t max_ids = 200'000'000;
    int32_t window_hours = 48;  // remembered at least that long after arrival; at most 200
  };
  explicit IdWindow(const Options& options);
  IdWindow(const IdWindow&) = delete;
  IdWindow& operator=(const IdWindow&) = delete;

  // What a look at an id found: whether it was there, and where it would go.
  struct Place {
    IdTable::Bucket* bucket = nullptr;  // nullptr: it was not looked at, or was there and forgotten
    uint32_t rebuilds = 0;              // the window's when it was looked at
    uint8_t used = 0;                   // the bucket's slots then
    bool known = false;
  };
  // Looks at many ids at once, so that their memory accesses overlap: one by one each costs a cache
  // miss, and a mispredicted branch that keeps the next from starting. places has room for all.
  void Find(absl::Span<const uint64_t> fingerprints, Place* places) const;

  bool Contains(uint64_t fingerprint) const;
  // The same of an id that was not there when Find looked: without an access of memory unless
  // another came into its bucket since.
  bool Contains(uint64_t fingerprint, const Place& place) const {
    return !Stands(place) && Contains(fingerprint);
  }
  // False if it is there already (its hour is then left as it was). hour: hours since the epoch of
  // the arrival. Hours may come in any order, as on restart: a later one than any before advances
  // the window, and one from before the window is taken for the window's first hour, so that a
  // clock that is set back loses nothing.
  bool Insert(uint64_t fingerprint, uint32_t hour) { return Insert(fingerprint, hour, {}); }
  // place: as for Contains; of what Find found there, {}.
  bool Insert(uint64_t fingerprint, uint32_t hour, const Place& place);
  // The hour under which the id was claimed; nullopt where it is not there.
  std::optional<uint32_t> HourOf(uint64_t fingerprint) const;
  // Forgets an id that was claimed in this hour; false where it is not there, or was claimed anew
  // since. Its memory is reclaimed as that of a forgotten hour.
  bool Remove(uint64_t fingerprint, uint32_t hour);
  // About as many more ids will come within the hour: what must grow anyway takes the room for them
  // at once, instead of moving from one table to the next. A guess that is too high costs memory,
  // at most that of max_ids.
  void Expect(uint64_t ids);
  // Forgets what arrived before the window that ends now. Cheap: the memory is reclaimed when a
  // part of the table next fills up, but Contains no longer sees it.
  void AdvanceTo(uint32_t hour);

  uint64_t size() const { return size_.load(std::memory_order_relaxed); }  // ids that count
  uint64_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }
  // Ids that arrived in this hour or later are remembered; above what window_hours asks for when
  // max_ids has forced older ones out.
  uint32_t oldest_hour() const { return oldest_hour_.load(std::memory_order_relaxed); }
  // Ids that arrived before this hour are all forgotten; of this hour and later ones some may be
  // remembered, and so must be kept wherever a restart reads them from.
  uint32_t oldest_kept_hour() const { return oldest_kept_hour_.load(std::memory_order_relaxed); }

 private:
  static constexpr int kShardBits = 8;
  static constexpr int kTags = 256;  // 0 is never given: what was removed carries it

  struct Shard {
    IdTable table;
    uint64_t swept_at;  // no slot carries a tag that died at or before this death
  };
  struct Generation {
    enum State : uint8_t { kFree, kLive, kDead };
    State state = kFree;
    uint32_t hour = 0;
    uint64_t ids = 0;
    uint64_t died = 0;  // the death_ at which it died
  };

  const Shard& ShardOf(uint64_t fingerprint) const {
    return shards_[fingerprint >> (64 - kShardBits)];
  }
  // Whether what Find found of an absent id still holds.
  bool Stands(const Place& place) const {
    return place.bucket != nullptr && place.rebuilds == rebuilds_ &&
           place.bucket->used == place.used;
  }
  bool HasRoom(uint8_t tag, uint32_t hour) const;
  void OpenGeneration(uint32_t hour);
  void Retire(uint8_t tag);
  void EvictOldest();
  void NoteOldestKept();
  void FreeTags();
  void Rebuild(Shard* shard);

  const Options options_;
  const uint64_t generation_ids_;  // a generation that holds as many is full
  std::vector<Shard> shards_;
  std::array<Generation, kTags> generations_;
  IdTable::LiveTags live_{};                // of live generations
  std::multimap<uint32_t, uint8_t> order_;  // hour -> its live generations, oldest first
  uint64_t death_ = 0;                      // generations that have died so far
  uint32_t rebuilds_ = 0;                   // of shards
  uint64_t expected_ = 0;                   // ids, in newest_hour_
  size_t next_sweep_ = 0;
  uint32_t newest_hour_ = 0, first_hour_ = 0;  // of the window
  uint8_t open_tag_ = 0;                       // the generation of the last insertion; 0: none
  std::atomic<uint64_t> size_{0}, memory_bytes_{0};
  std::atomic<uint32_t> oldest_kept_hour_{0};
  std::atomic<uint32_t> oldest_hour_{0};
};

}  // namespace pagepulse
