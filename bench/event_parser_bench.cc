// What an event costs from text to validated and hashed, beside what simdjson alone takes to visit
// the same fields (On-Demand, a document a line, as the native parser's peers would).

#include <benchmark/benchmark.h>

#include <string>

#include "bench/stream.h"
#include "ingest/line_cutter.h"
#include "ingest/parse_only.h"

namespace pagepulse::bench {
namespace {

constexpr int kLines = 4900;  // a chunk of 1 MiB

void Report(const std::string& text, benchmark::State* state) {
  state->SetItemsProcessed(state->iterations() * kLines);
  state->SetBytesProcessed(state->iterations() * static_cast<int64_t>(text.size()));
  state->counters["bytes/line"] = static_cast<double>(text.size()) / kLines;
}

void BM_NativeLines(benchmark::State& state) {
  const std::string text = StreamLines(kLines);
  for (auto _ : state) {
    state.PauseTiming();
    Chunk chunk = CopyToChunk(text);
    state.ResumeTiming();
    EventBatch batch = Parse(std::move(chunk));
    if (batch.events.size() != kLines) state.SkipWithError("lines were lost");
    state.PauseTiming();
    batch = EventBatch();
    state.ResumeTiming();
  }
  Report(text, &state);
}
BENCHMARK(BM_NativeLines);

void BM_ParseAlone(benchmark::State& state) {
  const std::string text = StreamLines(kLines);
  const Chunk chunk = CopyToChunk(text);
  uint64_t touched = 0;
  for (auto _ : state) {
    if (ParseOnly(chunk.text(), &touched) != kLines) state.SkipWithError("lines were lost");
  }
  benchmark::DoNotOptimize(touched);
  Report(text, &state);
}
BENCHMARK(BM_ParseAlone);

void BM_LineCutter(benchmark::State& state) {
  const std::string text = StreamLines(kLines);
  for (auto _ : state) {
    LineCutter cutter;
    size_t lines = 0;
    const auto count = [&](const Chunk& chunk) { lines += chunk.lines; };
    for (size_t i = 0; i < text.size(); i += 64 * 1024) {
      cutter.Feed(std::string_view(text).substr(i, 64 * 1024), count);
    }
    cutter.Finish(count);
    if (lines != kLines) state.SkipWithError("lines were lost");
  }
  Report(text, &state);
}
BENCHMARK(BM_LineCutter);

}  // namespace
}  // namespace pagepulse::bench
