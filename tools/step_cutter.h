#pragma once

// A file of a backfill, cut into steps that end where a line ends, and found again by what it
// holds. docs/exactly_once.md, "Jobs".

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/submission.h"
#include "ingest/chunk.h"
#include "tools/byte_source.h"

namespace pagepulse {

// One stretch of whole lines, and where it lies in its file. Only a line that is longer than a step
// is cut: its first step holds bytes that are rejected as too long, those after it are blank, so
// that it is rejected once and never held as a whole. The chunk always has the stretch's length.
struct RawStep {
  JobStep position;
  Chunk chunk;
};

class StepCutter {
 public:
  // A step and its events stay in a core's cache from the file to where they are counted.
  static constexpr size_t kStepBytes = 512 * 1024;

  // Reads as much as is needed to tell which of the job's files this is, and goes to where it
  // stands. A step has at most step_bytes, a document is one step. FAILED_PRECONDITION: standard
  // input that begins like a known file and then differs.
  static absl::StatusOr<std::unique_ptr<StepCutter>> Open(const std::string& path,
                                                          const std::string& job,
                                                          const std::vector<JobFile>& known,
                                                          bool one_document,
                                                          size_t step_bytes = kStepBytes);
  virtual ~StepCutter() = default;

  // The next step, false at the end of the file. A last line without an end is a step of its own if
  // it is a whole JSON value, or too long whatever follows; else it may be half written, and is
  // left. DATA_LOSS: the file cannot be read further; every whole line before that place was in a
  // step, and the message says how far that is.
  virtual absl::StatusOr<bool> Next(RawStep* step) = 0;
  virtual bool left_last_line() const = 0;  // once Next has returned false
  // Whether the file begins with the same event as one that the job has counted, and then differs.
  virtual bool resembles_known() const = 0;
  virtual const JobFile& start() const = 0;
  virtual const ByteSource& source() const = 0;
};

}  // namespace pagepulse
