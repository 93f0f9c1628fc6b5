// Queries as a server answers them, from the words to the JSON: on a store of six months, made by
// the engine of the generator's stream, with every block in the cache but no result; first one
// behind the other, then one every 10 ms while other threads take in history as fast as they can.
//
//   PAGEPULSE_BENCH_EVENTS=2000000 PAGEPULSE_BENCH_ROUNDS=1000 query_bench

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/clock.h"
#include "base/thread_scheduling.h"
#include "bench/stream.h"
#include "generate/generate.h"
#include "query/query.h"
#include "tests/support/temp_dir.h"

namespace pagepulse::bench {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr std::chrono::milliseconds kPause(10);  // between queries, so that ingest has its cores

// Generates and submits; false ends it.
void Ingest(uint64_t events, uint64_t seed, Engine* engine,
            absl::FunctionRef<bool(std::string_view lines)> go_on) {
  GenerateOptions options;
  options.events = events;
  options.seed = seed;
  std::future<void> counted;
  const auto sink = [&](std::string_view block) {
    counted = Submit(block, engine);
    return go_on(block) ? absl::OkStatus() : absl::CancelledError();
  };
  const absl::Status status = Generate(options, sink);
  if (!absl::IsCancelled(status)) Check(status);
  counted.get();
}

// Other half-years, one after another, for as long as this lives.
class Ingester {
 public:
  explicit Ingester(Engine* engine) : thread_([this, engine] { Run(engine); }) {}
  ~Ingester() {
    stop_ = true;
    thread_.join();
  }
  uint64_t lines() const { return lines_; }

