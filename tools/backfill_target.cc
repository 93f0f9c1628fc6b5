#include "tools/backfill_target.h"

#include <fmt/format.h>

#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>
#include <deque>
#include <future>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "base/thread_scheduling.h"
#include "ingest/adapter.h"
#include "ingest/figure_writer.h"
#include "ingest/registry.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

// A zone is known or refused before anything is read.
absl::StatusOr<ImportOptions> ReadImport(const BackfillOptions& options) {
  ImportOptions import;
  import.page = options.page;
  import.exported = options.exported;
  if (!options.tz.empty()) {
    const auto zone = LoadZone(options.tz);
    if (!zone.ok()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "unknown_zone",
                       fmt::format("`--tz {}` is not a time zone", options.tz),
                       fmt::format("give an IANA name such as {}", kDefaultZone));
    }
    import.zone = *zone;
  }
  return import;
}

constexpr size_t kMaxWaiting = 16;  // steps that the engine has and has not answered

// The job's other run, at this time: one that came before was met when the file was opened.
absl::Status OtherOptions(const std::string& file) {
  return MakeError(absl::StatusCode::kAborted, "other_options",
                   file + " is being counted by the same job as read by other options",
                   "`pagepulse inspect job NAME` says which; use another --job");
}

void AddError(const std::string& file, uint32_t line, std::string_view code,
              BackfillCounts* counts) {
  if (counts->errors.size() < BackfillCounts::kMaxErrors) {
    counts->errors.push_back(fmt::format("{}:{}: {}", file, line, code));
  }
  std::vector<std::string>& first = counts->reasons[std::string(code)].first;
  if (first.size() < BackfillCounts::Reason::kMaxFirst) {
    first.push_back(fmt::format("{}:{}", file, line));
  }
}

// --- Into the engine of this process. Steps are parsed in parallel and submitted in order.
class EngineTarget final : public BackfillTarget {
 public:
  EngineTarget(std::unique_ptr<Engine> engine, AdapterRegistry registry, const Adapter* adapter,
               ImportOptions import, const Config& config)
      : registry_(std::move(registry)),
        engine_(std::move(engine)),
        adapter_(adapter),
        accounts_(config.zalo.Pages()),
        import_(std::move(import)),
        options_(OptionsText(adapter->name(), import_)),
        retention_minutes_(config.retention.events),
        threads_(std::max(1u, std::thread::hardware_concurrency())),
        pool_(threads_) {}

  ~EngineTarget() override {
    pool_.join();
    engine_.reset();  // its last replies count into this object
  }

  bool one_document() const override { return adapter_->framing() == Framing::kWhole; }
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
  absl::StatusOr<Submission> Parse(RawStep step) const {
    ImportOptions import = import_;
    const std::string file = step.position.file_name;
    import.file_name = file.substr(file.rfind('/') + 1);
    ParseContext context;
    context.key = &engine_->hash_key();
    context.accounts = &accounts_;
    context.import = &import;
    context.now_ms = SystemMillis();
    if (retention_minutes_ > 0) context.oldest_ms = context.now_ms - retention_minutes_ * 60'000;
    // Inside a file an opening bracket is a bad line, not an array.
    const Adapter* adapter =
        step.position.from == 0 ? ByFirstByte(*adapter_, step.chunk.text()) : adapter_;
    if (adapter == nullptr) adapter = adapter_;
    Submission submission;
    submission.job = std::move(step.position);
    submission.job->options = options_;
    submission.format = adapter_->name();
    submission.bytes = 2 * step.chunk.size;
    EventBatch& batch = submission.batches.emplace_back();
    absl::Status status = adapter->Parse(std::move(step.chunk), {}, context, &batch);
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
      AddError(file, error.line, RejectName(error.code), &counts_);
    }
  }

  const AdapterRegistry registry_;  // of adapter_; batches view what it holds
  std::unique_ptr<Engine> engine_;
  const Adapter* const adapter_;
  const AccountPages accounts_;
  const ImportOptions import_;
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

// --- Over HTTP, one step a request.
class ServerTarget final : public BackfillTarget {
 public:
  ServerTarget(std::unique_ptr<HttpClient> client, const BackfillOptions& options,
               const ImportOptions& import, bool one_document)
      : client_(std::move(client)),
        asked_(options),
        options_(OptionsText(options.format, import)),
        one_document_(one_document) {}

