#pragma once

// The column families and how RocksDB is told to keep them.

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

#include "rocksdb/cache.h"
#include "rocksdb/options.h"
#include "rollup/row_key.h"
#include "storage/database.h"
#include "storage/retention.h"

namespace pagepulse {

enum class Family { kDefault, kMinutes, kQuarters, kDays, kFacts, kJournal };
inline constexpr int kFamilies = 6;

inline constexpr Family kRollupFamilies[] = {Family::kMinutes, Family::kQuarters, Family::kDays};
// Of rollup rows: minutes and quarters by day, days and months by month.
constexpr Family FamilyOf(Level level) {
  return level == Level::kMinute    ? Family::kMinutes
         : level == Level::kQuarter ? Family::kQuarters
                                    : Family::kDays;
}

constexpr bool HoldsRows(Family family) {
  return std::ranges::find(kRollupFamilies, family) != std::end(kRollupFamilies);
}

std::string_view FamilyName(Family family);
std::optional<Family> FindFamily(std::string_view name);

rocksdb::DBOptions MakeDbOptions(const DatabaseOptions& options);
rocksdb::ColumnFamilyOptions MakeFamilyOptions(Family family,
                                               const std::shared_ptr<rocksdb::Cache>& cache,
                                               const std::shared_ptr<const Retention>& retention);

}  // namespace pagepulse
