#pragma once

// Rollups in the embedded store. Commit stages; the database's CommitCheckpoint makes visible.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "rollup/rollup_store.h"
#include "storage/checkpoint_files.h"
#include "storage/retention.h"
#include "storage/rocks.h"

namespace pagepulse {

// Snapshots must not outlive the store.
class RocksRollupStore final : public RollupStore {
 public:
  RocksRollupStore(const Rocks* rocks, const Retention* retention)
      : rocks_(*rocks), retention_(*retention) {}

  // The same checkpoint may be staged again, which replaces it. FAILED_PRECONDITION: another one
  // is staged and was never committed.
  absl::Status Commit(uint64_t checkpoint, const Partials& partials) override;
  absl::StatusOr<uint64_t> LastCheckpoint() const override { return retention_.marker.load(); }
  std::unique_ptr<RollupSnapshot> Snapshot() const override;

  // What CommitCheckpoint(checkpoint) takes in: the staged files, or none. FAILED_PRECONDITION:
  // what is staged belongs to another checkpoint.
  absl::StatusOr<std::vector<StagedFiles>> Staged(uint64_t checkpoint) const;
  void ForgetStaged() { staged_.reset(); }

 private:
  struct StagedCheckpoint {
    uint64_t checkpoint;
    std::vector<StagedFiles> files;  // by family
  };

  const Rocks& rocks_;
  const Retention& retention_;
  std::optional<StagedCheckpoint> staged_;
};

}  // namespace pagepulse
