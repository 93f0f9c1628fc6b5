// The time of an event: RFC 3339 as the stream says it, most lines of the day of the one before;
// the same times with the days in no order; and integers.

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "bench/stream.h"
#include "ingest/timestamp.h"

namespace pagepulse::bench {
namespace {

constexpr size_t kTimes = 1 << 16;

std::vector<std::string> StreamTimes() { return FieldTexts(StreamLines(kTimes), "ts"); }

void Read(const std::vector<std::string>& times, benchmark::State& state) {
  TimestampReader reader;
  for (auto _ : state) {
    int64_t sum = 0, ms = 0;
    for (const std::string& time : times) {
      if (!reader.Read(time, &ms)) return state.SkipWithError("a time was not read");
      sum += ms;
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * times.size()));
}

void BM_Rfc3339(benchmark::State& state) { Read(StreamTimes(), state); }
BENCHMARK(BM_Rfc3339);

void BM_Rfc3339AnyDay(benchmark::State& state) {
  std::vector<std::string> times = StreamTimes();
  std::mt19937 random(1);
  for (std::string& time : times) {
    time[8] = '1';
    time[9] = static_cast<char>('0' + random() % 10);
  }
  Read(times, state);
}
BENCHMARK(BM_Rfc3339AnyDay);

void BM_Epoch(benchmark::State& state) {
  std::vector<std::string> digits;
  TimestampReader reader;
  for (const std::string& time : StreamTimes()) {
    int64_t ms = 0;
    if (!reader.Read(time, &ms)) return state.SkipWithError("a time was not read");
    digits.push_back(std::to_string(ms));
  }
  for (auto _ : state) {
    int64_t sum = 0, ms = 0;
    for (const std::string& text : digits) {
      if (!ReadEpoch(text, &ms)) return state.SkipWithError("a time was not read");
      sum += ms;
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * digits.size()));
}
BENCHMARK(BM_Epoch);

}  // namespace
}  // namespace pagepulse::bench
