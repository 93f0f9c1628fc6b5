#include "tools/engine_target.h"

#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <future>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "base/thread_scheduling.h"
#include "ingest/figure_writer.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxWaiting = 8;  // steps that the engine has and has not answered

class EngineTarget final : public BackfillTarget {
 public:
  EngineTarget(std::unique_ptr<Engine> engine, Reading reading, const Config& config)
      : reading_(std::move(reading)),
        engine_(std::move(engine)),
        accounts_(config.zalo.Pages()),
        options_(OptionsText(adapter().name(), reading_.import)),
        retention_minutes_(config.retention.events),
        threads_(std::max(1u, std::thread::hardware_concurrency())),
        pool_(threads_) {}

  ~EngineTarget() override {
    pool_.join();
    engine_.reset();  // its last replies count into this object
  }

  bool one_document() const override { return adapter().framing() == Framing::kWhole; }
  const std::string& options() const override { return options_; }

  absl::StatusOr<std::vector<JobFile>> Files(const std::string& job) override {
    return engine_->JobFiles(job);
  }

  absl::Status Send(RawStep step) override {
    auto task = std::packaged_task<absl::StatusOr<Submission>()>(
        [this, step = std::move(step)]() mutable { return Parse(std::move(step)); });
    parsed_.push_back(boost::asio::post(pool_, std::move(task)));
    while (parsed_.size() > threads_ + 1) RETURN_IF_ERROR(SubmitOldest());
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    while (!parsed_.empty()) RETURN_IF_ERROR(SubmitOldest());
    MutexLock lock(&mutex_);
    const auto answered = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return waiting_ == 0; };
    mutex_.Await(answered);
    return failure_;
  }

  BackfillCounts counts() const override {
    MutexLock lock(&mutex_);
    return counts_;
  }
  uint64_t received() const override {
    MutexLock lock(&mutex_);
    return counts_.received;
  }

 private:
  const Adapter& adapter() const { return *reading_.adapter; }

  absl::StatusOr<Submission> Parse(RawStep step) const {
    ImportOptions import = reading_.import;
    const std::string file = step.position.file_name;
    import.file_name = file.substr(file.rfind('/') + 1);
    ParseContext context;
    context.key = &engine_->hash_key();
    context.accounts = &accounts_;
    context.import = &import;
    context.now_ms = SystemMillis();
    if (retention_minutes_ > 0) context.oldest_ms = context.now_ms - retention_minutes_ * 60'000;
    // Inside a file an opening bracket is a bad line, not an array.
    const Adapter* parser =
        step.position.from == 0 ? ByFirstByte(adapter(), step.chunk.text()) : &adapter();
    if (parser == nullptr) parser = &adapter();
    Submission submission;
    submission.job = std::move(step.position);
    submission.job->options = options_;
    submission.format = adapter().name();
    submission.bytes = 2 * step.chunk.size;
    EventBatch& batch = submission.batches.emplace_back();
    absl::Status status = parser->Parse(std::move(step.chunk), {}, context, &batch);
    if (status.ok()) status = CheckFigures(batch.figures.size());
    // Named here: it may be met while another file is read.
    RETURN_IF_ERROR(FaultOf(NameOfFile(file), status));
    return submission;
  }

  absl::Status SubmitOldest() {
    absl::StatusOr<Submission> submission = parsed_.front().get();
    parsed_.pop_front();
    RETURN_IF_ERROR(submission.status());
    {
      MutexLock lock(&mutex_);
      // More would only wait in memory, and what is taken from memory late is no longer in a cache.
      const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return waiting_ < kMaxWaiting || !failure_.ok();
      };
      mutex_.Await(has_room);
      RETURN_IF_ERROR(failure_);
      ++waiting_;
    }
    const std::string file = submission->job->file_name;
    const auto start = std::chrono::steady_clock::now();
    engine_->Submit(*std::move(submission),
                    [this, file, start](Reply reply) { Count(file, start, reply); });
    return absl::OkStatus();
  }

  void Count(const std::string& file, std::chrono::steady_clock::time_point start,
             const Reply& reply) {
    const std::chrono::duration<float, std::milli> passed =
        std::chrono::steady_clock::now() - start;
    MutexLock lock(&mutex_);
    counts_.ack_ms.push_back(passed.count());
    --waiting_;
    if (reply.outcome == Outcome::kWrongPosition) {
      failure_.Update(MakeError(absl::StatusCode::kAborted, "wrong_position",
                                file + " is being counted by the same job at the same time",
                                "run it again when the other is done"));
    } else if (reply.outcome == Outcome::kOtherOptions) {
      failure_.Update(OtherOptions(file));
    } else if (reply.outcome == Outcome::kBeingUndone) {
      failure_.Update(MakeError(absl::StatusCode::kAborted, "being_undone",
                                "what this job has counted is being taken out again",
                                "run `backfill --undo` of the job to its end first"));
    } else if (reply.outcome != Outcome::kCounted) {
      failure_.Update(absl::UnavailableError("the store cannot be written"));
    }
    counts_.received += reply.received;
    counts_.accepted += reply.accepted;
    counts_.duplicate += reply.duplicate;
    counts_.rejected += reply.rejected;
    counts_.ignored += reply.ignored;
    for (size_t code = 0; code < reply.by_code.size(); ++code) {
      if (reply.by_code[code] == 0) continue;
      counts_.reasons[std::string(RejectName(static_cast<RejectCode>(code)))].lines +=
          reply.by_code[code];
    }
    counts_.overruled += reply.overruled;
    for (const LineError& error : reply.errors) {
      counts_.AddError(file, error.line, RejectName(error.code));
    }
  }

  const Reading reading_;
  std::unique_ptr<Engine> engine_;
  const AccountPages accounts_;
  const std::string options_;
  const int64_t retention_minutes_;
  const size_t threads_;
  boost::asio::thread_pool pool_;
  std::deque<std::future<absl::StatusOr<Submission>>> parsed_;

  mutable Mutex mutex_;
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  BackfillCounts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<BackfillTarget> NewEngineTarget(std::unique_ptr<Engine> engine, Reading reading,
                                                const Config& config) {
  // This thread reads, and the target's own, made from here, parse: as urgent as the engine's that
  // count. If those come last, steps pile up in front of them, and then nobody has work but they.
  LeaveCoresToQueries();
  return std::make_unique<EngineTarget>(std::move(engine), std::move(reading), config);
}

}  // namespace pagepulse
