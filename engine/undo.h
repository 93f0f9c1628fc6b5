#pragma once

// The undo of a job, from outside the sequencer: reads the job's records and has the sequencer take
// them out, a section of the log at a time. docs/undo.md tells why that is exact.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/figures.h"
#include "engine/group.h"
#include "engine/jobs.h"
#include "engine/told_again.h"
#include "storage/database.h"

namespace pagepulse {

// What the sequencer is asked for.
struct UndoStep {
  enum Kind : uint8_t {
    kHold,     // the job takes no step until kBegin or kPause; not logged
    kBegin,    // the job takes no step from here on; an undo that was begun goes on
    kSection,  // takes out one section's records
    kFigures,  // and what platforms report, all that the job has told
    kPause,    // the undo will go on some day
    kEnd,      // everything is out: the job has counted nothing
  };
  Kind kind = kBegin;
  uint32_t job = 0;
  uint64_t total = 0;  // of kBegin: the job's records

  // Of kSection:
  uint64_t sequence = 0;      // of the log entry that brought the records
  uint32_t section = 0;       // among the job's sections of that entry
  uint32_t claim_hour = 0;    // under which their ids were claimed
  bool brought_back = false;  // they count instead of another job's, which was undone
  std::string records;
  std::shared_ptr<const ToldAgainIndex> told;  // by other senders, before the undo began
  std::vector<ToldAgain>* shared = nullptr;    // the first that count instead; may be null
  static constexpr size_t kMaxShared = UndoReport::kMaxShared;
};

// One at a time of one engine.
class Undo {
 public:
  // Where steps go, as Engine's.
  struct Sink {
    std::function<void(Submission, absl::AnyInvocable<void(Reply)>)> submit;
    std::function<absl::Status()> checkpoint;
  };
  Undo(const Database& db, const Jobs& jobs, const Figures& figures, const Catalog& catalog,
       Sink sink)
      : db_(db), jobs_(jobs), figures_(figures), catalog_(catalog), sink_(std::move(sink)) {}

  absl::StatusOr<UndoReport> Run(std::string_view job, std::chrono::milliseconds at_most);

 private:
  using VisitSection = absl::FunctionRef<absl::Status(UndoStep)>;

  // NOT_FOUND, FAILED_PRECONDITION: see Engine::UndoJob. Counts the job's records. False: there is
  // nothing to take out.
  absl::StatusOr<bool> Check(std::string_view job);
  // Counts those that have come since, and lets no others come.
  absl::Status Begin();
  // The job's sections in log entries above `after` and up to `until`, in order.
  absl::Status VisitSections(uint64_t after, uint64_t until, VisitSection visit) const;
  absl::StatusOr<std::shared_ptr<const ToldAgainIndex>> LoadToldAgain() const;
  bool IsOverruled(const Record& record) const;
  // True: all is out. False: the deadline came.
  absl::StatusOr<bool> TakeOut();
  absl::Status Send(UndoStep step);
  SharedEvent Describe(const ToldAgain& told) const;

  const Database& db_;
  const Jobs& jobs_;
  const Figures& figures_;
  const Catalog& catalog_;
  const Sink sink_;
  std::chrono::steady_clock::time_point deadline_;
  uint32_t job_ = 0;
  uint64_t total_ = 0;    // of its records
  uint64_t counted_ = 0;  // log entries up to this one
  std::vector<ToldAgain> shared_;
};

}  // namespace pagepulse
