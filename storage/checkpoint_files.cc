#include "storage/checkpoint_files.h"

#include <fmt/format.h>

#include <utility>

#include "base/status_macros.h"
#include "rocksdb/env.h"
#include "storage/rocksdb_status.h"

namespace pagepulse {
namespace {

constexpr uint64_t kFileBytes = 64 << 20;

std::string StagingPath(const Rocks& rocks) { return rocks.path() + "/staging"; }

}  // namespace

absl::Status SweepStaging(const Rocks& rocks) {
  const std::string directory = StagingPath(rocks);
  RETURN_IF_ROCKS_ERROR(rocks.env()->CreateDirIfMissing(directory), "make the staging directory");
  std::vector<std::string> names;
  RETURN_IF_ROCKS_ERROR(rocks.env()->GetChildren(directory, &names), "list the staging directory");
  for (const std::string& name : names) {
    if (name == "." || name == "..") continue;
    RETURN_IF_ROCKS_ERROR(rocks.env()->DeleteFile(fmt::format("{}/{}", directory, name)),
                          "sweep the staging directory");
  }
  return absl::OkStatus();
}

void RemoveStaged(const Rocks& rocks, const StagedFiles& files) {
  // One that cannot be removed is swept at the next start.
  for (const std::string& path : files.paths) rocks.env()->DeleteFile(path).PermitUncheckedError();
}

StagedFileWriter::StagedFileWriter(const Rocks& rocks, Family family, Kind kind,
                                   uint64_t checkpoint)
    : rocks_(rocks), kind_(kind), checkpoint_(checkpoint), files_{family, {}} {}

absl::Status StagedFileWriter::Add(std::string_view key, std::string_view value) {
  if (writer_ == nullptr) {
    rocksdb::Options options = rocks_.file_options(files_.family);
    // What overlaps is soon written again, by a compaction, which compresses what its family says.
    options.compression = rocksdb::kNoCompression;
    rocksdb::EnvOptions env_options(options);
    env_options.use_direct_writes = rocks_.writes_directly();
    writer_ =
        std::make_unique<rocksdb::SstFileWriter>(env_options, options, rocks_.family(files_.family),
                                                 /*invalidate_page_cache=*/false);
    files_.paths.push_back(fmt::format("{}/{}-{}-{}.sst", StagingPath(rocks_),
                                       FamilyName(files_.family), checkpoint_,
                                       files_.paths.size()));
    RETURN_IF_ROCKS_ERROR(writer_->Open(files_.paths.back()), "make a checkpoint file");
  }
  RETURN_IF_ROCKS_ERROR(
      kind_ == Kind::kMerge ? writer_->Merge(key, value) : writer_->Put(key, value),
      "write a checkpoint file");
  return writer_->FileSize() >= kFileBytes ? FinishFile() : absl::OkStatus();
}

absl::Status StagedFileWriter::Cut() {
  return writer_ == nullptr ? absl::OkStatus() : FinishFile();
}

absl::Status StagedFileWriter::FinishFile() {
  RETURN_IF_ROCKS_ERROR(writer_->Finish(), "finish a checkpoint file");  // syncs it
  writer_.reset();
  return absl::OkStatus();
}

absl::StatusOr<StagedFiles> StagedFileWriter::Finish() {
  if (writer_ != nullptr) RETURN_IF_ERROR(FinishFile());
  return std::move(files_);
}

absl::Status IngestStaged(const Rocks& rocks, const std::vector<StagedFiles>& families) {
  std::vector<rocksdb::IngestExternalFileArg> args;
  for (const StagedFiles& files : families) {
    if (files.paths.empty()) continue;
    rocksdb::IngestExternalFileArg& arg = args.emplace_back();
    arg.column_family = rocks.family(files.family);
    arg.external_files = files.paths;
    arg.options.move_files = true;
    arg.options.write_global_seqno = false;
    // These families have no memtables to overlap with.
    arg.options.allow_blocking_flush = false;
    // Rows are read by snapshots, the others as they are now. What must not show in a snapshot gets
    // a sequence number, and is written again by a compaction to lose it.
    arg.options.snapshot_consistency = HoldsRows(files.family);
  }
  return FromRocks(rocks->IngestExternalFiles(args), "take in a checkpoint");
}

}  // namespace pagepulse
