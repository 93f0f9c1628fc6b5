#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "model/reject.h"
#include "tools/backfill_target.h"
#include "tools/commands.h"
#include "tools/dry_run.h"
#include "tools/step_cutter.h"

namespace pagepulse {
namespace {

// A line on stderr that is written over, and only on a terminal.
class Progress {
 public:
  explicit Progress(std::string file) : file_(std::move(file)) {}
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }

  void Show(const ByteSource& source, uint64_t events) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - last_ < std::chrono::milliseconds(500)) return;
    last_ = now;
    shown_ = true;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    std::string line =
        fmt::format("\r\033[K{}: {} events, {:.0f}/s", file_, events, events / seconds);
    if (source.raw_size() > 0 && source.raw_position() > 0) {
      const double done = static_cast<double>(source.raw_position()) / source.raw_size();
      line += fmt::format(", {:.0f} %, {:.0f} s left", 100 * done, seconds * (1 - done) / done);
    }
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
  }

 private:
  const std::string file_;
  const bool terminal_ = isatty(STDERR_FILENO);
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = start_;
  bool shown_ = false;
};

// Sends what the cutter has, and waits until it counts. Returns where the last step ended.
absl::StatusOr<uint64_t> SendSteps(const std::string& name, StepCutter* cutter,
                                   BackfillTarget* target) {
  Progress progress(name);
  const uint64_t before = target->received();
  RawStep step;
  uint64_t end = cutter->start().position;
  while (true) {
    const absl::StatusOr<bool> more = cutter->Next(&step);
    if (!more.ok() || !*more) {
      // The cutter's error says how far the file was counted: that must hold first.
      RETURN_IF_ERROR(target->Finish());
      RETURN_IF_ERROR(more.status());
      return end;
    }
    end = step.position.to;
    RETURN_IF_ERROR(target->Send(std::move(step)));
    step = RawStep();
    progress.Show(cutter->source(), target->received() - before);
  }
}

// A file that was read by other options would be taken for one that is counted.
absl::Status CheckOptions(const std::string& name, const JobFile& known, const std::string& job,
                          const std::string& options) {
  if (known.position == 0 || known.options.empty() || known.options == options) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, "other_options",
                   fmt::format("{}: job `{}` has counted it with `{}`, and is now to read it with "
                               "`{}`",
                               name, job, known.options, options),
                   fmt::format("`--undo {}` takes out all that the job has counted; another job "
                               "(--job NAME) counts the file beside it",
                               job));
}

absl::Status BackfillFile(const std::string& path, const std::string& name,
                          const BackfillOptions& options, BackfillTarget* target) {
  ASSIGN_OR_RETURN(std::vector<JobFile> known, target->Files(options.job));
  ASSIGN_OR_RETURN(std::unique_ptr<StepCutter> cutter,
                   StepCutter::Open(path, options.job, known, target->one_document()));
  if (cutter->resembles_known()) {
    fmt::print(stderr,
               "{}: it begins like a file that job `{}` has counted, but differs from it or is "
               "shorter; it is counted as a new file\n",
               name, options.job);
  }
  RETURN_IF_ERROR(CheckOptions(name, cutter->start(), options.job, target->options()));
  const uint64_t begin = cutter->start().position;
  ASSIGN_OR_RETURN(const uint64_t end, SendSteps(name, cutter.get(), target));
  if (begin > 0) {
    fmt::print(stderr, "{}: {} of its bytes were counted before{}\n", name, begin,
               end == begin ? "; nothing to do" : "");
  }
  if (cutter->left_last_line()) {
    fmt::print(stderr, "{}: its last line is not complete; it will be read again\n", name);
  }
  return absl::OkStatus();
}

// What an adapter or a server finds wrong with the data is no wrong usage of the command; and it
// knows of no files.
absl::Status FaultOf(const std::string& name, const absl::Status& status) {
  if (status.code() != absl::StatusCode::kInvalidArgument) return status;
  return MakeError(absl::StatusCode::kFailedPrecondition, ErrorCode(status),
                   fmt::format("{}: {}", name, ToStd(status.message())), ErrorHint(status));
}

bool IsReport(std::string_view format) {
  return format.starts_with("meta-") || format.starts_with("graph-");
}

// Loads all files and tells what became of them.
absl::Status Load(const BackfillOptions& options, BackfillTarget* target) {
  const auto start = std::chrono::steady_clock::now();
  absl::Status status;
  for (const std::string& file : options.files) {
    const std::string name = file == "-" ? "standard input" : file;
    status = FaultOf(name, BackfillFile(file, name, options, target));
    if (!status.ok()) break;
  }
  status.Update(target->Finish());
  const BackfillCounts counts = target->counts();
  for (const std::string& error : counts.errors) fmt::print(stderr, "{}\n", error);
  if (counts.rejected > counts.errors.size()) {
    fmt::print(stderr, "… and {} more; see `pagepulse inspect rejected`\n",
               counts.rejected - counts.errors.size());
  }
  if (!status.ok() && counts.received == 0) return status;  // no sums of nothing
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::string ignored =
      counts.ignored > 0 ? fmt::format(", {} others ignored", counts.ignored) : "";
  fmt::print("{} received: {} accepted, {} duplicate, {} rejected{}; {:.1f} s\n", counts.received,
             counts.accepted, counts.duplicate, counts.rejected, ignored, seconds);
  for (const auto& [code, reason] : counts.reasons) {
    fmt::print("  {} {}: first at {}\n", reason.lines, code, fmt::join(reason.first, ", "));
    if (const std::string_view why = RejectMessageOf(code); !why.empty()) {
      fmt::print("    {}\n", why);
    }
  }
  if (counts.received == 0 && counts.ignored > 0) {
    fmt::print(stderr, "nothing in it is an event to count; is it another --format?\n");
  }
  if (counts.accepted > 0 && IsReport(options.format)) {
    fmt::print(
        "they are shown as reported.*, and counted where `authority` says so "
        "(docs/reported.md)\n");
  }
  if (counts.overruled > 0) {
    fmt::print(
        "{} ignored: the platform's reports make their metric (authority, docs/reported.md)\n",
        counts.overruled);
  }
  if (status.ok() && counts.rejected > 0 && counts.accepted + counts.duplicate == 0) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "all_rejected",
        "every event was rejected; nothing was counted",
        fmt::format("is it another --format, or do its options lack something (docs/events.md, "
                    "docs/reported.md)? `--undo {}` before you load the file again, for what was "
                    "rejected was read",
                    options.job));
  }
  return status;
}

}  // namespace

absl::Status Backfill(const BackfillOptions& options, const Config& config) {
  if (options.dry_run) {
    ASSIGN_OR_RETURN(const std::unique_ptr<DryRun> dry_run, DryRun::Open(options, config));
    const absl::Status loaded = Load(options, dry_run->target());
    RETURN_IF_ERROR(dry_run->PrintDifference());
    return loaded;
  }
  ASSIGN_OR_RETURN(std::unique_ptr<BackfillTarget> target,
                   OpenTarget(FindPlace(options.place, config), options, config));
  return Load(options, target.get());
}

}  // namespace pagepulse
