#pragma once

// The files of a checkpoint: sorted tables built in <path>/staging, then made visible in one step.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/sst_file_writer.h"
#include "storage/rocks.h"

namespace pagepulse {

// Makes the staging directory and removes what an earlier process left in it.
absl::Status SweepStaging(const Rocks& rocks);

// Finished, synced files of one family, not yet visible.
struct StagedFiles {
  Family family;
  std::vector<std::string> paths;
};

void RemoveStaged(const Rocks& rocks, const StagedFiles& files);

// Writes one family's part of a checkpoint. Abandoned files stay in the staging directory until
// the next SweepStaging, or until a file of the same name replaces them.
class StagedFileWriter {
 public:
  enum class Kind { kPut, kMerge };

  StagedFileWriter(const Rocks& rocks, Family family, Kind kind, uint64_t checkpoint);

  absl::Status Add(std::string_view key, std::string_view value);  // ascending keys, each once
  absl::Status Cut();                    // what is added next goes to another file
  absl::StatusOr<StagedFiles> Finish();  // no paths if nothing was added

 private:
  absl::Status FinishFile();

  const Rocks& rocks_;
  Kind kind_;
  uint64_t checkpoint_;
  StagedFiles files_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
};

// All files of all families become visible and durable together, or none do. They are gone from
// the staging directory afterwards. An error is final.
absl::Status IngestStaged(const Rocks& rocks, const std::vector<StagedFiles>& families);

}  // namespace pagepulse
