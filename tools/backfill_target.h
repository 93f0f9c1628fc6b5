#pragma once

// Where a backfill's steps go: the engine of this process, or a running server.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "ingest/adapter.h"
#include "ingest/registry.h"
#include "tools/commands.h"
#include "tools/step_cutter.h"

namespace pagepulse {

struct BackfillCounts {
  uint64_t received = 0, accepted = 0, duplicate = 0, rejected = 0;
  uint64_t ignored = 0;  // not received: their format has no use for them
  struct Reason {
    uint64_t lines = 0;
    std::vector<std::string> first;  // "file:line"
    static constexpr size_t kMaxFirst = 3;
  };
  std::map<std::string, Reason> reasons;  // of rejections, by code
  uint64_t overruled = 0;                 // events of metrics that the platform's reports make
  // The first rejected lines: "file:line: code".
  std::vector<std::string> errors;
  static constexpr size_t kMaxErrors = 20;
  std::vector<float> ack_ms;  // of each step, from when the engine got it until it was durable

  void AddError(const std::string& file, uint32_t line, std::string_view code);
};

// How a backfill's files are read.
struct Reading {
  AdapterRegistry registry;  // of the adapter; batches view what it holds
  const Adapter* adapter;
  ImportOptions import;
};
// INVALID_ARGUMENT: no such format or time zone.
absl::StatusOr<Reading> FindReading(const BackfillOptions& options, const Config& config);

class BackfillTarget {
 public:
  virtual ~BackfillTarget() = default;
  // Whether a file of this format is one document, not lines.
  virtual bool one_document() const = 0;
  // What files are read by: OptionsText.
  virtual const std::string& options() const = 0;
  virtual absl::StatusOr<std::vector<JobFile>> Files(const std::string& job) = 0;
  // Hands a step over; steps of a file in order. Blocks while the target is behind. An error is
  // final: what came before it may or may not have counted, and the job's next run goes on there.
  virtual absl::Status Send(RawStep step) = 0;
  // Waits until everything sent is durable.
  virtual absl::Status Finish() = 0;
  // Of what is durable so far.
  virtual BackfillCounts counts() const = 0;
  virtual uint64_t received() const = 0;  // counts().received, without a copy of the rest
};

// As messages name it.
inline std::string NameOfFile(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

// What an adapter or a server finds wrong with the data of a file is no wrong usage of the command;
// and they know of no files.
absl::Status FaultOf(const std::string& name, const absl::Status& status);

// The job's other run, at this time, reads the file otherwise: one that came before was met when
// the file was opened.
absl::Status OtherOptions(const std::string& file);

absl::StatusOr<std::unique_ptr<BackfillTarget>> OpenTarget(const Place& place,
                                                           const BackfillOptions& options,
                                                           const Config& config);

}  // namespace pagepulse
