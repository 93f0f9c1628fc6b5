#pragma once

// A store that passes everything on to another, for tests that change or watch a part of it.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/database.h"

namespace pagepulse::testing {

class DatabaseWrapper : public Database {
 public:
  using VisitEntry = absl::FunctionRef<absl::Status(std::string_view, std::string_view)>;
  using VisitLog = absl::FunctionRef<absl::Status(uint64_t, std::string_view)>;

  explicit DatabaseWrapper(std::unique_ptr<Database> own) : own_(std::move(own)) {}

  const HashKey& hash_key() const override { return own_->hash_key(); }
  absl::Status AppendLog(absl::Span<const LogEntry> entries) override {
    return own_->AppendLog(entries);
  }
  absl::Status ReplayLog(VisitLog visit) const override { return own_->ReplayLog(visit); }
  absl::Status VisitRecords(uint64_t after, VisitLog visit) const override {
    return own_->VisitRecords(after, visit);
  }
  absl::Status GetFacts(absl::Span<const Hash128> identities,
                        std::vector<std::string>* values) const override {
    return own_->GetFacts(identities, values);
  }
  absl::Status VisitFacts(absl::FunctionRef<absl::Status(Hash128)> visit) const override {
    return own_->VisitFacts(visit);
  }
  absl::StatusOr<std::optional<std::string>> GetEntry(std::string_view key) const override {
    return own_->GetEntry(key);
  }
  absl::Status ScanEntries(std::string_view prefix, VisitEntry visit) const override {
    return own_->ScanEntries(prefix, visit);
  }
  absl::Status ScanEntries(std::string_view begin, std::string_view end,
                           VisitEntry visit) const override {
    return own_->ScanEntries(begin, end, visit);
  }
  RollupStore& rollups() override { return own_->rollups(); }
  uint64_t marker() const override { return own_->marker(); }
  absl::Status CommitCheckpoint(uint64_t checkpoint, const JournalUpdate& update) override {
    return own_->CommitCheckpoint(checkpoint, update);
  }
  int64_t horizon_minute(Level level) const override { return own_->horizon_minute(level); }
  void SetJournalHorizon(uint32_t oldest_id_hour, int64_t oldest_reply_ms) override {
    own_->SetJournalHorizon(oldest_id_hour, oldest_reply_ms);
  }
  uint64_t log_bytes() const override { return own_->log_bytes(); }
  uint64_t kept_log_bytes() const override { return own_->kept_log_bytes(); }
  int64_t Property(std::string_view family, std::string_view name) const override {
    return own_->Property(family, name);
  }
  absl::Status Dump(std::string_view family, VisitEntry visit) const override {
    return own_->Dump(family, visit);
  }

 protected:
  const std::unique_ptr<Database> own_;
};

}  // namespace pagepulse::testing
