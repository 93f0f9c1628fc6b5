#pragma once

// A fixed stretch of the log in memory: what is accepted and not yet in the store's rows.
//
// The sequencer alone appends. Readers on any thread see the first published() deltas, which only
// ever grows. Once sealed, nothing changes but published(), until every group of it is durable.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "engine/fact_table.h"
#include "engine/journal.h"
#include "query/data_source.h"
#include "rollup/delta.h"

namespace pagepulse {

// Address space for deltas, touched as it fills, and reused from stretch to stretch: fresh memory
// costs thousands of nanoseconds a page.
class DeltaBuffer {
 public:
  static constexpr size_t kMaxDeltas = size_t{1} << 28;  // 8 GiB of addresses

  // The minutes between which so many deltas lie, so that readers pass over those of other times.
  // Set anew by the first delta of each.
  static constexpr size_t kZoneDeltas = 2048;
  struct Zone {
    std::atomic<uint32_t> first, last;
  };

  DeltaBuffer();
  ~DeltaBuffer();
  DeltaBuffer(const DeltaBuffer&) = delete;
  DeltaBuffer& operator=(const DeltaBuffer&) = delete;

  Delta* data() { return data_; }
  Zone* zones() { return zones_; }
  // Gives the memory behind the first `keep` deltas back to the system.
  void Trim(size_t keep);

 private:
  Delta* data_;
  Zone* zones_;  // behind the deltas
};

class Stretch {
 public:
  explicit Stretch(std::unique_ptr<DeltaBuffer> buffer);
  ~Stretch();

  // --- The sequencer.
  void Append(Delta delta);
  size_t size() const { return size_; }

  FactTable facts;
  absl::flat_hash_map<Hash128, StoredReply> replies;
  std::map<uint32_t, std::vector<uint64_t>> ids_by_hour;
  // Of an undo: by the hour under which they were claimed, ids that are free again, each with the
  // log entry that had brought it.
  std::map<uint32_t, std::vector<std::pair<uint64_t, uint64_t>>> released_ids;
  std::vector<std::string> told_again;         // AppendToldAgain, in parts of some megabytes
  std::map<std::string, std::string> journal;  // entries of the checkpoint, the last value wins
  uint64_t first_sequence = 0, last_sequence = 0;
  size_t log_bytes = 0;
  int64_t first_arrival_ms = 0;
  uint64_t next_rejected = 0;  // the dead letters' running number at the end of the stretch

  // --- The log writer, once what was appended up to `size` is durable.
  void Publish(size_t size) { published_.store(size, std::memory_order_release); }

  // --- Any thread.
  size_t published() const { return published_.load(std::memory_order_acquire); }
  // Of the first `published` deltas those of the range and of these sorted pages; of all pages
  // where the list is empty. At most kMaxDeltaBatch at a time.
  void Visit(size_t published, absl::Span<const uint32_t> pages, MinuteRange range,
             absl::FunctionRef<void(DeltaBatch)> visit) const;
  absl::Span<const Delta> deltas() const { return {data_, size_}; }  // of a sealed stretch

  std::unique_ptr<DeltaBuffer> ReleaseBuffer();  // when nobody reads the stretch any more

 private:
  class Batch;
  struct Head {                        // of a page's chain
    std::atomic<uint32_t> last = 0;    // index of its last delta, plus 1
    std::atomic<uint32_t> length = 0;  // how many there are, for a guess at what to follow it costs
  };
  static constexpr size_t kHeadsABlock = 4096, kHeadBlocks = 1 << 14;

  const Head* HeadOf(uint32_t page) const;
  void WidenZone(uint32_t minute);
  bool Meets(size_t zone, MinuteRange range) const;
  size_t ChainLength(absl::Span<const uint32_t> pages) const;
  void FollowChains(size_t published, absl::Span<const uint32_t> pages, Batch* batch) const;
  void ReadZones(size_t published, absl::Span<const uint32_t> pages, MinuteRange range,
                 Batch* batch) const;

  std::unique_ptr<DeltaBuffer> buffer_;
  Delta* data_;
  DeltaBuffer::Zone* zones_;
  size_t size_ = 0;
  std::atomic<size_t> published_{0};
  std::unique_ptr<std::atomic<Head*>[]> heads_;
};

}  // namespace pagepulse
