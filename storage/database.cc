#include "storage/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/coding.h"
#include "base/crash_point.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "storage/checkpoint_files.h"
#include "storage/fact_runs.h"
#include "storage/journal_files.h"
#include "storage/log.h"
#include "storage/retention.h"
#include "storage/rocks.h"
#include "storage/rocks_rollup_store.h"
#include "storage/rocksdb_status.h"
#include "storage/storage_keys.h"
#include "storage/store_format.h"

namespace pagepulse {
namespace {

using Visitor = absl::FunctionRef<absl::Status(std::string_view, std::string_view)>;
class DatabaseImpl final : public Database {
 public:
  DatabaseImpl(std::unique_ptr<Rocks> rocks, std::shared_ptr<Retention> retention,
               const HashKey& hash_key)
      : retention_(std::move(retention)),
        rocks_(std::move(rocks)),
        hash_key_(hash_key),
        rollups_(rocks_.get(), retention_.get()) {}

  // Before anything else, in this order.
  absl::Status LoadJournal();
  absl::Status OpenFacts() {
    ASSIGN_OR_RETURN(const auto list, GetEntry(kFactRunsKey));
    ASSIGN_OR_RETURN(facts_, FactRuns::Open(*rocks_, list ? *list : ""));
    return absl::OkStatus();
  }
  absl::Status OpenLog(const DatabaseOptions& options) {
    ASSIGN_OR_RETURN(log_, Log::Open(rocks_->env(), options.path, marker(), options.read_only,
                                     rocks_->writes_directly()));
    return absl::OkStatus();
  }

  const HashKey& hash_key() const override { return hash_key_; }
  RollupStore& rollups() override { return rollups_; }
  uint64_t marker() const override { return retention_->marker.load(); }
  int64_t horizon_minute(Level level) const override {
    return retention_->horizon_minute[static_cast<int>(level)].load();
  }

  absl::Status AppendLog(absl::Span<const LogEntry> entries) override {
    return log_->Append(entries);
  }
  absl::Status ReplayLog(
      absl::FunctionRef<absl::Status(uint64_t, std::string_view)> visit) const override {
    return log_->Replay(marker(), visit);
  }
  absl::Status VisitRecords(
      uint64_t after,
      absl::FunctionRef<absl::Status(uint64_t, std::string_view)> visit) const override {
    return log_->VisitKept(after, visit);
  }

  absl::Status GetFacts(absl::Span<const Hash128> identities,
                        std::vector<std::string>* values) const override {
    return facts_->Get(identities, values);
  }
  absl::Status VisitFacts(absl::FunctionRef<absl::Status(Hash128)> visit) const override;
  absl::StatusOr<std::optional<std::string>> GetEntry(std::string_view key) const override;
  absl::Status ScanEntries(std::string_view prefix, Visitor visit) const override {
    return ScanEntries(prefix, PrefixEnd(prefix), visit);
  }
  absl::Status ScanEntries(std::string_view begin, std::string_view end,
                           Visitor visit) const override {
    return rocks_->Visit(Family::kJournal, begin, end, visit, "read the journal");
  }

  absl::Status CommitCheckpoint(uint64_t checkpoint, const JournalUpdate& update) override;
  void SetJournalHorizon(uint32_t oldest_id_hour, int64_t oldest_reply_ms) override {
    retention_->oldest_id_hour.store(oldest_id_hour);
    retention_->oldest_reply_ms.store(oldest_reply_ms);
  }

  uint64_t log_bytes() const override { return log_->bytes(); }
  uint64_t kept_log_bytes() const override { return log_->kept_bytes(); }
  int64_t Property(std::string_view column_family, std::string_view name) const override;
  absl::Status Dump(std::string_view column_family, Visitor visit) const override;

 private:
  Horizons CurrentHorizons() const;
  absl::Status DropExpiredRollups(const Horizons& before, const Horizons& now);
  absl::Status DropExpiredIds();

