#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <utility>

#include "base/coding.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "engine/figures.h"
#include "engine/pipeline.h"
#include "engine/undo.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

class EngineImpl final : public Engine {
 public:
  explicit EngineImpl(EngineOptions options) : options_(std::move(options)) {}
  ~EngineImpl() override = default;

  absl::Status Init();

  bool Accepting() const override { return pipeline_->Accepting(); }
  void Submit(Submission submission, absl::AnyInvocable<void(Reply)> done) override {
    pipeline_->Submit(std::move(submission), std::move(done));
  }
  std::vector<JobFile> JobFiles(std::string_view job) const override { return jobs_.Files(job); }
  std::vector<JobSummary> ListJobs() const override { return jobs_.All(); }
  absl::StatusOr<UndoReport> UndoJob(std::string_view job,
                                     std::chrono::milliseconds at_most) override;
  absl::Status Checkpoint() override { return pipeline_->Checkpoint(); }

  const Catalog& catalog() const override { return *names_; }
  std::shared_ptr<const Cut> TakeCut() const override {
    // A reader has no groups that are not durable.
    const uint64_t durable =
        options_.database.read_only ? UINT64_MAX : pipeline_->durable_sequence();
    return stretches_->TakeCut(options_.clock(), {&figures_, durable});
  }
  uint64_t published() const override { return pipeline_->published(); }
  std::vector<PostView> Posts(uint32_t page) const override;
  std::vector<RejectedLine> RejectedLines() const override { return dead_letters_.OldestFirst(); }

  const HashKey& hash_key() const override { return db_->hash_key(); }
  bool healthy() const override { return pipeline_->healthy(); }

 private:
  absl::Status LoadJournal();
  absl::Status LoadNames();
  absl::Status LoadJobs();
  absl::Status LoadIds();
  absl::Status LoadFigures();
  absl::Status CheckZones() const;
  absl::Status SettleAuthorities();
  bool HasCounted(uint32_t page, AuthorityMetric metric) const;
  absl::Status ReplayLog(uint64_t* last_sequence);
  void AddGauges();

  EngineOptions options_;
  std::unique_ptr<Database> db_;
  std::unique_ptr<Names> names_;
  std::unique_ptr<IdWindow> ids_;
  Jobs jobs_;
  DeadLetters dead_letters_;
  Figures figures_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<Stretches> stretches_;
  std::atomic<bool> undoing_{false};
  std::unique_ptr<Pipeline> pipeline_;  // last: its threads use all of the above
};

absl::Status EngineImpl::Init() {
  if (!options_.zone_of_page) {
    options_.zone_of_page = [](std::string_view) { return std::string(kDefaultZone); };
  }
  // An alias is stored, and compared, under the zone's own name.
  options_.zone_of_page = [zone = std::move(options_.zone_of_page)](std::string_view page) {
    const std::string name = zone(page);
    return name == "Asia/Saigon" ? std::string(kDefaultZone) : name;
  };
  ASSIGN_OR_RETURN(db_, options_.open_database(options_.database));
  names_ = std::make_unique<Names>(db_->hash_key());
  ids_ = std::make_unique<IdWindow>(IdWindow::Options{options_.max_ids, options_.id_window_hours});
  Sequencer::Options sequencer_options;
  sequencer_options.keep_job_records = options_.keep_job_records;
  sequencer_options.keep_rejected_bytes = options_.keep_rejected_bytes;
  sequencer_options.zone_of_page = options_.zone_of_page;
  sequencer_options.authority_of_page = options_.authority_of_page;
  sequencer_ = std::make_unique<Sequencer>(*db_, names_.get(), ids_.get(), &jobs_, &dead_letters_,
                                           &figures_, std::move(sequencer_options));
  RETURN_IF_ERROR(LoadJournal());
  stretches_ = std::make_unique<Stretches>(db_.get(), 2 * options_.stretch_deltas);
  pipeline_ = std::make_unique<Pipeline>(options_, db_.get(), sequencer_.get(), stretches_.get(),
                                         ids_.get());
  uint64_t last_sequence = db_->marker();
  RETURN_IF_ERROR(ReplayLog(&last_sequence));
  if (options_.database.read_only) return absl::OkStatus();
  RETURN_IF_ERROR(CheckZones());
  if (options_.metrics != nullptr) AddGauges();
  pipeline_->Start(last_sequence + 1);
  return SettleAuthorities();
}

absl::Status EngineImpl::LoadJournal() {
  RETURN_IF_ERROR(LoadNames());
  RETURN_IF_ERROR(LoadJobs());
  RETURN_IF_ERROR(LoadFigures());
  if (!options_.database.read_only) RETURN_IF_ERROR(LoadIds());
  ASSIGN_OR_RETURN(std::optional<std::string> rejected, db_->GetEntry(kDeadLetterCountKey));
  if (rejected) dead_letters_.Restore(Reader(*rejected).Little64());
  return db_->ScanEntries(
      "x", [this](std::string_view key, std::string_view value) -> absl::Status {
        ASSIGN_OR_RETURN(DeadLetter letter, DecodeDeadLetter(value));
        dead_letters_.RestorePlace(Reader(key.substr(1)).Big32(), std::move(letter));
        return absl::OkStatus();
      });
}

