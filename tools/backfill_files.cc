#include "tools/backfill_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "tools/step_cutter.h"

namespace pagepulse {
namespace {

// A line on stderr that is written over, and only on a terminal.
class Progress {
 public:
  Progress(std::string file, bool alone)
      : file_(std::move(file)), shows_(alone && isatty(STDERR_FILENO)) {}
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }

  void Show(const ByteSource& source, uint64_t events) {
    const auto now = std::chrono::steady_clock::now();
    if (!shows_ || now - last_ < std::chrono::milliseconds(500)) return;
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
  const bool shows_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = start_;
  bool shown_ = false;
};

// A file that was read by other options would be taken for one that is counted.
absl::Status CheckOptions(const std::string& name, const JobFile& known, const std::string& job,
                          const std::string& options) {
  if (!known.WasReadOtherwise(options)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, "other_options",
                   fmt::format("{}: job `{}` has counted it with `{}`, and is now to read it with "
                               "`{}`",
                               name, job, known.options, options),
                   fmt::format("`--undo {}` takes out all that the job has counted; another job "
                               "(--job NAME) counts the file beside it",
                               job));
}

bool IsFile(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

class FileLoader {
 public:
  FileLoader(const BackfillOptions& options, BackfillTarget* target)
      : options_(options), target_(*target) {
    // What comes by a pipe cannot be opened again.
    const bool files = std::all_of(options.files.begin(), options.files.end(), IsFile);
    at_once_ = files ? std::min<size_t>(options.at_once, options.files.size()) : 1;
  }

  absl::Status Run() {
    std::vector<std::thread> others;
    for (size_t i = 1; i < at_once_; ++i) others.emplace_back([this] { LoadUntilNoneIsLeft(); });
    LoadUntilNoneIsLeft();
    for (std::thread& other : others) other.join();
    MutexLock lock(&mutex_);
    return status_;
  }

 private:
  void LoadUntilNoneIsLeft() {
    while (const std::optional<std::string> file = Next()) {
      const std::string name = NameOfFile(*file);
      const absl::Status status = FaultOf(name, Load(*file, name));
      MutexLock lock(&mutex_);
      status_.Update(status);
    }
  }
  std::optional<std::string> Next() {
    MutexLock lock(&mutex_);
    if (!status_.ok() || next_ == options_.files.size()) return std::nullopt;
    return options_.files[next_++];
  }
  bool Stopped() {
    MutexLock lock(&mutex_);
    return !status_.ok();
  }

  absl::Status Load(const std::string& path, const std::string& name) {
    ASSIGN_OR_RETURN(std::unique_ptr<StepCutter> cutter, Open(path));
    const absl::Status status = Load(name, cutter.get());
    Release(cutter->start().file);
    return status;
  }
  absl::Status Load(const std::string& name, StepCutter* cutter);
  absl::StatusOr<uint64_t> SendSteps(const std::string& name, StepCutter* cutter);

  absl::StatusOr<std::unique_ptr<StepCutter>> Open(const std::string& path);
  void Release(Hash128 file) {
    MutexLock lock(&mutex_);
    being_read_.erase(file);
  }

  // What the job has counted so far.
  absl::StatusOr<std::vector<JobFile>> Known() {
    MutexLock lock(&target_mutex_);
    return target_.Files(options_.job);
  }

  const BackfillOptions& options_;
  size_t at_once_;
  Mutex target_mutex_;  // held to use the target, but for what of it never changes
  BackfillTarget& target_;

  Mutex mutex_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<Hash128> being_read_ ABSL_GUARDED_BY(mutex_);  // by their first lines
  absl::Status status_ ABSL_GUARDED_BY(mutex_);           // the first error
};

bool SameAmong(const std::vector<JobFile>& a, const std::vector<JobFile>& b, Hash128 file) {
  const auto positions = [file](const std::vector<JobFile>& files) {
    std::set<std::pair<uint32_t, uint64_t>> positions;
    for (const JobFile& f : files) {
      if (f.file == file) positions.emplace(f.ordinal, f.position);
    }
    return positions;
  };
  return positions(a) == positions(b);
}

// Files that begin alike are told apart by what the job has counted of them, so of those one is
// read at a time. Which they are is only known once they are open.
absl::StatusOr<std::unique_ptr<StepCutter>> FileLoader::Open(const std::string& path) {
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<JobFile> known, Known());
    ASSIGN_OR_RETURN(std::unique_ptr<StepCutter> cutter,
                     StepCutter::Open(path, options_.job, known, target_.one_document()));
    const Hash128 file = cutter->start().file;
    {
      MutexLock lock(&mutex_);
      const auto is_free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return !being_read_.contains(file);
      };
      mutex_.Await(is_free);
      being_read_.insert(file);
    }
    if (at_once_ == 1) return cutter;
    const absl::StatusOr<std::vector<JobFile>> now = Known();
    if (now.ok() && SameAmong(known, *now, file)) return cutter;
    Release(file);
    RETURN_IF_ERROR(now.status());
  }
}

absl::Status FileLoader::Load(const std::string& name, StepCutter* cutter) {
  const JobFile& start = cutter->start();
  if (cutter->resembles_known()) {
    fmt::print(stderr,
               "{}: it begins like a file that job `{}` has counted, but differs from it or is "
               "shorter; it is counted as a new file\n",
               name, options_.job);
  }
  RETURN_IF_ERROR(CheckOptions(name, start, options_.job, target_.options()));
  ASSIGN_OR_RETURN(const uint64_t end, SendSteps(name, cutter));
  if (start.position > 0) {
    fmt::print(stderr, "{}: {} of its bytes were counted before{}\n", name, start.position,
               end == start.position ? "; nothing to do" : "");
  }
  if (cutter->left_last_line()) {
    fmt::print(stderr, "{}: its last line is not complete; it will be read again\n", name);
  }
  return absl::OkStatus();
}

// Sends what the cutter has, and waits until it counts; ends early where another file has failed.
// Returns where the last step ended.
absl::StatusOr<uint64_t> FileLoader::SendSteps(const std::string& name, StepCutter* cutter) {
  Progress progress(name, at_once_ == 1);
  RawStep step;
  uint64_t end = cutter->start().position, before = 0;
  {
    MutexLock lock(&target_mutex_);
    before = target_.received();
  }
  while (true) {
    if (Stopped()) return absl::CancelledError("another file could not be loaded");
    const absl::StatusOr<bool> more = cutter->Next(&step);
    MutexLock lock(&target_mutex_);
    if (!more.ok() || !*more) {
      // The cutter's error says how far the file was counted: that must hold first.
      RETURN_IF_ERROR(target_.Finish());
      RETURN_IF_ERROR(more.status());
      return end;
    }
    end = step.position.to;
    RETURN_IF_ERROR(target_.Send(std::move(step)));
    step = RawStep();
    progress.Show(cutter->source(), target_.received() - before);
  }
}

}  // namespace

absl::Status LoadFiles(const BackfillOptions& options, BackfillTarget* target) {
  return FileLoader(options, target).Run();
}

}  // namespace pagepulse
