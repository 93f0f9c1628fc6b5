#pragma once

// A file of a backfill as a stream of uncompressed bytes, cut into steps that end where a line
// ends, and found again by what it holds. docs/exactly_once.md, "Jobs".

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/submission.h"

namespace pagepulse {

// Reads a file, or standard input for "-", decompressed.
class ByteSource {
 public:
  // NOT_FOUND, PERMISSION_DENIED: with the file's name.
  static absl::StatusOr<std::unique_ptr<ByteSource>> Open(const std::string& path);
  virtual ~ByteSource() = default;

  // The next bytes; empty at the end. The view lives until the next call.
  virtual absl::StatusOr<std::string_view> Next() = 0;
  virtual bool seekable() const = 0;          // whether Open may be called again for the same bytes
  virtual uint64_t raw_position() const = 0;  // bytes of the file itself that were read
  virtual uint64_t raw_size() const = 0;      // 0: unknown
};

// One stretch of whole lines, and where it lies in its file.
struct RawStep {
  JobStep position;
  uint32_t first_line = 1;
  std::string bytes;
};

class StepCutter {
 public:
  // Reads as much as is needed to tell which of the job's files this is, and goes to where it
  // stands. FAILED_PRECONDITION: standard input that begins like a known file and then differs.
  static absl::StatusOr<std::unique_ptr<StepCutter>> Open(const std::string& path,
                                                          const std::string& job,
                                                          const std::vector<JobFile>& known,
                                                          bool one_document);
  virtual ~StepCutter() = default;

  // The next step, false at the end of the file.
  virtual absl::StatusOr<bool> Next(RawStep* step) = 0;
  virtual const JobFile& start() const = 0;
  virtual const ByteSource& source() const = 0;
};

}  // namespace pagepulse
