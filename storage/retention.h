#pragma once

// What may be forgotten, and the compaction filters that forget it. A filter decides on the key
// alone (a reply: on the time it begins with) and without regard to snapshots, so readers hide by
// the same rule: see RocksRollupSnapshot::Scan.

#include <atomic>
#include <cstdint>
#include <memory>

#include "rocksdb/compaction_filter.h"
#include "rollup/row_key.h"

namespace pagepulse {

// Shared by the database, its readers and its filters. Values only grow, and are stored here only
// once they are durable. Zeros forget nothing: a store that is still being opened loses nothing.
struct Retention {
  std::atomic<uint64_t> marker{0};
  std::atomic<int64_t> horizon_minute[kLevels + 1] = {};  // by Level
  std::atomic<uint32_t> oldest_id_hour{0};
  std::atomic<int64_t> oldest_reply_ms{0};
};

using FilterFactory = std::shared_ptr<rocksdb::CompactionFilterFactory>;
FilterFactory NewRollupFilterFactory(std::shared_ptr<const Retention> retention);
FilterFactory NewJournalFilterFactory(std::shared_ptr<const Retention> retention);

}  // namespace pagepulse
