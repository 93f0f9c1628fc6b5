#pragma once

// The event ids of the last 48 hours, as keyed 64-bit fingerprints. See docs/exactly_once.md for
// the risk of a false duplicate and the memory. One thread at a time; size() and the other
// read-outs are safe from any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace pagepulse {

class IdWindow {
 public:
  struct Options {
    uint64_t max_ids = 200'000'000;
    int32_t window_hours = 48;  // remembered at least that long after arrival
  };
  explicit IdWindow(const Options& options);

  // Starts the memory access that Contains and Insert will need; call it some 16 events ahead.
  void Prefetch(uint64_t fingerprint) const;
  bool Contains(uint64_t fingerprint) const;
  // False if it is there already (its hour is then left as it was). hour: hours since the epoch of
  // the arrival. Hours may come in any order, as on restart.
  bool Insert(uint64_t fingerprint, uint32_t hour);
  // Forgets what arrived before the window that ends now. Cheap: the memory is reclaimed when a
  // part of the table next fills up, but Contains no longer sees it.
  void AdvanceTo(uint32_t hour);

  uint64_t size() const;              // ids that count, an upper bound
  uint64_t memory_bytes() const;
  // Ids that arrived in this hour or later are remembered; above what window_hours asks for when
  // max_ids has forced older ones out.
  uint32_t oldest_hour() const;

 private:
  struct Shard;
  Options options_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::atomic<uint64_t> size_{0}, memory_bytes_{0};
  std::atomic<uint32_t> oldest_hour_{0};
};

}  // namespace pagepulse