  bool one_document() const override { return one_document_; }
  const std::string& options() const override { return options_; }

  absl::StatusOr<std::vector<JobFile>> Files(const std::string& job) override {
    return FetchJobFiles(client_.get(), job);
  }

  absl::Status Send(RawStep step) override {
    const JobStep& at = step.position;
    HttpFields fields = {
        {"Content-Type", "application/x-ndjson"},
        {"Pagepulse-Job", PercentEncode(at.job)},
        {"Pagepulse-Format", asked_.format},
        {"Pagepulse-File", FormatHash(at.file)},
        {"Pagepulse-Ordinal", std::to_string(at.ordinal)},
        {"Pagepulse-File-Name", PercentEncode(at.file_name)},
        {"Pagepulse-From", std::to_string(at.from)},
        {"Pagepulse-To", std::to_string(at.to)},
        {"Pagepulse-Digest-From", FormatHash(at.digest_from)},
        {"Pagepulse-Digest", FormatHash(at.digest)},
        {"Pagepulse-First-Line", std::to_string(step.chunk.first_line)},
        {"Pagepulse-Lines", std::to_string(at.lines)},
    };
    if (!asked_.page.empty()) fields.push_back({"Pagepulse-Page", PercentEncode(asked_.page)});
    if (!asked_.tz.empty()) fields.push_back({"Pagepulse-Tz", asked_.tz});
    if (!asked_.exported.empty()) fields.push_back({"Pagepulse-Exported", asked_.exported});
    int unavailable = 0;
    for (int wait = 1;; wait = std::min(2 * wait, 10)) {
      ASSIGN_OR_RETURN(HttpAnswer answer, client_->Post("/v1/events", step.chunk.text(), fields));
      if (answer.status == 200) return Count(at.file_name, answer.body);
      if (answer.status == 409) return CheckCounted(at, answer);
      if (answer.status == 503 && ++unavailable > kMaxUnavailable) return ErrorOf(answer);
      if (answer.status != 429 && answer.status != 503) return ErrorOf(answer);
      std::this_thread::sleep_for(std::chrono::seconds(wait));
    }
  }

  absl::Status Finish() override { return absl::OkStatus(); }
  BackfillCounts counts() const override { return counts_; }
  uint64_t received() const override { return counts_.received; }

 private:
  // A busy server says 429 for as long as it is; 503 may also be a disk that stays full.
  static constexpr int kMaxUnavailable = 20;

  // A step whose answer was lost with its connection is refused when it is sent again. Only the
  // exact end is its own: further on, somebody else is at work.
  absl::Status CheckCounted(const JobStep& step, const HttpAnswer& refusal) {
    ASSIGN_OR_RETURN(const std::vector<JobFile> files, Files(step.job));
    for (const JobFile& file : files) {
      if (file.file != step.file || file.ordinal != step.ordinal) continue;
      if (file.position != step.to || file.digest != step.digest) continue;
      if (file.WasReadOtherwise(options_)) return OtherOptions(step.file_name);
      fmt::print(stderr,
                 "{}: bytes {} to {} were counted, but the answer was lost: the sums below lack "
                 "them\n",
                 step.file_name, step.from, step.to);
      return absl::OkStatus();
    }
    return ErrorOf(refusal);
  }

  absl::Status Count(const std::string& file, const std::string& body) {
    try {
      const boost::json::value answer = boost::json::parse(body);
      counts_.received += answer.at("received").to_number<uint64_t>();
      counts_.accepted += answer.at("accepted").to_number<uint64_t>();
      counts_.duplicate += answer.at("duplicate").to_number<uint64_t>();
      counts_.rejected += answer.at("rejected").to_number<uint64_t>();
      const boost::json::value* ignored = answer.as_object().if_contains("ignored");
      if (ignored != nullptr) counts_.ignored += ignored->to_number<uint64_t>();
      for (const auto& [code, lines] : answer.at("reasons").as_object()) {
        counts_.reasons[std::string(code)].lines += lines.to_number<uint64_t>();
      }
      if (const auto* overruled = answer.as_object().if_contains("overruled")) {
        counts_.overruled += overruled->to_number<uint64_t>();
      }
      for (const boost::json::value& item : answer.at("errors").as_array()) {
        AddError(file, item.at("line").to_number<uint32_t>(), item.at("code").as_string().c_str(),
                 &counts_);
      }
    } catch (const std::exception& error) {
      return absl::DataLossError(
          fmt::format("the server's answer is not understood: {}", error.what()));
    }
    return absl::OkStatus();
  }

