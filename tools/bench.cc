// `pagepulse bench`: a generated stream through the real backfill into a real store, its answers
// checked against an exact count, beside what parsing alone costs. docs/benchmarks.md.

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/time/civil_time.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "generate/generate.h"
#include "ingest/chunk.h"
#include "ingest/parse_only.h"
#include "model/time_zone.h"
#include "query/query.h"
#include "tools/backfill_target.h"
#include "tools/bench_truth.h"
#include "tools/commands.h"
#include "tools/process_usage.h"
#include "tools/step_cutter.h"

namespace pagepulse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kYardstickBytes = 64 << 20;
constexpr int kYardstickPasses = 5;  // before the run, and as many behind it
constexpr int kParts = 10;
constexpr size_t kBatchBytes = 1 << 20;  // of one at a time: some 5,000 events

// The stream and its truth, as files; made in a process of their own, so that neither the memory
// nor the time of making them is the engine's.
absl::Status MakeStream(const BenchOptions& options, const std::string& stream) {
  const int fd = open((stream + ".part").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0) return absl::UnavailableError(fmt::format("cannot write {}.part", stream));
  TruthCounter counter;
  GenerateOptions generate;
  generate.events = options.events;
  generate.seed = options.seed;
  generate.on_line = [&](const Line& line) { counter.Add(line); };
  const absl::Status made = Generate(generate, [&](std::string_view block) {
    while (!block.empty()) {
      const ssize_t n = write(fd, block.data(), block.size());
      if (n <= 0) return absl::ResourceExhaustedError(fmt::format("cannot write {}", stream));
      block.remove_prefix(static_cast<size_t>(n));
    }
    return absl::OkStatus();
  });
  close(fd);
  RETURN_IF_ERROR(made);
  RETURN_IF_ERROR(counter.Finish().Write(stream + ".truth"));
  fs::rename(stream + ".part", stream);
  return absl::OkStatus();
}

