#include "storage/rocks_rollup_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/prefetch.h"
#include "base/status_macros.h"
#include "storage/merge_operator.h"
#include "storage/rocksdb_status.h"
#include "storage/row_selection.h"

namespace pagepulse {
namespace {

class RocksRollupSnapshot final : public RollupSnapshot {
 public:
  RocksRollupSnapshot(const Rocks& rocks, const Retention& retention)
      : rocks_(rocks), retention_(retention), snapshot_(rocks->GetSnapshot()) {}
  ~RocksRollupSnapshot() override { rocks_->ReleaseSnapshot(snapshot_); }

  absl::Status Scan(
      const RowRange& range,
      absl::FunctionRef<absl::Status(const RowKey&, std::string_view)> visit) const override {
    const std::string bound_key = RowSelection(range).UpperBound();
    const rocksdb::Slice bound(bound_key);
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    options.total_order_seek = true;
    options.iterate_upper_bound = &bound;
    std::unique_ptr<rocksdb::Iterator> it(
        rocks_->NewIterator(options, rocks_.family(FamilyOf(range.level))));

    // Compaction ignores snapshots. The iterator holds on to the files as they are; the horizon as
    // of now is at or above the one by which any of them was filtered, so whatever a compaction
    // may have dropped is hidden here too.
    RowRange visible = range;
    visible.first_period =
        std::max(range.first_period, FirstVisiblePeriod(range.level, HorizonMinute(range.level)));
    const UnmergedReads unmerged;
    return ScanSelected(RowSelection(visible), it.get(), visit);
  }

  int64_t HorizonMinute(Level level) const override {
    return retention_.horizon_minute[static_cast<int>(level)].load();
  }

 private:
  static absl::Status ScanSelected(
      const RowSelection& rows, rocksdb::Iterator* it,
      absl::FunctionRef<absl::Status(const RowKey&, std::string_view)> visit) {
    std::optional<RowKey> wanted = rows.First();
    bool seek = true;
    while (wanted) {
      if (seek) {
        it->Seek(EncodeRowKey(*wanted));
      } else {
        it->Next();
      }
      if (!it->Valid()) break;
      const auto at = DecodeRowKey(it->key().ToStringView());
      if (!at) return absl::DataLossError("a key of the rollups is not a row key");
      wanted = rows.AtOrAfter(*at);
      if (wanted == at) {
        RETURN_IF_ERROR(VisitParts(it->value().ToStringView(),
                                   [&](std::string_view part) { return visit(*at, part); }));
        wanted = rows.After(*at);
      }
      // Next reads the parts of whatever row comes, Seek costs a few of those.
      seek = wanted && !rows.Near(*at, *wanted);
    }
    return FromRocks(it->status(), "read rollups");
  }

  const Rocks& rocks_;
  const Retention& retention_;
  const rocksdb::Snapshot* snapshot_;
};

// Of history in order of time, a checkpoint shares its first and last period with its neighbours.
// In files of their own these are merged without the periods between, which nothing overlaps and
// which therefore go where they stay.
class FileCuts {
 public:
  FileCuts(const Partials& partials, Family family) {
    size_t bytes = 0;
    for (const Partials::Row& row : partials.rows) {
      if (FamilyOf(row.key.level) != family) continue;
      if (bytes == 0) first_ = row.key.period;
      last_ = row.key.period;
      bytes += row.length;
    }
    cuts_ = bytes >= kManyBytes;
  }
  // Between rows of two periods, the first of which ends a file of so many bytes.
  bool Before(uint32_t period, size_t file_bytes) const {
    return cuts_ && (before_ == first_ || period == last_ || file_bytes >= kFileBytes);
  }
  void Passed(uint32_t period) { before_ = period; }
  uint32_t before() const { return before_; }

 private:
  static constexpr size_t kManyBytes = 1 << 20;  // fewer are cheaper to merge than to keep apart
  static constexpr size_t kFileBytes = 16 << 20;
  uint32_t first_ = 0, last_ = 0, before_ = 0;
  bool cuts_ = false;
};

absl::Status WriteRows(const Partials& partials, Family family, StagedFileWriter* writer) {
  FileCuts cuts(partials, family);
  size_t bytes = 0;
  for (size_t i = 0; i < partials.rows.size(); ++i) {
    const Partials::Row& row = partials.rows[i];
    PrefetchAhead(i, partials.rows.size(), [&](size_t j) {
      const Partials::Row& ahead = partials.rows[j];
      if (FamilyOf(ahead.key.level) == family) Touch(partials.value(ahead).data());
    });
    if (FamilyOf(row.key.level) != family) continue;
    if (bytes > 0 && row.key.period != cuts.before() && cuts.Before(row.key.period, bytes)) {
      RETURN_IF_ERROR(writer->Cut());
      bytes = 0;
    }
    cuts.Passed(row.key.period);
    bytes += row.length;
    char key[kRowKeyBytes];
    EncodeRowKey(row.key, key);
    RETURN_IF_ERROR(writer->Add(std::string_view(key, kRowKeyBytes), partials.value(row)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RocksRollupStore::Commit(uint64_t checkpoint, const Partials& partials) {
  if (checkpoint <= retention_.marker.load()) return absl::OkStatus();
  RETURN_IF_ERROR(Staged(checkpoint).status());
  if (staged_) {
    for (const StagedFiles& files : staged_->files) RemoveStaged(rocks_, files);
  }
  staged_.reset();

  StagedCheckpoint staged{checkpoint, {}};
  for (const Family family : kRollupFamilies) {
    StagedFileWriter writer(rocks_, family, StagedFileWriter::Kind::kMerge, checkpoint);
    RETURN_IF_ERROR(WriteRows(partials, family, &writer));
    ASSIGN_OR_RETURN(StagedFiles files, writer.Finish());
    staged.files.push_back(std::move(files));
  }
  staged_ = std::move(staged);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StagedFiles>> RocksRollupStore::Staged(uint64_t checkpoint) const {
  if (!staged_) return std::vector<StagedFiles>();
  if (staged_->checkpoint != checkpoint) {
    return absl::FailedPreconditionError(
        fmt::format("checkpoint {} is staged and was never committed", staged_->checkpoint));
  }
  return staged_->files;
}

std::unique_ptr<RollupSnapshot> RocksRollupStore::Snapshot() const {
  return std::make_unique<RocksRollupSnapshot>(rocks_, retention_);
}

}  // namespace pagepulse
