#pragma once

// The five column families and how RocksDB is told to keep them.

#include <memory>
#include <optional>
#include <string_view>

#include "rocksdb/cache.h"
#include "rocksdb/options.h"
#include "storage/database.h"
#include "storage/retention.h"

namespace pagepulse {

enum class Family { kDefault, kLog, kRollups, kFacts, kJournal };
inline constexpr int kFamilies = 5;

std::string_view FamilyName(Family family);
std::optional<Family> FindFamily(std::string_view name);

rocksdb::DBOptions MakeDbOptions(const DatabaseOptions& options);
rocksdb::ColumnFamilyOptions MakeFamilyOptions(Family family,
                                               const std::shared_ptr<rocksdb::Cache>& cache,
                                               const std::shared_ptr<const Retention>& retention);

}  // namespace pagepulse
