#pragma once

// The embedded store: one RocksDB, and the only folder that includes <rocksdb/...>.
// docs/storage_format.md has every key and value. Its column families:
//
//   default     format version, hash key                       written once
//   minutes, quarters, days      RowKey -> Row or detail       ingested (merge operands)
//   facts       runs of pages of identity -> FactHistory      ingested (puts)
//   journal     marker, names, ids, positions, replies, ...    ingested (puts)
//
// and beside it the log (log.h), sequence number -> a group of batches, trimmed by checkpoints.
//
// Thread-safety: AppendLog by one thread; StageRows/CommitCheckpoint by one thread; everything
// else by any. An error of AppendLog or CommitCheckpoint is final: the process must stop.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "rollup/rollup_store.h"

namespace rocksdb {
class Env;
}

namespace pagepulse {

struct DatabaseOptions {
  std::string path;
  bool read_only = false;  // replays the log in memory, writes nothing
  bool create_if_missing = true;
  std::optional<HashKey> create_with_key;  // of a new store; otherwise made at random
  size_t block_cache_bytes = 256 << 20;
  rocksdb::Env* env = nullptr;  // for tests; not owned
};

// What a checkpoint writes besides rows.
struct JournalUpdate {
  struct Fact {
    Hash128 identity = 0;
    size_t offset = 0, length = 0;  // of its history, in fact_bytes
  };
  std::string_view value(const Fact& fact) const {
    return std::string_view(fact_bytes).substr(fact.offset, fact.length);
  }
  void AddFact(Hash128 identity, std::string_view history) {
    facts.push_back({identity, fact_bytes.size(), history.size()});
    fact_bytes.append(history);
  }

  std::vector<Fact> facts;  // any order, each once
  std::string fact_bytes;
  std::vector<std::pair<std::string, std::string>> entries;  // journal keys, any order, each once
  std::vector<std::pair<std::string, std::string_view>> views;  // the same, values not owned
  int64_t horizon_minutes[kLevels + 1] = {};  // by Level; a horizon never moves back
};

struct LogEntry {
  uint64_t sequence = 0;
  std::string_view bytes;
  bool keep = false;  // on disk when a checkpoint has passed it
};

// How many runs facts are looked for in.
inline constexpr std::string_view kFactRunsProperty = "pagepulse.fact-runs";

class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  virtual ~Database() = default;

  virtual const HashKey& hash_key() const = 0;

  // --- Log. Entries have ascending sequence numbers; one synced write for all of them.
  virtual absl::Status AppendLog(absl::Span<const LogEntry> entries) = 0;
  // Entries above the marker, in order.
  virtual absl::Status ReplayLog(
      absl::FunctionRef<absl::Status(uint64_t, std::string_view)> visit) const = 0;
  // Entries to keep above `after`, in order, whether or not a checkpoint has passed them.
  virtual absl::Status VisitRecords(
      uint64_t after, absl::FunctionRef<absl::Status(uint64_t, std::string_view)> visit) const = 0;

  // --- Facts. (*values)[i] is empty where identities[i] was never seen.
  virtual absl::Status GetFacts(absl::Span<const Hash128> identities,
                                std::vector<std::string>* values) const = 0;

  // The identities of all, in no order that matters.
  virtual absl::Status VisitFacts(absl::FunctionRef<absl::Status(Hash128)> visit) const = 0;

  // --- Journal, by key prefix or from `begin` up to `end`, in key order.
  virtual absl::StatusOr<std::optional<std::string>> GetEntry(std::string_view key) const = 0;
  virtual absl::Status ScanEntries(
      std::string_view prefix,
      absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit)
      const = 0;
  virtual absl::Status ScanEntries(
      std::string_view begin, std::string_view end,
      absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit)
      const = 0;

  // --- Checkpoint. rollups().Commit(N, ...) stages rows; CommitCheckpoint(N, ...) makes rows,
  // update and marker visible and durable in one step, then trims the log up to N.
  virtual RollupStore& rollups() = 0;
  virtual uint64_t marker() const = 0;  // N of the last checkpoint; 0 in a new store
  virtual absl::Status CommitCheckpoint(uint64_t checkpoint, const JournalUpdate& update) = 0;

  virtual int64_t horizon_minute(Level level) const = 0;
  // Compaction drops ids ('i' entries, by the hour in their key) and replies before these.
  virtual void SetJournalHorizon(uint32_t oldest_id_hour, int64_t oldest_reply_ms) = 0;
  virtual uint64_t log_bytes() const = 0;       // on disk, above the marker or not yet trimmed
  virtual uint64_t kept_log_bytes() const = 0;  // on disk, below it
  // "rocksdb.estimate-num-keys" and the like, or kFactRunsProperty of "facts", for /metrics; -1:
  // unknown.
  virtual int64_t Property(std::string_view column_family, std::string_view name) const = 0;
  // Every key and value of a column family, decoded by nobody: for inspect and tests. Of `log` and
  // `records` (log entries to keep) the key is the sequence number, u64 big-endian.
  virtual absl::Status Dump(
      std::string_view column_family,
      absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit)
      const = 0;
};

}  // namespace pagepulse
