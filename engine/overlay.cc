#include "engine/overlay.h"

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/civil_time.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "model/time_zone.h"
#include "rollup/row.h"

namespace pagepulse {
namespace {

using Rows = std::map<RowKey, std::string>;

absl::Status MergeInto(std::string_view row, std::string* into) {
  if (into->empty()) {
    *into = row;
    return absl::OkStatus();
  }
  std::string merged;
  RETURN_IF_ERROR(MergeRows(kPageShape, {*into, row}, &merged));
  *into = std::move(merged);
  return absl::OkStatus();
}

// Of a day: counters by their ids, and the two sets.
struct Day {
  std::map<CounterId, int64_t> counters;
  DistinctSet people[2] = {DistinctSet(kPageShape), DistinctSet(kPageShape)};
};

absl::Status AddRow(std::string_view bytes, std::map<uint32_t, Day>* days) {
  if (bytes.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const RowView row, RowView::Open(bytes));
  RETURN_IF_ERROR(row.VisitCounters([&](uint32_t slot, CounterId counter, int64_t value) {
    (*days)[slot].counters[counter] += value;
  }));
  absl::Status status;
  RETURN_IF_ERROR(row.VisitPeople([&](uint32_t slot, People which, std::string_view set) {
    status.Update((*days)[slot].people[static_cast<int>(which)].MergeEncoded(set));
  }));
  return status;
}

std::string MetricOf(CounterId counter, const Catalog& catalog) {
  switch (counter) {
    case kViews:
      return "views";
    case kClicks:
      return "clicks";
    case kMessages:
      return "messages";
    case kComments:
      return "comments";
    case kShares:
      return "shares";
    case kFollows:
      return "follows";
    default:
      break;
  }
  if (counter >= kCustomFirst) return catalog.CustomCounterName(counter);
  const auto kind = static_cast<ReactionKind>((counter - kReactionsFirst) / 2);
  return fmt::format("reactions.{}", ReactionName(kind));
}

// Metrics as a query shows them: net.
std::map<std::string, int64_t> MetricsOf(const Day& day, const Catalog& catalog) {
  std::map<std::string, int64_t> metrics;
  for (const auto& [counter, value] : day.counters) {
    const bool paired = counter >= kReactionsFirst && counter < kCustomFirst;
    const bool removed = paired && (counter - kReactionsFirst) % 2 == 1;
    metrics[MetricOf(static_cast<CounterId>(counter - removed), catalog)] +=
        removed ? -value : value;
  }
  const std::string_view names[2] = {"reach", "engaged"};
  for (int which = 0; which < 2; ++which) {
    if (day.people[which].empty()) continue;
    metrics[std::string(names[which])] = std::llround(day.people[which].Estimate());
  }
  return metrics;
}

class OverlayRollups final : public RollupStore {
 public:
  explicit OverlayRollups(Database* base) : base_(base->rollups()), last_(base->marker()) {}

  absl::Status Commit(uint64_t checkpoint, const Partials& partials) override {
    if (checkpoint <= last_) return absl::OkStatus();
    for (const Partials::Row& row : partials.rows) {
      if (row.key.level != Level::kDay || row.key.scope != Scope::kPage) continue;
      RETURN_IF_ERROR(MergeInto(partials.value(row), &rows_[row.key]));
    }
    last_ = checkpoint;
    return absl::OkStatus();
  }
  absl::StatusOr<uint64_t> LastCheckpoint() const override { return last_; }
  std::unique_ptr<RollupSnapshot> Snapshot() const override { return base_.Snapshot(); }

  void StartDifference() { before_ = std::exchange(rows_, {}); }
  absl::StatusOr<std::vector<DayDifference>> Difference(const Catalog& catalog) const;

 private:
  absl::Status AddDifference(const RowKey& key, std::string_view row, const Catalog& catalog,
                             std::vector<DayDifference>* out) const;

  RollupStore& base_;
  uint64_t last_;
  Rows before_, rows_;  // of checkpoints before and after StartDifference
};

absl::StatusOr<std::vector<DayDifference>> OverlayRollups::Difference(
    const Catalog& catalog) const {
  std::vector<DayDifference> differences;
  for (const auto& [key, row] : rows_) {
    RETURN_IF_ERROR(AddDifference(key, row, catalog, &differences));
  }
  std::sort(differences.begin(), differences.end(),
            [](const DayDifference& a, const DayDifference& b) {
              return std::tie(a.page, a.day, a.metric) < std::tie(b.page, b.day, b.metric);
            });
  return differences;
}

absl::Status OverlayRollups::AddDifference(const RowKey& key, std::string_view row,
                                           const Catalog& catalog,
                                           std::vector<DayDifference>* out) const {
  std::map<uint32_t, Day> before, after;
  const uint32_t pages[] = {key.page};
  const auto add = [&](const RowKey&, std::string_view bytes) { return AddRow(bytes, &before); };
  RETURN_IF_ERROR(base_.Snapshot()->Scan({.scope = key.scope,
                                          .level = key.level,
                                          .first_period = key.period,
                                          .last_period = key.period,
                                          .pages = pages},
                                         add));
  if (const auto it = before_.find(key); it != before_.end()) {
    RETURN_IF_ERROR(AddRow(it->second, &before));
  }
  after = before;
  RETURN_IF_ERROR(AddRow(row, &after));
  const absl::CivilDay month(CivilMonthOf(static_cast<int32_t>(key.period)));
  for (const auto& [slot, day] : after) {
    std::map<std::string, int64_t> was = MetricsOf(before[slot], catalog);
    for (const auto& [metric, value] : MetricsOf(day, catalog)) {
      if (was[metric] == value) continue;
      out->push_back({key.page, absl::FormatCivilTime(month + slot), metric, was[metric], value});
    }
  }
  return absl::OkStatus();
}

class OverlayImpl final : public Overlay {
 public:
  explicit OverlayImpl(std::unique_ptr<Database> base)
      : base_(std::move(base)), rollups_(base_.get()), marker_(base_->marker()) {}