absl::Status EngineImpl::LoadNames() {
  // In key order: by kind, then id; a post's page comes before it.
  return db_->ScanEntries("n", [this](std::string_view, std::string_view value) -> absl::Status {
    ASSIGN_OR_RETURN(NameEntry entry, DecodeName(value));
    return names_->Add(entry);
  });
}

absl::Status EngineImpl::LoadJobs() {
  RETURN_IF_ERROR(db_->ScanEntries("j", [this](std::string_view key, std::string_view value) {
    Reader in(key.substr(1));
    jobs_.AddJob(in.Big32(), value);
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(
      db_->ScanEntries("u", [this](std::string_view, std::string_view value) -> absl::Status {
        uint32_t job = 0;
        UndoState undo;
        RETURN_IF_ERROR(DecodeUndoState(value, &job, &undo));
        jobs_.SetUndo(job, undo);
        return absl::OkStatus();
      }));
  return db_->ScanEntries("p", [this](std::string_view, std::string_view value) -> absl::Status {
    uint32_t job = 0;
    JobFile file;
    RETURN_IF_ERROR(DecodeJobFile(value, &job, &file));
    if (file.position > 0) jobs_.SetFile(job, file);
    return absl::OkStatus();
  });
}

absl::Status EngineImpl::LoadIds() {
  const uint32_t now_hour = static_cast<uint32_t>(options_.clock() / 3'600'000);
  ids_->AdvanceTo(now_hour);
  return db_->ScanEntries("i", [this](std::string_view key, std::string_view value) {
    const uint32_t hour = Reader(key.substr(1)).Big32();
    if (hour < ids_->oldest_kept_hour()) return absl::OkStatus();
    for (Reader in(value); in.remaining() >= 8;) ids_->Insert(in.Little64(), hour);
    return absl::OkStatus();
  });
}

absl::Status EngineImpl::LoadFigures() {
  const auto restore = [this](std::string_view key, std::string_view value) {
    return figures_.Restore(key, value);
  };
  RETURN_IF_ERROR(db_->ScanEntries("a", restore));
  return db_->ScanEntries("f", restore);
}

absl::Status EngineImpl::CheckZones() const {
  for (uint32_t page : names_->AllPages()) {
    const std::string stored = names_->PageZone(page);
    const std::string configured = options_.zone_of_page(names_->PageName(page));
    if (stored == configured) continue;
    return MakeError(absl::StatusCode::kFailedPrecondition, "zone_changed",
                     fmt::format("page `{}` is stored in days of {}, but the configuration says {}",
                                 names_->PageName(page), stored, configured),
                     "set the page's tz back; its days cannot be cut anew without its events");
  }
  return absl::OkStatus();
}

// A metric has one authority for as long as anything of it is counted, or it would be counted from
// both.
absl::Status EngineImpl::SettleAuthorities() {
  Submission change;
  for (uint32_t page : names_->AllPages()) {
    const std::string name = names_->PageName(page);
    const AuthoritySet stored = figures_.authority(page);
    const AuthoritySet configured =
        options_.authority_of_page ? options_.authority_of_page(name) : AuthoritySet{0};
    if (stored == configured) continue;
    for (int i = 0; i < kAuthorityMetrics; ++i) {
      const AuthorityMetric metric = static_cast<AuthorityMetric>(i);
      const bool platforms = stored & AuthorityBit(metric);
      if (platforms == static_cast<bool>(configured & AuthorityBit(metric))) continue;
      if (!HasCounted(page, metric)) continue;
      return MakeError(absl::StatusCode::kFailedPrecondition, "authority_changed",
                       fmt::format("`{}` of page `{}` were counted from {}, but the configuration "
                                   "names the other as their authority",
                                   AuthorityMetricName(metric), name,
                                   platforms ? "the platform's reports" : "our own events"),
                       "set the page's authority back, or count the page anew in another store; "
                       "what came from one cannot be told from the other");
    }
    change.authorities.emplace_back(page, configured);
  }
  if (change.authorities.empty()) return absl::OkStatus();
  std::promise<Outcome> outcome;
  pipeline_->Submit(std::move(change),
                    [&outcome](const Reply& reply) { outcome.set_value(reply.outcome); });
  if (outcome.get_future().get() == Outcome::kCounted) return absl::OkStatus();
  return absl::UnavailableError("the store cannot be written");
}

// Whether any row shows something of it, be it ahead of the clock; true where that can no longer be
// seen.
bool EngineImpl::HasCounted(uint32_t page, AuthorityMetric metric) const {
  QuerySpec spec;
  spec.pages = {names_->PageName(page)};
  const std::string name(AuthorityMetricName(metric));
  if (metric == AuthorityMetric::kViews || metric == AuthorityMetric::kClicks) {
    spec.metrics = {name};
  } else {
    spec.metrics = {name + ".added", name + ".removed"};
  }
  spec.from = TimeBound{.is_day = true, .day = absl::CivilDay(1970, 1, 2)};
  spec.to = TimeBound{.is_day = true, .day = absl::CivilDay(2100, 1, 1)};
  spec.tz = names_->PageZone(page);
  const auto result = Run(spec, options_.clock());
  if (!result.ok()) return true;
  return std::any_of(result->totals.begin(), result->totals.end(),
                     [](const Value& total) { return total != Value(int64_t{0}); });
}

absl::Status EngineImpl::ReplayLog(uint64_t* last_sequence) {
  // Where a rollup store of its own is ahead of the journal, the stretch ends exactly there, so
  // that its checkpoint repeats what that store already holds.
  ASSIGN_OR_RETURN(const uint64_t ahead, db_->rollups().LastCheckpoint());
  sequencer_->SetStretch(stretches_->open(), {});
  RETURN_IF_ERROR(db_->ReplayLog([&](uint64_t sequence, std::string_view bytes) -> absl::Status {
    RETURN_IF_ERROR(sequencer_->Replay(sequence, bytes));
    *last_sequence = sequence;
    if (sequence == ahead && !options_.database.read_only) return pipeline_->CheckpointReplayed();
    return absl::OkStatus();
  }));
  if (ahead > db_->marker() && !options_.database.read_only) {
    return absl::DataLossError(fmt::format(
        "the rollups are at checkpoint {}, which the log does not reach; they are another store's",
        ahead));
  }
  const auto open = stretches_->open();
  open->Publish(open->size());
  return absl::OkStatus();
}

void EngineImpl::AddGauges() {
  MetricsRegistry* m = options_.metrics;
  m->AddGauge("pagepulse_ids", "Event ids remembered",
              [this] { return static_cast<double>(ids_->size()); });
  m->AddGauge("pagepulse_id_memory_bytes", "Memory of the id table",
              [this] { return static_cast<double>(ids_->memory_bytes()); });
  m->AddGauge("pagepulse_id_window_seconds", "How long ids are remembered, at least", [this] {
    return std::max(0.0,
                    static_cast<double>(options_.clock()) / 1000 - ids_->oldest_hour() * 3600.0);
  });
  m->AddGauge("pagepulse_queued_bytes", "Memory of submissions not yet answered",
              [this] { return static_cast<double>(pipeline_->queued_bytes()); });
  m->AddGauge("pagepulse_pages", "Pages known",
              [this] { return static_cast<double>(names_->AllPages().size()); });
  m->AddGauge("pagepulse_fact_runs", "Runs that stored facts are looked for in",
              [this] { return static_cast<double>(db_->Property("facts", kFactRunsProperty)); });
  const auto add_bytes = [m](const char* part, std::function<double()> bytes) {
    m->AddGauge("pagepulse_store_bytes", "Bytes on disk, by part of the store", std::move(bytes),
                fmt::format("part=\"{}\"", part));
  };
  add_bytes("log", [this] { return static_cast<double>(db_->log_bytes()); });
  add_bytes("records", [this] { return static_cast<double>(db_->kept_log_bytes()); });
  for (const char* family : {"minutes", "quarters", "days", "facts", "journal"}) {
    add_bytes(family, [this, family] {
      return static_cast<double>(db_->Property(family, "rocksdb.total-sst-files-size"));
    });
  }
}

absl::StatusOr<UndoReport> EngineImpl::UndoJob(std::string_view job,
                                               std::chrono::milliseconds at_most) {
  if (options_.database.read_only) {
    return absl::FailedPreconditionError("the store is open for reading alone");
  }
  if (undoing_.exchange(true)) {
    return MakeError(absl::StatusCode::kAborted, "undo_running", "another undo is running",
                     "wait until it is done");
  }
  Undo undo(*db_, jobs_, figures_, *names_,
            {.submit =
                 [this](Submission submission, absl::AnyInvocable<void(Reply)> done) {
                   Submit(std::move(submission), std::move(done));
                 },
             .checkpoint = [this] { return Checkpoint(); }});
  auto report = undo.Run(job, at_most);
  undoing_ = false;
  return report;
}

std::vector<PostView> EngineImpl::Posts(uint32_t page) const {
  std::vector<PostView> posts;
  for (NameEntry& entry : names_->PostsOf(page)) {
    posts.push_back({std::move(entry.name), std::move(entry.title.value),
                     std::move(entry.link.value), entry.published_ms.value});
  }
  return posts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(EngineOptions options) {
  auto engine = std::make_unique<EngineImpl>(std::move(options));
  RETURN_IF_ERROR(engine->Init());
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace pagepulse
