#include "tools/dry_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/status_macros.h"
#include "tools/engine_target.h"

namespace pagepulse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCopyPrefix = "dry-run.";  // of a folder in the store's

void RemoveCopies(const fs::path& store) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(store, ignored)) {
    if (entry.path().filename().string().starts_with(kCopyPrefix)) {
      fs::remove_all(entry.path(), ignored);
    }
  }
}

// False where a file went away meanwhile, or could not be read.
bool CopyStore(const fs::path& store, const fs::path& copy) {
  std::error_code error;
  fs::remove_all(copy, error);
  fs::create_directories(copy / "log", error);
  fs::permissions(copy, fs::perms::owner_all, error);
  const auto copy_all = [&](const fs::path& from, const fs::path& to) {
    for (const auto& entry : fs::directory_iterator(from, error)) {
      if (error || !entry.is_regular_file(error)) continue;
      const fs::path target = to / entry.path().filename();
      std::error_code linked;
      const bool fixed = entry.path().extension() == ".sst";
      if (fixed) fs::create_hard_link(entry.path(), target, linked);
      if (!fixed || linked) fs::copy_file(entry.path(), target, error);
      if (error) return false;
    }
    return !error;
  };
  return copy_all(store / "log", copy / "log") && copy_all(store, copy);
}

// What is read in the store's stead. Gone with this object.
struct Copy {
  fs::path path;
  ~Copy() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
};

class DryRunImpl final : public DryRun {
 public:
  absl::Status Init(const BackfillOptions& options, const Config& config);
  BackfillTarget* target() override { return target_.get(); }
  absl::Status PrintDifference() override;

 private:
  absl::StatusOr<std::unique_ptr<Database>> OpenBase(DatabaseOptions options);
  absl::StatusOr<std::unique_ptr<Database>> OpenCopy(DatabaseOptions options);
  absl::StatusOr<std::unique_ptr<Database>> OpenEmpty(DatabaseOptions options);

  Copy copy_;
  Overlay* overlay_ = nullptr;  // the engine's
  Engine* engine_ = nullptr;    // the target's
  std::unique_ptr<BackfillTarget> target_;
};

absl::StatusOr<std::unique_ptr<Database>> DryRunImpl::OpenBase(DatabaseOptions options) {
  options.read_only = true;
  if (RunningServer(options.path)) return OpenCopy(options);
  auto database = Database::Open(options);
  return ErrorCode(database.status()) == "no_store" ? OpenEmpty(options) : std::move(database);
}

// Where there is no store yet, not even its directory is made: an empty one elsewhere is read.
absl::StatusOr<std::unique_ptr<Database>> DryRunImpl::OpenEmpty(DatabaseOptions options) {
  std::error_code error;
  std::string path = fs::temp_directory_path(error) / "pagepulse-dry-run.XXXXXX";
  if (error || mkdtemp(path.data()) == nullptr) {
    return absl::UnavailableError("no directory for temporary files can be made");
  }
  fmt::print(stderr, "there is no store in {} yet: the difference is from an empty one\n",
             options.path);
  options.path = copy_.path = path;
  options.read_only = false;
  return Database::Open(options);
}

absl::StatusOr<std::unique_ptr<Database>> DryRunImpl::OpenCopy(DatabaseOptions options) {
  constexpr int kAttempts = 20;
  const fs::path store = options.path;
  RemoveCopies(store);
  copy_.path = store / fmt::format("{}{}", kCopyPrefix, getpid());
  options.path = copy_.path;
  absl::Status status = absl::UnavailableError("");
  for (int i = 0; i < kAttempts; ++i) {
    if (!CopyStore(store, copy_.path)) continue;
    auto database = Database::Open(options);
    if (database.ok()) return database;
    status = database.status();
  }
  return MakeError(absl::StatusCode::kUnavailable, "no_copy",
                   fmt::format("{} changes too fast to be copied: {}", store.string(),
                               std::string(status.message())),
                   "try again, or stop the server meanwhile");
}

absl::Status DryRunImpl::Init(const BackfillOptions& options, const Config& config) {
  if (!options.place.server.empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "dry_run_is_local",
                     "a dry run reads the store's files, not a server's answers",
                     "run it where the store is, with --data; a server may hold it meanwhile");
  }
  ASSIGN_OR_RETURN(Reading reading, FindReading(options, config));
  EngineOptions engine_options =
      ToEngineOptions(config, options.place.data.empty() ? config.data_dir : options.place.data);
  engine_options.open_database =
      [this](const DatabaseOptions& database) -> absl::StatusOr<std::unique_ptr<Database>> {
    ASSIGN_OR_RETURN(std::unique_ptr<Database> base, OpenBase(database));
    std::unique_ptr<Overlay> overlay = Overlay::Over(std::move(base));
    overlay_ = overlay.get();
    return std::unique_ptr<Database>(std::move(overlay));
  };
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::Open(std::move(engine_options)));
  engine_ = engine.get();
  RETURN_IF_ERROR(engine_->Checkpoint());  // what the log holds was there before
  overlay_->StartDifference();
  target_ = NewEngineTarget(std::move(engine), std::move(reading), config);
  return absl::OkStatus();
}

absl::Status DryRunImpl::PrintDifference() {
  RETURN_IF_ERROR(engine_->Checkpoint());
  const Catalog& catalog = engine_->catalog();
  ASSIGN_OR_RETURN(std::vector<DayDifference> differences, overlay_->Difference(catalog));
  if (differences.empty()) {
    fmt::print("no count would change\n");
    return absl::OkStatus();
  }
  size_t page_width = 4, metric_width = 6;
  for (const DayDifference& d : differences) {
    page_width = std::max(page_width, catalog.PageName(d.page).size());
    metric_width = std::max(metric_width, d.metric.size());
  }
  fmt::print("{:<10}  {:<{}}  {:<{}}  {:>12}  {:>12}  {:>12}\n", "day", "page", page_width,
             "metric", metric_width, "before", "after", "difference");
  for (const DayDifference& d : differences) {
    fmt::print("{:<10}  {:<{}}  {:<{}}  {:>12}  {:>12}  {:>+12}\n", d.day, catalog.PageName(d.page),
               page_width, d.metric, metric_width, d.before, d.after, d.after - d.before);
  }
  fmt::print("a dry run: nothing was written\n");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DryRun>> DryRun::Open(const BackfillOptions& options,
                                                     const Config& config) {
  auto run = std::make_unique<DryRunImpl>();
  RETURN_IF_ERROR(run->Init(options, config));
  return std::unique_ptr<DryRun>(std::move(run));
}

}  // namespace pagepulse