absl::Status MakeStreamApart(const BenchOptions& options, const std::string& stream) {
  if (fs::exists(stream)) return absl::OkStatus();
  fmt::print(stderr, "making {}\n", stream);
  const pid_t child = fork();
  if (child == 0) {
    const absl::Status status = MakeStream(options, stream);
    if (!status.ok()) fmt::print(stderr, "{}\n", ToStd(status.message()));
    _exit(status.ok() ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
    return absl::UnavailableError("the stream could not be made");
  }
  return absl::OkStatus();
}

// A directory for one store, gone when this is, however the run ended.
class Scratch {
 public:
  static absl::StatusOr<std::unique_ptr<Scratch>> Make(const std::string& parent) {
    std::string path = parent + "/store-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      return absl::UnavailableError(fmt::format("cannot make a store in {}", parent));
    }
    return std::unique_ptr<Scratch>(new Scratch(std::move(path)));
  }
  ~Scratch() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

// Nanoseconds an event of ParseOnly over the beginning of the stream, warm: the median pass.
class Yardstick {
 public:
  explicit Yardstick(const std::string& stream) : text_(kYardstickBytes + kPadding, '\0') {
    std::ifstream in(stream, std::ios::binary);
    in.read(text_.data(), kYardstickBytes);
    const std::string_view read(text_.data(), static_cast<size_t>(in.gcount()));
    size_ = read.rfind('\n') + 1;
  }
  void Measure() {
    for (int i = 0; i < kYardstickPasses; ++i) {
      const double start = ThreadCpuSeconds();
      const uint64_t events = ParseOnly(std::string_view(text_.data(), size_), &touched_);
      passes_.push_back((ThreadCpuSeconds() - start) * 1e9 / static_cast<double>(events));
    }
  }
  double Median() {
    std::sort(passes_.begin(), passes_.end());
    return passes_[passes_.size() / 2];
  }

 private:
  std::string text_;
  size_t size_ = 0;
  uint64_t touched_ = 0;
  std::vector<double> passes_;
};

struct Run {
  double wall = 0, cpu = 0;
  int64_t written = 0, resident = 0;
  std::vector<double> cpu_by_part;              // ns an event
  std::map<std::string, double> cpu_by_thread;  // ns an event
  BackfillCounts counts;
};

absl::StatusOr<Run> Load(const BenchOptions& options, const Config& config,
                         const std::string& stream, const std::string& data) {
  Run run;
  const auto start = std::chrono::steady_clock::now();
  const double cpu_start = ProcessCpuSeconds();
  const std::map<std::string, double> threads_start = CpuSecondsByThreadName();
  const int64_t written_start = WrittenBytes();
  Place place;
  place.data = data;
  ASSIGN_OR_RETURN(std::unique_ptr<BackfillTarget> target,
                   OpenTarget(place, BackfillOptions(), config));
  const size_t step_bytes = options.one_at_a_time ? kBatchBytes : StepCutter::kStepBytes;
  ASSIGN_OR_RETURN(std::unique_ptr<StepCutter> cutter,
                   StepCutter::Open(stream, "bench", {}, false, step_bytes));
  RawStep step;
  double part_cpu = ProcessCpuSeconds();
  uint64_t part_lines = 0;
  const auto end_part = [&](uint64_t lines) {
    const double now = ProcessCpuSeconds();
    run.cpu_by_part.push_back((now - part_cpu) * 1e9 / static_cast<double>(lines - part_lines));
    part_cpu = now;
    part_lines = lines;
  };
  while (true) {
    ASSIGN_OR_RETURN(const bool more, cutter->Next(&step));
    if (!more) break;
    const uint64_t lines = step.position.lines;
    RETURN_IF_ERROR(target->Send(std::move(step)));
    if (options.one_at_a_time) RETURN_IF_ERROR(target->Finish());
    step = RawStep();
    if (lines >= options.events * (run.cpu_by_part.size() + 1) / kParts) end_part(lines);
  }
  RETURN_IF_ERROR(target->Finish());
  run.counts = target->counts();
  for (const auto& [name, seconds] : CpuSecondsByThreadName()) {
    const auto before = threads_start.find(name);
    run.cpu_by_thread[name] = (seconds - (before == threads_start.end() ? 0 : before->second)) *
                              1e9 / static_cast<double>(options.events);
  }
  target.reset();  // its last checkpoint
  run.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  run.cpu = ProcessCpuSeconds() - cpu_start;
  run.written = WrittenBytes() - written_start;
  run.resident = PeakResidentBytes();
  return run;
}

absl::StatusOr<QueryResult> Ask(const Engine& engine, const std::string& words) {
  ASSIGN_OR_RETURN(const QuerySpec spec, ParseQueryWords(words));
  return engine.Run(spec, SystemMillis());
}

// Every value of the truth, and nothing else, or an error.
absl::StatusOr<std::string> Check(const Engine& engine, const Truth& truth) {
  constexpr char kRange[] = "from=2025-06-30 to=2025-12-31";
  ASSIGN_OR_RETURN(
      const QueryResult days,
      Ask(engine,
          fmt::format("page=* metrics={} by=page,time:day {} tz=Asia/Ho_Chi_Minh limit=100000",
                      fmt::join(kTruthMetrics, ","), kRange)));
  size_t values = 0;
  std::map<std::pair<std::string, int32_t>, Truth::Sums> rest = truth.sums;
  for (const ResultRow& row : days.rows) {
    Truth::Sums sums = {};
    for (size_t i = 0; i < sums.size(); ++i) {
      if (const auto* value = std::get_if<int64_t>(&row.values[i])) sums[i] = *value;
      ++values;
    }
    const std::string &page = *row.labels[0], &time = *row.labels[1];
    absl::CivilDay day;
    if (!absl::ParseCivilTime(time.substr(0, 10), &day)) {
      return absl::InternalError(fmt::format("`{}` is no day", time));
    }
    const auto expected = rest.find({page, DayNumber(day)});
    if (sums != (expected == rest.end() ? Truth::Sums() : expected->second)) {
      return absl::DataLossError(
          fmt::format("WRONG: page {} on {} differs from the exact count", page, time));
    }
    if (expected != rest.end()) rest.erase(expected);
  }
  if (!rest.empty()) {
    return absl::DataLossError(
        fmt::format("WRONG: page {} lacks a day", rest.begin()->first.first));
  }
  ASSIGN_OR_RETURN(
      const QueryResult reach,
      Ask(engine, fmt::format("page=* metrics=reach by=page {} tz=Asia/Ho_Chi_Minh", kRange)));
  if (reach.rows.size() != truth.reach.size()) {
    return absl::DataLossError("WRONG: there are not as many pages as there were");
  }
  double worst = 0, sum = 0;
  for (const ResultRow& row : reach.rows) {
    const auto page = truth.reach.find(*row.labels[0]);
    if (page == truth.reach.end() || page->second == 0) {
      return absl::DataLossError(fmt::format("WRONG: nobody viewed page {}", *row.labels[0]));
    }
    const double exact = static_cast<double>(page->second);
    const double error = static_cast<double>(std::get<int64_t>(row.values[0])) / exact - 1;
    worst = std::max(worst, std::abs(error));
    sum += error;
  }
  if (worst > 5 * 0.01222) {
    return absl::DataLossError(
        fmt::format("WRONG: a page's reach is off by {:.1f} %", 100 * worst));
  }
  return fmt::format(
      "{} values equal to an exact count; reach of {} pages: mean error {:+.2f} %, worst {:.2f} %",
      values, reach.rows.size(), 100 * sum / static_cast<double>(reach.rows.size()), 100 * worst);
}

int64_t DirectoryBytes(const std::string& path) {
  int64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) bytes += static_cast<int64_t>(entry.file_size());
  }
  return bytes;
}

