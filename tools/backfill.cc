#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "model/reject.h"
#include "tools/backfill_files.h"
#include "tools/backfill_target.h"
#include "tools/commands.h"
#include "tools/dry_run.h"

namespace pagepulse {
namespace {

bool IsReport(std::string_view format) {
  return format.starts_with("meta-") || format.starts_with("graph-");
}

// Loads all files and tells what became of them.
absl::Status Load(const BackfillOptions& options, BackfillTarget* target) {
  const auto start = std::chrono::steady_clock::now();
  absl::Status status = LoadFiles(options, target);
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