  std::shared_ptr<Retention> retention_;
  std::unique_ptr<Rocks> rocks_;
  HashKey hash_key_;
  std::unique_ptr<Log> log_;
  RocksRollupStore rollups_;
  std::unique_ptr<FactRuns> facts_;
  uint32_t ids_dropped_before_hour_ = 0;  // by CommitCheckpoint alone
};

absl::Status DatabaseImpl::LoadJournal() {
  ASSIGN_OR_RETURN(const auto marker, GetEntry(kMarkerKey));
  if (!marker) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto horizons, GetEntry(kHorizonsKey));
  Reader marker_reader(*marker);
  Reader horizons_reader(horizons ? std::string_view(*horizons) : std::string_view());
  Horizons loaded;
  const uint64_t checkpoint = marker_reader.Little64();
  for (int i = 1; i <= kLevels; ++i) {
    loaded.minute[i] = static_cast<int64_t>(horizons_reader.Little64());
  }
  if (!marker_reader.done() || !horizons_reader.done()) {
    return absl::DataLossError("the journal's marker or horizons cannot be read");
  }
  retention_->marker.store(checkpoint);
  for (int i = 1; i <= kLevels; ++i) retention_->horizon_minute[i].store(loaded.minute[i]);
  return absl::OkStatus();
}

absl::Status DatabaseImpl::VisitFacts(absl::FunctionRef<absl::Status(Hash128)> visit) const {
  return facts_->Visit([&](Hash128 identity, std::string_view) { return visit(identity); });
}

absl::StatusOr<std::optional<std::string>> DatabaseImpl::GetEntry(std::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      rocks_->db()->Get(rocksdb::ReadOptions(), rocks_->family(Family::kJournal), key, &value);
  if (status.IsNotFound()) return std::nullopt;
  RETURN_IF_ROCKS_ERROR(status, "read the journal");
  return value;
}

Horizons DatabaseImpl::CurrentHorizons() const {
  Horizons horizons;
  for (int i = 1; i <= kLevels; ++i) horizons.minute[i] = retention_->horizon_minute[i].load();
  return horizons;
}

absl::Status DatabaseImpl::CommitCheckpoint(uint64_t checkpoint, const JournalUpdate& update) {
  if (checkpoint <= marker()) {
    return absl::FailedPreconditionError(
        fmt::format("checkpoint {} is not above the last one, {}", checkpoint, marker()));
  }
  const Horizons before = CurrentHorizons();
  Horizons now;
  for (int i = 1; i <= kLevels; ++i) {
    now.minute[i] = std::max(before.minute[i], update.horizon_minutes[i]);
  }
  ASSIGN_OR_RETURN(std::vector<StagedFiles> staged, rollups_.Staged(checkpoint));
  ASSIGN_OR_RETURN(FactRuns::Staged facts, facts_->Stage(update));
  staged.push_back(std::move(facts.files));
  ASSIGN_OR_RETURN(staged.emplace_back(),
                   StageJournal(*rocks_, checkpoint, update, now, facts.list));
  CrashPoint("before_ingest");
  RETURN_IF_ERROR(IngestStaged(*rocks_, staged));
  CrashPoint("after_ingest");
  rollups_.ForgetStaged();
  RETURN_IF_ERROR(facts_->Commit());

  retention_->marker.store(checkpoint);
  for (int i = 1; i <= kLevels; ++i) retention_->horizon_minute[i].store(now.minute[i]);
  RETURN_IF_ERROR(log_->Trim(checkpoint));
  RETURN_IF_ERROR(DropExpiredRollups(before, now));
  return DropExpiredIds();
}

absl::Status DatabaseImpl::DropExpiredRollups(const Horizons& before, const Horizons& now) {
  for (const Family family : kRollupFamilies) {
    // Days and months share files, which stay for as long as either shows.
    const auto first_visible = [&](const Horizons& horizons) {
      uint32_t first = std::numeric_limits<uint32_t>::max();
      for (const Level level : kAllLevels) {
        if (FamilyOf(level) != family) continue;
        first =
            std::min(first, FirstVisiblePeriod(level, horizons.minute[static_cast<int>(level)]));
      }
      return first;
    };
    const uint32_t first = first_visible(now);
    if (first == first_visible(before)) continue;
    std::string end;
    PutBig32(&end, first);
    RETURN_IF_ERROR(rocks_->DropFiles(family, {{"", end}}));
  }
  return absl::OkStatus();
}

absl::Status DatabaseImpl::DropExpiredIds() {
  const uint32_t oldest_hour = retention_->oldest_id_hour.load();
  if (oldest_hour == ids_dropped_before_hour_) return absl::OkStatus();
  ids_dropped_before_hour_ = oldest_hour;
  std::string end(1, kIdsPrefix);
  PutBig32(&end, oldest_hour);
  return rocks_->DropFiles(Family::kJournal, {{std::string(1, kIdsPrefix), end}});
}

int64_t DatabaseImpl::Property(std::string_view column_family, std::string_view name) const {
  if (column_family == "facts" && name == kFactRunsProperty) {
    return static_cast<int64_t>(facts_->runs().size());
  }
  const auto family = FindFamily(column_family);
  uint64_t value = 0;
  if (!family || !rocks_->db()->GetIntProperty(rocks_->family(*family), name, &value)) return -1;
  return static_cast<int64_t>(value);
}

absl::Status DatabaseImpl::Dump(std::string_view column_family, Visitor visit) const {
  const auto on_entry = [&](uint64_t sequence, std::string_view bytes) {
    std::string key;
    PutBig64(&key, sequence);
    return visit(key, bytes);
  };
  if (column_family == "log") return log_->Replay(marker(), on_entry);
  if (column_family == "records") return log_->VisitKept(0, on_entry);
  if (column_family == "facts") {
    return facts_->Visit([&](Hash128 identity, std::string_view history) {
      std::string key;
      AppendFactKey(identity, &key);
      return visit(key, history);
    });
  }
  const auto family = FindFamily(column_family);
  if (!family) {
    return MakeError(absl::StatusCode::kInvalidArgument, "unknown_family",
                     fmt::format("there is no column family `{}`", column_family),
                     "minutes, quarters, days, facts, log, journal or records");
  }
  return rocks_->Visit(*family, "", "", visit, "read the store");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  auto retention = std::make_shared<Retention>();
  ASSIGN_OR_RETURN(std::unique_ptr<Rocks> rocks, Rocks::Open(options, retention));
  ASSIGN_OR_RETURN(const HashKey hash_key, LoadFormat(*rocks, options.create_with_key));
  if (!options.read_only) RETURN_IF_ERROR(SweepStaging(*rocks));
  auto database = std::make_unique<DatabaseImpl>(std::move(rocks), std::move(retention), hash_key);
  RETURN_IF_ERROR(database->LoadJournal());
  RETURN_IF_ERROR(database->OpenFacts());
  RETURN_IF_ERROR(database->OpenLog(options));
  return database;
}

}  // namespace pagepulse
