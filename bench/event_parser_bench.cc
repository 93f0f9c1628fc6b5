// What an event costs from text to validated and hashed, beside what simdjson alone takes to visit
// the same fields (On-Demand, a document a line, as the native parser's peers would).

#include <benchmark/benchmark.h>

#include <cstdio>
#include <random>
#include <string>

#include "ingest/adapter.h"
#include "ingest/line_cutter.h"
#include "ingest/parse_only.h"

namespace pagepulse {
namespace {

constexpr int kLines = 4700;  // a chunk of 1 MiB

// Lines of 223 bytes on average, in the mix of a busy city: 200 pages, 5,000 posts, mostly views.
std::string MakeLines() {
  std::mt19937_64 random(1);
  const auto below = [&](uint64_t n) { return static_cast<unsigned>(random() % n); };
  std::string text;
  for (int i = 0; i < kLines; ++i) {
    const unsigned kind = below(100);
    const unsigned post = below(5000);
    const char* type = kind < 83   ? "view"
                       : kind < 94 ? "reaction"
                       : kind < 96 ? "comment"
                                   : "click";
    char line[400];
    std::snprintf(line, sizeof(line),
                  R"({"id":"01J1%08x%08x","ts":"2025-07-01T%02u:%02u:%02u.%03u+07:00",)"
                  R"("page":"phuong-%03u","post":"phuong-%03u_%07u","actor":"u%09u","type":"%s",)"
                  R"("source":"facebook"%s,"session":"%08x%08x","app":"citizen/2.4.1"})",
                  below(~0u), below(~0u), i * 24 / kLines, below(60), below(60), below(1000),
                  post % 200, post % 200, post, below(1000000), type,
                  kind >= 83 && kind < 94   ? R"(,"reaction":"love","op":"add")"
                  : kind >= 94 && kind < 96 ? R"(,"object":"c000000000123456")"
                                            : "",
                  below(~0u), below(~0u));
    text += line;
    text += '\n';
  }
  return text;
}

void Report(const std::string& text, benchmark::State* state) {
  state->SetItemsProcessed(state->iterations() * kLines);
  state->SetBytesProcessed(state->iterations() * static_cast<int64_t>(text.size()));
  state->counters["bytes/line"] = static_cast<double>(text.size()) / kLines;
}

void BM_NativeLines(benchmark::State& state) {
  const std::string text = MakeLines();
  const HashKey key = HashKey::Random();
  ParseContext context;
  context.key = &key;
  context.now_ms = 1767225600000;
  for (auto _ : state) {
    state.PauseTiming();
    Chunk chunk = CopyToChunk(text);
    EventBatch batch;
    state.ResumeTiming();
    const absl::Status status = NativeLines().Parse(std::move(chunk), {}, context, &batch);
    if (!status.ok() || batch.events.size() != kLines) state.SkipWithError("lines were lost");
    state.PauseTiming();
    batch = EventBatch();
    state.ResumeTiming();
  }
  Report(text, &state);
}
BENCHMARK(BM_NativeLines);

void BM_ParseAlone(benchmark::State& state) {
  const std::string text = MakeLines();
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
  const std::string text = MakeLines();
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
}  // namespace pagepulse
