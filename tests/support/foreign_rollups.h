#pragma once

// A store whose rollups live somewhere else, as a cluster's would: committed at once and on their
// own, remembered when the process dies. For tests of the seam.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/database.h"

namespace pagepulse::testing {

// What the other place holds. Outlives the databases that are opened over it.
class ForeignRollups final : public RollupStore {
 public:
  absl::Status Commit(uint64_t checkpoint, const Partials& partials) override;
  absl::StatusOr<uint64_t> LastCheckpoint() const override { return last_; }
  std::unique_ptr<RollupSnapshot> Snapshot() const override;

  int commits = 0;          // that were asked for
  int commits_applied = 0;  // that were new

 private:
  using Rows = std::map<RowKey, std::vector<std::string>>;
  std::shared_ptr<const Rows> rows_ = std::make_shared<Rows>();
  uint64_t last_ = 0;
};

// Opens the embedded store for everything but rollups. While *fail_next is above zero, a commit of
// the journal fails, and counts it down.
absl::StatusOr<std::unique_ptr<Database>> OpenWithForeignRollups(const DatabaseOptions& options,
                                                                 ForeignRollups* rollups,
                                                                 int* fail_next);

}  // namespace pagepulse::testing