  void StartDifference() override { rollups_.StartDifference(); }
  absl::StatusOr<std::vector<DayDifference>> Difference(const Catalog& catalog) const override {
    return rollups_.Difference(catalog);
  }

  const HashKey& hash_key() const override { return base_->hash_key(); }
  absl::Status AppendLog(absl::Span<const LogEntry>) override { return absl::OkStatus(); }
  absl::Status ReplayLog(
      absl::FunctionRef<absl::Status(uint64_t, std::string_view)> visit) const override {
    return base_->ReplayLog(visit);
  }
  absl::Status VisitRecords(
      uint64_t after,
      absl::FunctionRef<absl::Status(uint64_t, std::string_view)> visit) const override {
    return base_->VisitRecords(after, visit);
  }
  absl::Status GetFacts(absl::Span<const Hash128> identities,
                        std::vector<std::string>* values) const override;
  absl::Status VisitFacts(absl::FunctionRef<absl::Status(Hash128)> visit) const override {
    return base_->VisitFacts(visit);  // who wrote the others knows them
  }
  absl::StatusOr<std::optional<std::string>> GetEntry(std::string_view key) const override {
    MutexLock lock(&mutex_);
    const auto it = entries_.find(std::string(key));
    if (it != entries_.end()) return it->second;
    return base_->GetEntry(key);
  }
  // As the store is opened: nothing is written yet.
  absl::Status ScanEntries(
      std::string_view prefix,
      absl::FunctionRef<absl::Status(std::string_view, std::string_view)> visit) const override {
    return base_->ScanEntries(prefix, visit);
  }
  absl::Status ScanEntries(
      std::string_view begin, std::string_view end,
      absl::FunctionRef<absl::Status(std::string_view, std::string_view)> visit) const override {
    return base_->ScanEntries(begin, end, visit);
  }
  RollupStore& rollups() override { return rollups_; }
  uint64_t marker() const override { return marker_; }
  absl::Status CommitCheckpoint(uint64_t checkpoint, const JournalUpdate& update) override;
  int64_t horizon_minute(Level level) const override { return base_->horizon_minute(level); }
  void SetJournalHorizon(uint32_t, int64_t) override {}
  uint64_t log_bytes() const override { return base_->log_bytes(); }
  uint64_t kept_log_bytes() const override { return base_->kept_log_bytes(); }
  int64_t Property(std::string_view family, std::string_view name) const override {
    return base_->Property(family, name);
  }
  absl::Status Dump(
      std::string_view family,
      absl::FunctionRef<absl::Status(std::string_view, std::string_view)> visit) const override {
    return base_->Dump(family, visit);
  }

 private:
  const std::unique_ptr<Database> base_;
  OverlayRollups rollups_;
  std::atomic<uint64_t> marker_;
  mutable Mutex mutex_;
  absl::flat_hash_map<Hash128, std::string, UniformHash> facts_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::string> entries_ ABSL_GUARDED_BY(mutex_);
};

absl::Status OverlayImpl::GetFacts(absl::Span<const Hash128> identities,
                                   std::vector<std::string>* values) const {
  RETURN_IF_ERROR(base_->GetFacts(identities, values));
  MutexLock lock(&mutex_);
  for (size_t i = 0; i < identities.size(); ++i) {
    if (const auto it = facts_.find(identities[i]); it != facts_.end()) (*values)[i] = it->second;
  }
  return absl::OkStatus();
}

absl::Status OverlayImpl::CommitCheckpoint(uint64_t checkpoint, const JournalUpdate& update) {
  MutexLock lock(&mutex_);
  for (const JournalUpdate::Fact& fact : update.facts) facts_[fact.identity] = update.value(fact);
  // Replies are asked for again; ids, names and jobs are in the engine's memory.
  for (const auto& [key, value] : update.views) {
    if (key[0] == 'r') entries_[key] = value;
  }
  marker_ = checkpoint;
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<Overlay> Overlay::Over(std::unique_ptr<Database> base) {
  return std::make_unique<OverlayImpl>(std::move(base));
}

}  // namespace pagepulse
