#include "storage/store_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/clock.h"
#include "base/coding.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "rocksdb/write_batch.h"
#include "storage/rocksdb_status.h"

namespace pagepulse {
namespace {

constexpr char kFormat[] = "format", kHashKey[] = "hash_key", kCreated[] = "created";

absl::Status Write(const Rocks& rocks, rocksdb::WriteBatch* batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  RETURN_IF_ROCKS_ERROR(rocks->Write(options, batch), "write the store's format");
  // What stays in this memtable would keep every later file of the log alive.
  return FromRocks(rocks->Flush(rocksdb::FlushOptions(), rocks.family(Family::kDefault)),
                   "write the store's format");
}

std::string EncodeVersion(uint32_t version) {
  std::string out;
  PutLittle32(&out, version);
  return out;
}

absl::StatusOr<HashKey> Create(const Rocks& rocks, const HashKey& key, uint32_t version) {
  std::string created;
  PutLittle64(&created, static_cast<uint64_t>(SystemMillis()));
  rocksdb::WriteBatch batch;
  batch.Put(kFormat, EncodeVersion(version));
  batch.Put(kHashKey, rocksdb::Slice(key.bytes()));
  batch.Put(kCreated, created);
  RETURN_IF_ERROR(Write(rocks, &batch));
  return key;
}

absl::Status UnknownFormat(const Rocks& rocks, uint32_t found, uint32_t current) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "unknown_format",
                   fmt::format("the store in {} has format {}; this pagepulse reads format {}",
                               rocks.path(), found, current),
                   found > current ? "use the version of pagepulse that wrote it, or a newer one"
                                   : "use an older version of pagepulse, or load the data anew");
}

absl::Status Migrate(const Rocks& rocks, uint32_t found, uint32_t current,
                     absl::Span<const Migration> migrations) {
  for (; found < current; ++found) {
    const auto step = std::find_if(migrations.begin(), migrations.end(),
                                   [&](const Migration& m) { return m.from == found; });
    if (step == migrations.end()) return UnknownFormat(rocks, found, current);
    if (rocks.read_only()) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "old_format",
                       fmt::format("the store in {} has the older format {}", rocks.path(), found),
                       "start `pagepulse serve` on it once; that brings it up to date");
    }
    RETURN_IF_ERROR(step->run(rocks));
    rocksdb::WriteBatch batch;
    batch.Put(kFormat, EncodeVersion(found + 1));
    RETURN_IF_ERROR(Write(rocks, &batch));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HashKey> LoadFormat(const Rocks& rocks, const std::optional<HashKey>& new_key,
                                   absl::Span<const Migration> migrations, uint32_t current) {
  std::string value;
  const rocksdb::Status status = rocks->Get(rocksdb::ReadOptions(), kFormat, &value);
  if (status.IsNotFound()) {
    if (rocks.read_only()) {
      return MakeError(absl::StatusCode::kNotFound, "no_store",
                       fmt::format("the store in {} was never completed", rocks.path()),
                       "start `pagepulse serve` on it once");
    }
    return Create(rocks, new_key ? *new_key : HashKey::Random(), current);
  }
  RETURN_IF_ROCKS_ERROR(status, "read the store's format");
  Reader reader(value);
  const uint32_t found = reader.Little32();
  if (!reader.done()) return absl::DataLossError("the store's format version is not 4 bytes");
  if (found > current) return UnknownFormat(rocks, found, current);
  RETURN_IF_ERROR(Migrate(rocks, found, current, migrations));

  RETURN_IF_ROCKS_ERROR(rocks->Get(rocksdb::ReadOptions(), kHashKey, &value),
                        "read the store's hash key");
  return HashKey::FromBytes(value);
}

}  // namespace pagepulse
