#pragma once

// A run of facts: what one checkpoint changed, or several runs merged, in ascending order of
// identity and never written again. Its records lie together in the column family `facts`, pages
// first, then a summary that is kept in memory for as long as the run counts. Layout:
// docs/storage_format.md, "Facts".

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/iterator.h"
#include "storage/checkpoint_files.h"
#include "storage/fact_page.h"
#include "storage/rocks.h"
#include "storage/run_filter.h"

namespace pagepulse {

// The first key of the run; the first of the next one is the end of this one.
std::string FactRunBegin(uint64_t number);
// The run that a key belongs to; nullopt where it is no key of a run.
std::optional<uint64_t> FactRunOf(std::string_view key);

// Safe for any number of threads.
class FactRun {
 public:
  static absl::StatusOr<std::shared_ptr<const FactRun>> Load(const Rocks& rocks, uint64_t number);

  uint64_t number() const { return number_; }
  uint64_t facts() const { return facts_; }
  bool MayHold(Hash128 identity) const { return filter_.MayHold(identity); }
  // The history, which may be empty, or nullopt where the run does not have the fact: nearly always
  // without a read.
  absl::StatusOr<std::optional<std::string>> Get(const Rocks& rocks, Hash128 identity) const;
  size_t memory_bytes() const {  // of the summary
    return firsts_.size() * sizeof(Hash128) + filter_.words().size() * sizeof(uint64_t);
  }

 private:
  friend class FactRunWriter;
  FactRun(uint64_t number, RunFilter filter) : number_(number), filter_(std::move(filter)) {}

  std::string EncodeSummary() const;
  static absl::StatusOr<FactRun> DecodeSummary(uint64_t number, std::string_view bytes);

  uint64_t number_, facts_ = 0;
  std::vector<Hash128> firsts_;  // of each page
  RunFilter filter_;
};

// One thread.
class FactRunWriter {
 public:
  FactRunWriter(const Rocks& rocks, uint64_t number, uint64_t facts_at_most);

  // Ascending identities. INVALID_ARGUMENT: an identity is not above the one before, or a history
  // is longer than any can be.
  absl::Status Add(Hash128 identity, std::string_view history);

  struct Written {
    StagedFiles files;
    std::shared_ptr<const FactRun> run;
  };
  absl::StatusOr<Written> Finish();  // at least one fact was added

 private:
  absl::Status FinishPage();

  StagedFileWriter files_;
  std::unique_ptr<FactRun> run_;
  FactPageBuilder page_;
  Hash128 last_ = 0;
};

// Goes through a run. One thread.
class FactRunReader {
 public:
  // Of the store as it is now: what is dropped later is read all the same.
  FactRunReader(const Rocks& rocks, std::shared_ptr<const FactRun> run);

  // To the first fact, then to each next one. DATA_LOSS: there are not as many as there were.
  absl::Status Next();
  bool done() const { return done_; }
  // Valid until Next.
  Hash128 identity() const { return identity_; }
  std::string_view history() const { return page_.history(place_); }

 private:
  absl::Status OpenPage();

  const std::shared_ptr<const FactRun> run_;
  const std::string end_;
  const rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> records_;
  FactPage page_;
  size_t place_ = 0;
  uint64_t read_ = 0;  // facts of the pages so far
  Hash128 identity_ = 0;
  bool started_ = false, done_ = false;
};

}  // namespace pagepulse