absl::Status UseCores(int cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < cores; ++i) CPU_SET(i, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    return absl::FailedPreconditionError(fmt::format("cannot keep to {} cores", cores));
  }
  return absl::OkStatus();
}

float Percentile(std::vector<float> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(q * static_cast<double>(values.size())))];
}

void Print(const BenchOptions& options, const Run& run, double yardstick, int64_t store_bytes) {
  const double events = static_cast<double>(options.events);
  const double cost = run.cpu * 1e9 / events;
  fmt::print("events         {} (seed {}): {} accepted, {} duplicate, {} rejected\n",
             options.events, options.seed, run.counts.accepted, run.counts.duplicate,
             run.counts.rejected);
  fmt::print("parse-only     {:.0f} ns an event\n", yardstick);
  fmt::print("CPU            {:.0f} ns an event, {:.2f} times parse-only\n", cost,
             cost / yardstick);
  fmt::print("rate           {:.2f} M events/s, {:.2f} M a CPU second; {:.2f} s\n",
             events / run.wall / 1e6, events / run.cpu / 1e6, run.wall);
  fmt::print("acknowledged   p50 {:.1f} ms, p99 {:.1f} ms\n", Percentile(run.counts.ack_ms, 0.5),
             Percentile(run.counts.ack_ms, 0.99));
  fmt::print("written        {:.0f} bytes an event; store {:.0f}; {} MiB resident at most\n",
             static_cast<double>(run.written) / events, static_cast<double>(store_bytes) / events,
             run.resident >> 20);
  fmt::print("CPU by tenth   {:.0f} ns an event\n", fmt::join(run.cpu_by_part, " "));
  fmt::print("CPU by thread ");
  for (const auto& [name, ns] : run.cpu_by_thread) {
    if (ns >= 0.5) fmt::print(" {} {:.0f}", name, ns);
  }
  fmt::print(" ns an event\n");
}

}  // namespace

absl::Status Bench(const BenchOptions& asked, const Config& config) {
  BenchOptions options = asked;
  if (options.directory.empty()) options.directory = fs::temp_directory_path() / "pagepulse-bench";
  if (options.cores > 0) RETURN_IF_ERROR(UseCores(options.cores));
  std::error_code error;
  fs::create_directories(options.directory, error);
  const std::string stream =
      fmt::format("{}/mix-{}-{}.ndjson", options.directory, options.events, options.seed);
  RETURN_IF_ERROR(MakeStreamApart(options, stream));
  ASSIGN_OR_RETURN(const Truth truth, Truth::Read(stream + ".truth"));
  ASSIGN_OR_RETURN(const std::unique_ptr<Scratch> scratch, Scratch::Make(options.directory));
  const std::string data = scratch->path() + "/data";

  Yardstick yardstick(stream);
  yardstick.Measure();
  ASSIGN_OR_RETURN(const Run run, Load(options, config, stream, data));
  yardstick.Measure();
  Print(options, run, yardstick.Median(), DirectoryBytes(data));

  EngineOptions engine_options = ToEngineOptions(config, data);
  engine_options.database.read_only = true;
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::Open(std::move(engine_options)));
  ASSIGN_OR_RETURN(const std::string verdict, Check(*engine, truth));
  fmt::print("answers        {}\n", verdict);
  return absl::OkStatus();
}

}  // namespace pagepulse
