#pragma once

// The engine: one store, open for as long as this object lives. docs/architecture.md tells the life
// of an event through it, docs/exactly_once.md why it is counted once.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "engine/submission.h"
#include "engine/undo_state.h"
#include "query/query.h"
#include "storage/database.h"

namespace pagepulse {

struct EngineOptions {
  DatabaseOptions database;
  // How the store is opened; another one may keep its rollups elsewhere.
  std::function<absl::StatusOr<std::unique_ptr<Database>>(const DatabaseOptions&)> open_database =
      Database::Open;
  // Deltas a stretch holds (32 bytes each); half as many while anybody asks.
  size_t stretch_deltas = 1 << 20;
  size_t stretch_log_bytes = 64 << 20;  // or this much log
  int checkpoint_seconds = 60;          // or this long after its first event
  size_t queue_bytes = 64 << 20;        // submissions waiting; Accepting() says no above it
  uint64_t max_ids = 200'000'000;
  int id_window_hours = 48;
  bool keep_job_records = true;
  bool keep_rejected_bytes = false;
  int64_t retention_minutes[kLevels + 1] = {0, 8 * 1440, 0, 0, 0};  // by Level; 0: for ever
  std::function<std::string(std::string_view page)> zone_of_page;   // IANA; null: kDefaultZone
  // Which metrics of a page its platform's reports make; null: none of any page.
  std::function<AuthoritySet(std::string_view page)> authority_of_page;
  Clock clock = SystemMillis;
  MetricsRegistry* metrics = nullptr;  // not owned; may be null
  // Called once, from any thread, when a write failed and the process must stop.
  std::function<void(const absl::Status&)> on_fatal;
};

struct JobFile {
  Hash128 file = 0;      // of its first line
  uint32_t ordinal = 0;  // among the job's files with that first line
  std::string file_name;
  uint64_t position = 0;
  uint32_t lines = 0;
  Hash128 digest = 0;
  uint64_t accepted = 0, duplicate = 0, rejected = 0;
  int64_t counted_ms = 0;  // when the last step was; 0: before this was kept
  std::string options;     // of the last step; empty: before this was kept

  // Whether some of it was counted as read by other options than these.
  bool WasReadOtherwise(std::string_view other) const {
    return position > 0 && !options.empty() && options != other;
  }
};

struct JobSummary {
  std::string name;
  uint64_t files = 0, accepted = 0, duplicate = 0, rejected = 0;
  int64_t counted_ms = 0;  // when it last counted anything
  bool being_undone = false;
  int64_t undo_ms = 0;  // when its last undo began or ended; 0: never
  uint64_t undone = 0;  // events that it took out
};

// An event of an undone job that another sender had told too.
struct SharedEvent {
  std::string page, post, type;
  int64_t ts_ms = 0;
  std::string teller;  // the other job's name, or "live"
};

struct UndoReport {
  static constexpr size_t kMaxShared = 20;

  bool done = true;                 // or there is more to take out
  UndoCounts counts;                // of the whole undo so far, however often it was taken up again
  std::vector<SharedEvent> shared;  // the first of them that this run met
  bool did_nothing = false;         // the job had nothing, or no longer has
};

// A line that was not counted.
struct RejectedLine {
  int64_t arrival_ms = 0;
  std::string origin;  // the job's name, or "http"
  uint32_t line = 0;
  uint64_t offset = 0;  // in the uncompressed stream
  uint32_t length = 0;
  RejectCode code = RejectCode::kNone;
  std::string text;  // only where EngineOptions::keep_rejected_bytes
  // Of whom and of what; empty: not known. `hook:facebook` is a platform's delivery.
  std::string format, token, page;
};

struct PostView {
  std::string post, title, link;
  int64_t published_ms = 0;
};

class Engine {
 public:
  // FAILED_PRECONDITION: another process holds the store, its format is unknown, or a page's zone
  // (or the authority of a metric that was counted) differs from the configured one. Replays the
  // log before it returns. With options.database.read_only nothing is written and Submit must not
  // be called.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(EngineOptions options);
  virtual ~Engine() = default;  // finishes what was submitted

  // --- Ingest. Thread-safe.
  // Whether a request may begin; false: answer 429 before anything of it is counted.
  virtual bool Accepting() const = 0;
  // `done` is called once, after the submission is durable, from an engine thread; it must not
  // block. Blocks while the queue is above twice its bound (a backfill's backpressure).
  virtual void Submit(Submission submission, absl::AnyInvocable<void(Reply)> done) = 0;
  // What the job has counted of its files; empty for an unknown job.
  virtual std::vector<JobFile> JobFiles(std::string_view job) const = 0;
  virtual std::vector<JobSummary> ListJobs() const = 0;
  // Takes out again what the job was first to bring (docs/undo.md), on the caller's thread and the
  // engine's, for at most so long; report.done says whether all is out. Stopped at any point, by a
  // crash too, it goes on where it was when it is called again. NOT_FOUND: no such job.
  // FAILED_PRECONDITION: records of it were not kept, and nothing was changed. ABORTED: another
  // undo is running.
  virtual absl::StatusOr<UndoReport> UndoJob(std::string_view job,
                                             std::chrono::milliseconds at_most) = 0;
  // Makes everything submitted so far durable rows, and returns when it is.
  virtual absl::Status Checkpoint() = 0;

  // --- Queries. Thread-safe.
  virtual const Catalog& catalog() const = 0;
  virtual std::shared_ptr<const Cut> TakeCut() const = 0;
  // Moves on before anything that a query may show is acknowledged: while it stands still, a query
  // gives the same answer but for the clock. Costs nothing to ask.
  virtual uint64_t published() const = 0;
  // RunQuery on a cut of now.
  absl::StatusOr<QueryResult> Run(const QuerySpec& spec, int64_t now_ms) const {
    while (true) {
      auto result = RunQuery(spec, catalog(), *TakeCut(), now_ms);
      // Retention takes a day at a time, so the next cut is good for one.
      if (!absl::IsAborted(result.status())) return result;
    }
  }
  virtual std::vector<PostView> Posts(uint32_t page) const = 0;

  // The last rejected lines, oldest first; at most kDeadLetters of them.
  virtual std::vector<RejectedLine> RejectedLines() const = 0;

  virtual const HashKey& hash_key() const = 0;
  virtual bool healthy() const = 0;  // false once a write has failed
};

}  // namespace pagepulse
