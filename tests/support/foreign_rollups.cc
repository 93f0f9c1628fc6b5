#include "tests/support/foreign_rollups.h"

#include <algorithm>

#include "base/status_macros.h"
#include "tests/support/database_wrapper.h"

namespace pagepulse::testing {
namespace {

class Snapshot_ final : public RollupSnapshot {
 public:
  using Rows = std::map<RowKey, std::vector<std::string>>;
  explicit Snapshot_(std::shared_ptr<const Rows> rows) : rows_(std::move(rows)) {}

  absl::Status Scan(
      const RowRange& range,
      absl::FunctionRef<absl::Status(const RowKey&, std::string_view)> visit) const override {
    const auto in = [](absl::Span<const uint32_t> list, uint32_t id) {
      return list.empty() || std::binary_search(list.begin(), list.end(), id);
    };
    for (const auto& [key, parts] : *rows_) {
      if (key.scope != range.scope || key.level != range.level || key.period < range.first_period ||
          key.period > range.last_period || !in(range.pages, key.page) ||
          !in(range.members, key.member)) {
        continue;
      }
      for (const std::string& part : parts) RETURN_IF_ERROR(visit(key, part));
    }
    return absl::OkStatus();
  }
  int64_t HorizonMinute(Level) const override { return 0; }  // keeps everything

 private:
  std::shared_ptr<const Rows> rows_;
};

class DatabaseOverForeignRollups final : public DatabaseWrapper {
 public:
  DatabaseOverForeignRollups(std::unique_ptr<Database> own, ForeignRollups* rollups, int* fail_next)
      : DatabaseWrapper(std::move(own)), rollups_(rollups), fail_next_(fail_next) {}

  RollupStore& rollups() override { return *rollups_; }
  absl::Status CommitCheckpoint(uint64_t checkpoint, const JournalUpdate& update) override {
    if (*fail_next_ > 0) {
      --*fail_next_;
      return absl::UnavailableError("killed between the rollups' commit and the journal's");
    }
    RETURN_IF_ERROR(own_->rollups().Commit(checkpoint, Partials()));
    return own_->CommitCheckpoint(checkpoint, update);
  }

 private:
  ForeignRollups* rollups_;
  int* fail_next_;
};

}  // namespace

absl::Status ForeignRollups::Commit(uint64_t checkpoint, const Partials& partials) {
  ++commits;
  if (checkpoint <= last_) return absl::OkStatus();
  ++commits_applied;
  auto rows = std::make_shared<Rows>(*rows_);
  for (const Partials::Row& row : partials.rows) {
    (*rows)[row.key].emplace_back(partials.value(row));
  }
  rows_ = std::move(rows);
  last_ = checkpoint;
  return absl::OkStatus();
}

std::unique_ptr<RollupSnapshot> ForeignRollups::Snapshot() const {
  return std::make_unique<Snapshot_>(rows_);
}

absl::StatusOr<std::unique_ptr<Database>> OpenWithForeignRollups(const DatabaseOptions& options,
                                                                 ForeignRollups* rollups,
                                                                 int* fail_next) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> own, Database::Open(options));
  return std::make_unique<DatabaseOverForeignRollups>(std::move(own), rollups, fail_next);
}

}  // namespace pagepulse::testing