 private:
  void Run(Engine* engine) {
    static uint64_t seed = 1;
    LeaveCoresToQueries();  // as who parses in a server
    while (!stop_) {
      Ingest(kStreamEvents, ++seed, engine, [&](std::string_view lines) {
        lines_ += CountLines(lines);
        return !stop_;
      });
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> lines_ = 0;
  std::thread thread_;  // the last: it uses the others
};

class Store {
 public:
  Store() {
    engine_ = Check(Engine::Open(StoreOptions(directory_ / "store")));
    Ingest(FromEnvironment("PAGEPULSE_BENCH_EVENTS", 2'000'000), 1, engine(),
           [](std::string_view) { return true; });
    Check(engine_->Checkpoint());
    for (const uint32_t page : engine_->catalog().AllPages()) {
      pages_.push_back(engine_->catalog().PageName(page));
    }
  }
  Engine* engine() const { return engine_.get(); }
  const std::vector<std::string>& pages() const { return pages_; }

 private:
  const TempDir directory_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::string> pages_;
};

const Store& SixMonths() {
  static const Store store;
  return store;
}

constexpr char kHalfYear[] = "from=2025-07-01 to=2025-12-31";

std::string_view Month(size_t round) {
  constexpr std::string_view kMonths[] = {
      "from=2025-07-01 to=2025-07-31", "from=2025-08-01 to=2025-08-31",
      "from=2025-09-01 to=2025-09-30", "from=2025-10-01 to=2025-10-31",
      "from=2025-11-01 to=2025-11-30", "from=2025-12-01 to=2025-12-31"};
  return kMonths[round % std::size(kMonths)];
}

struct Shape {
  const char* name;
  std::string (*words)(const std::vector<std::string>& pages, size_t round);
};

const std::string& Page(const std::vector<std::string>& pages, size_t round) {
  return pages[round % pages.size()];
}

constexpr Shape kShapes[] = {
    {"page_by_day",
     [](const auto& pages, size_t round) {
       return fmt::format("page={} metrics=views {} by=time:day", Page(pages, round), kHalfYear);
     }},
    {"page_by_day_with_reach",
     [](const auto& pages, size_t round) {
       return fmt::format("page={} metrics=views,reach,interactions {} by=time:day",
                          Page(pages, round), kHalfYear);
     }},
    {"reach_of_page",
     [](const auto& pages, size_t round) {
       return fmt::format("page={} metrics=reach {}", Page(pages, round), kHalfYear);
     }},
    {"reach_of_168_pages",
     [](const auto& pages, size_t round) {
       std::vector<std::string> some;
       for (size_t i = 0; i < 168; ++i) some.push_back(Page(pages, round + i));
       return fmt::format("page={} metrics=reach {}", fmt::join(some, ","), kHalfYear);
     }},
    {"top_posts_of_page",
     [](const auto& pages, size_t round) {
       return fmt::format("page={} metrics=interactions {} by=post order=-interactions limit=10",
                          Page(pages, round), Month(round));
     }},
    {"top_posts_of_all",
     [](const auto&, size_t round) {
       return fmt::format("page=* metrics=interactions {} by=post order=-interactions limit=10",
                          Month(round));
     }},
    {"page_by_hour",
     [](const auto& pages, size_t round) {
       return fmt::format("page={} metrics=views {} by=time:hour", Page(pages, round),
                          Month(round));
     }},
    {"all_pages_by_month",
     [](const auto&, size_t) {
       return fmt::format("page=* metrics=views,reach,interactions {} by=page,time:month",
                          kHalfYear);
     }},
};

std::string Ask(const std::string& words) {
  const QuerySpec spec = Check(ParseQueryWords(words));
  return FormatResult(Check(SixMonths().engine()->Run(spec, SystemMillis())), OutputFormat::kJson,
                      false);
}

// Of the calling thread: what an answer took less of than of time, it waited for a core or a lock.
double CpuMillis() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double Percentile(const std::vector<double>& sorted, double q) {
  const auto at = static_cast<size_t>(q * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

void BM_Query(benchmark::State& state, const Shape& shape, bool ingesting) {
  const std::vector<std::string>& pages = SixMonths().pages();
  for (size_t i = 0; i < pages.size(); ++i) Ask(shape.words(pages, i));

  std::optional<Ingester> ingester;
  if (ingesting) {
    ingester.emplace(SixMonths().engine());
    while (ingester->lines() < kStretchDeltas) std::this_thread::sleep_for(kPause);
  }

  using std::chrono::steady_clock;
  std::vector<double> ms, cpu_ms;
  size_t round = 0, bytes = 0;
  const uint64_t lines = ingester ? ingester->lines() : 0;
  const steady_clock::time_point begin = steady_clock::now();
  for (auto _ : state) {
    if (ingesting) std::this_thread::sleep_for(kPause);
    const std::string words = shape.words(pages, round++);
    const double cpu = CpuMillis();
    const steady_clock::time_point start = steady_clock::now();
    const std::string answer = Ask(words);
    const std::chrono::duration<double> passed = steady_clock::now() - start;
    state.SetIterationTime(passed.count());
    ms.push_back(passed.count() * 1e3);
    cpu_ms.push_back(CpuMillis() - cpu);
    bytes += answer.size();
  }
  const std::chrono::duration<double> all = steady_clock::now() - begin;
  if (ingester) {
    state.counters["ingested/s"] = static_cast<double>(ingester->lines() - lines) / all.count();
  }
  std::sort(ms.begin(), ms.end());
  std::sort(cpu_ms.begin(), cpu_ms.end());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.counters["p50_ms"] = Percentile(ms, 0.5);
  state.counters["p99_ms"] = Percentile(ms, 0.99);
  state.counters["cpu_p50_ms"] = Percentile(cpu_ms, 0.5);
  state.counters["cpu_p99_ms"] = Percentile(cpu_ms, 0.99);
  state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(ms.size());
}

const bool kRegistered = [] {
  const auto rounds = static_cast<int64_t>(FromEnvironment("PAGEPULSE_BENCH_ROUNDS", 1000));
  for (const bool ingesting : {false, true}) {
    for (const Shape& shape : kShapes) {
      benchmark::RegisterBenchmark(
          fmt::format("BM_Query/{}{}", shape.name, ingesting ? "/ingesting" : "").c_str(), BM_Query,
          shape, ingesting)
          ->Iterations(rounds)
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace pagepulse::bench
