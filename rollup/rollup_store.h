#pragma once

// The seam behind which rollups are kept: RocksDB today, a ClickHouse cluster for who outgrows one
// machine. Everything else that must survive (log, ids, facts, names, jobs) is the engine's own
// journal and does not pass through here.

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "rollup/aggregate.h"
#include "rollup/row_key.h"

namespace pagepulse {

// Which rows to read. Both lists are sorted; empty means all. `members` needs exactly one scope of
// posts or sources.
struct RowRange {
  Scope scope = Scope::kPage;
  Level level = Level::kDay;
  uint32_t first_period = 0, last_period = 0;  // both included
  absl::Span<const uint32_t> pages;
  absl::Span<const uint32_t> members;
};

// A fixed state of the store; what is committed later does not show. Thread-safe.
class RollupSnapshot {
 public:
  virtual ~RollupSnapshot() = default;
  // Calls visit(key, encoded row) in key order. A store may give several rows of one key; the
  // caller merges them. Ends early with visit's error. Rows beyond their level's retention do not
  // show, whether or not they are still on disk.
  virtual absl::Status Scan(
      const RowRange& range,
      absl::FunctionRef<absl::Status(const RowKey&, std::string_view)> visit) const = 0;
  // The level's horizon as it is now, which may be later than when the snapshot was taken: rows
  // before it (FirstVisiblePeriod) do not show.
  virtual int64_t HorizonMinute(Level level) const = 0;
};

class RollupStore {
 public:
  virtual ~RollupStore() = default;

  // Adds the partials of checkpoint N, once: N is above every N before it, and a second call with
  // an N that is in has no effect. They may show to snapshots taken from now on, and must show,
  // durably, by the time the engine's journal has committed N.
  virtual absl::Status Commit(uint64_t checkpoint, const Partials& partials) = 0;

  // The highest checkpoint that is durably in; 0 in an empty store.
  virtual absl::StatusOr<uint64_t> LastCheckpoint() const = 0;

  virtual std::unique_ptr<RollupSnapshot> Snapshot() const = 0;
};

}  // namespace pagepulse