  std::unique_ptr<HttpClient> client_;
  const BackfillOptions asked_;
  const std::string options_;
  const bool one_document_;
  BackfillCounts counts_;
};

}  // namespace

absl::Status FaultOf(const std::string& name, const absl::Status& status) {
  if (status.code() != absl::StatusCode::kInvalidArgument) return status;
  return MakeError(absl::StatusCode::kFailedPrecondition, ErrorCode(status),
                   fmt::format("{}: {}", name, ToStd(status.message())), ErrorHint(status));
}

absl::StatusOr<std::vector<JobFile>> FetchJobFiles(HttpClient* client, const std::string& job) {
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->Get("/v1/jobs/" + PercentEncode(job)));
  if (answer.status == 404) return std::vector<JobFile>();
  if (answer.status != 200) return ErrorOf(answer);
  std::vector<JobFile> files;
  try {
    const boost::json::value list = boost::json::parse(answer.body);
    for (const boost::json::value& item : list.at("files").as_array()) {
      JobFile file;
      file.file = ParseHash(item.at("file").as_string().c_str()).value();
      file.ordinal = item.at("ordinal").to_number<uint32_t>();
      file.file_name = item.at("name").as_string().c_str();
      file.position = item.at("position").to_number<uint64_t>();
      file.lines = item.at("lines").to_number<uint32_t>();
      file.digest = ParseHash(item.at("digest").as_string().c_str()).value();
      file.accepted = item.at("accepted").to_number<uint64_t>();
      file.duplicate = item.at("duplicate").to_number<uint64_t>();
      file.rejected = item.at("rejected").to_number<uint64_t>();
      const boost::json::value* options = item.as_object().if_contains("options");
      if (options != nullptr) file.options = options->as_string().c_str();  // of older servers none
      files.push_back(std::move(file));
    }
  } catch (const std::exception& error) {
    return absl::DataLossError(
        fmt::format("the server's list of files is not understood: {}", error.what()));
  }
  return files;
}

namespace {

// An adapter, and what it is of.
struct Format {
  AdapterRegistry registry;
  const Adapter* adapter;
};

absl::StatusOr<Format> FindFormat(const std::string& name, const Config& config) {
  ASSIGN_OR_RETURN(AdapterRegistry registry, AdapterRegistry::Make(config.mappings));
  ASSIGN_OR_RETURN(const Adapter* const adapter, registry.Find(name));
  return Format{std::move(registry), adapter};
}

}  // namespace

absl::StatusOr<std::unique_ptr<BackfillTarget>> NewEngineTarget(std::unique_ptr<Engine> engine,
                                                                const BackfillOptions& options,
                                                                const Config& config) {
  ASSIGN_OR_RETURN(Format found, FindFormat(options.format, config));
  ASSIGN_OR_RETURN(ImportOptions import, ReadImport(options));
  // This thread reads, and the target's own, made from here, parse: as urgent as the engine's that
  // count. If those come last, steps pile up in front of them, and then nobody has work but they.
  LeaveCoresToQueries();
  return std::make_unique<EngineTarget>(std::move(engine), std::move(found.registry), found.adapter,
                                        std::move(import), config);
}

absl::StatusOr<std::unique_ptr<BackfillTarget>> OpenTarget(const Place& place,
                                                           const BackfillOptions& options,
                                                           const Config& config) {
  ASSIGN_OR_RETURN(const Format found, FindFormat(options.format, config));
  if (!place.server.empty()) {
    ASSIGN_OR_RETURN(const ImportOptions import, ReadImport(options));
    ASSIGN_OR_RETURN(auto client, HttpClient::Make(place.server, place.token));
    return std::make_unique<ServerTarget>(std::move(client), options, import,
                                          found.adapter->framing() == Framing::kWhole);
  }
  ASSIGN_OR_RETURN(auto engine, Engine::Open(ToEngineOptions(config, place.data)));
  return NewEngineTarget(std::move(engine), options, config);
}

}  // namespace pagepulse
