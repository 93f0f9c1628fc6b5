#include "storage/column_families.h"

#include <array>
#include <cstdarg>
#include <string>

#include "base/thread_scheduling.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/listener.h"
#include "rocksdb/sst_partitioner.h"
#include "rocksdb/table.h"
#include "storage/merge_operator.h"

namespace pagepulse {
namespace {

constexpr std::array<std::string_view, kFamilies> kNames = {"default", "minutes", "quarters",
                                                            "days",    "facts",   "journal"};

// A reader must leave no trace, and RocksDB would write its information log.
class NullLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class CompactionPriority final : public rocksdb::EventListener {
 public:
  // On the thread that compacts.
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    LeaveCoresToQueries(Niceness::kCompacts);
  }
};

rocksdb::BlockBasedTableOptions MakeTableOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  // Index and filter blocks stay in memory for as long as their file is open, and every file is
  // (max_open_files).
  table.cache_index_and_filter_blocks = false;
  // Files are written past the system's cache, so that the next answers read them from the disk,
  // which is busy where events come in: in few requests, then.
  table.initial_auto_readahead_size = 256 << 10;
  table.max_auto_readahead_size = 1 << 20;
  return table;
}

void KeepRollups(const std::shared_ptr<const Retention>& retention,
                 rocksdb::ColumnFamilyOptions* cf, rocksdb::BlockBasedTableOptions* table) {
  table->block_size = 16 << 10;
  cf->level0_file_num_compaction_trigger = 8;
  cf->merge_operator = NewRowMergeOperator();
  cf->compaction_filter_factory = NewRollupFilterFactory(retention);
}

}  // namespace

std::string_view FamilyName(Family family) { return kNames[static_cast<int>(family)]; }

std::optional<Family> FindFamily(std::string_view name) {
  for (int i = 0; i < kFamilies; ++i) {
    if (kNames[i] == name) return static_cast<Family>(i);
  }
  return std::nullopt;
}

rocksdb::DBOptions MakeDbOptions(const DatabaseOptions& options) {
  rocksdb::DBOptions db;
  if (options.env != nullptr) db.env = options.env;
  if (options.read_only) db.info_log = std::make_shared<NullLogger>();
  db.create_if_missing = options.create_if_missing && !options.read_only;
  db.create_missing_column_families = db.create_if_missing;
  db.max_bgerror_resume_count = 0;  // an error is final: docs/exactly_once.md
  db.max_background_jobs = 2;
  db.listeners = {std::make_shared<CompactionPriority>()};
  db.max_open_files = -1;
  // Else an answer that was the last to read files of before a compaction deletes them itself.
  db.avoid_unnecessary_blocking_io = true;
  db.bytes_per_sync = 1 << 20;
  db.compaction_readahead_size = 512 << 10;  // times the files that are merged at once
  db.max_manifest_file_size = 64 << 20;
  db.skip_stats_update_on_db_open = true;
  db.max_log_file_size = 4 << 20;
  db.keep_log_file_num = 4;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

rocksdb::ColumnFamilyOptions MakeFamilyOptions(Family family,
                                               const std::shared_ptr<rocksdb::Cache>& cache,
                                               const std::shared_ptr<const Retention>& retention) {
  rocksdb::ColumnFamilyOptions cf;
  rocksdb::BlockBasedTableOptions table = MakeTableOptions(cache);
  cf.compaction_style = rocksdb::kCompactionStyleLevel;
  cf.level_compaction_dynamic_level_bytes = true;
  // By their overlap, as is usual, all files at level 0 would be alike, for the level below it is
  // empty: the months that come last would then wait for as long as history is taken in.
  cf.compaction_pri = rocksdb::kOldestSmallestSeqFirst;
  cf.write_buffer_size = 1 << 20;  // nothing but the store's birth passes through a memtable
  cf.compression = rocksdb::kLZ4Compression;
  // Nothing is written that files waiting for a compaction ought to slow down.
  cf.level0_slowdown_writes_trigger = 60;
  cf.level0_stop_writes_trigger = 100;
  switch (family) {
    case Family::kDefault:
      break;
    case Family::kMinutes:
    case Family::kQuarters:
      // Mostly hashes of people, which nothing makes smaller.
      cf.compression = rocksdb::kNoCompression;
      KeepRollups(retention, &cf, &table);
      break;
    case Family::kDays:
      KeepRollups(retention, &cf, &table);
      cf.level0_file_num_compaction_trigger = 12;
      break;
    case Family::kFacts:
      // Runs, none of which overlaps another: storage/fact_runs.h merges them.
      cf.disable_auto_compactions = true;
      cf.compression = rocksdb::kNoCompression;  // hashes, and a dozen bytes of each
      break;
    case Family::kJournal:
      // Ids, by volume: hashes again.
      cf.compression = rocksdb::kNoCompression;
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
      cf.max_bytes_for_level_base = 64 << 20;
      // A file holds one kind of entry: a file with kinds on both sides of the ids would keep those
      // of every checkpoint from going to the bottom at once.
      cf.sst_partitioner_factory = rocksdb::NewSstPartitionerFixedPrefixFactory(1);
      cf.compaction_filter_factory = NewJournalFilterFactory(retention);
      break;
  }
  cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return cf;
}

}  // namespace pagepulse
