// What a mapped event costs beside a native one: the same lines read by the native parser and by
// the mapping of its keys to themselves; then an app's lines, and a client's batches.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "bench/stream.h"
#include "ingest/registry.h"

namespace pagepulse::bench {
namespace {

constexpr int kEvents = 4900;  // of the native stream a chunk of 1 MiB

MappingSpec Identity() {
  MappingSpec spec;
  for (const char* key : {"id", "ts", "page", "post", "actor", "type", "reaction", "op", "object",
                          "count", "source"}) {
    spec.fields[key] = {std::string("/") + key};
  }
  return spec;
}

// An app's log, of events with more in them than is asked for.
MappingSpec App() {
  MappingSpec spec;
  spec.fields = {{"id", {"/uuid"}},         {"ts", {"/at"}},         {"page", {"/ward", "=p"}},
                 {"post", {"/article/id"}}, {"actor", {"/user/id"}}, {"type", {"/what"}},
                 {"source", {"=app"}}};
  spec.types = {{"Article Opened", "view"}, {"Liked", "reaction like"}, {"*", "-"}};
  return spec;
}

std::string AppLines() {
  std::string text;
  for (int i = 0; i < kEvents; ++i) {
    text += fmt::format(
        R"({{"level":"info","at":"2025-07-01T08:30:{:02}.125+07:00","uuid":"7c9e6679-{:08}",)"
        R"("user":{{"id":"u{}","roles":["reader"],"device":{{"os":"android","v":14}}}},)"
        R"("what":"{}","article":{{"id":{},"title":"Ra quân làm sạch phường","tags":[1,2]}},)"
        R"("took_ms":{}.25}})"
        "\n",
        i % 60, i, i % 997, i % 4 == 0 ? "Liked" : "Article Opened", i % 50, i % 30);
  }
  return text;
}

std::string PosthogBatch() {
  std::string text = R"({"api_key":"phc_0123456789abcdef","batch":[)";
  for (int i = 0; i < kEvents; ++i) {
    text += fmt::format(
        R"({}{{"event":"$pageview","properties":{{"page":"tan-dinh","$pathname":"/tin/{}",)"
        R"("$lib":"posthog-node","$lib_version":"4.18.0","$geoip_disable":true}},)"
        R"("timestamp":"2025-07-01T08:30:{:02}.125Z","uuid":"01a22010-{:08}","distinct_id":"u{}"}})",
        i == 0 ? "" : ",", i % 50, i % 60, i, i % 997);
  }
  return text + R"(],"sent_at":"2025-07-01T08:31:00Z"})";
}

void Measure(benchmark::State& state, const Adapter& adapter, const std::string& text) {
  static const HashKey key = HashKey::Random();
  ParseContext context;
  context.key = &key;
  context.now_ms = 1'900'000'000'000;
  for (auto _ : state) {
    state.PauseTiming();
    Chunk chunk = CopyToChunk(text);
    EventBatch batch;
    state.ResumeTiming();
    if (!adapter.Parse(std::move(chunk), {}, context, &batch).ok() ||
        batch.events.size() != kEvents) {
      state.SkipWithError("events were lost");
    }
    state.PauseTiming();
    batch = EventBatch();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  state.counters["bytes/event"] = static_cast<double>(text.size()) / kEvents;
}

const Adapter& Format(std::string_view name) {
  static const absl::StatusOr<AdapterRegistry> registry =
      AdapterRegistry::Make({{"identity", Identity()}, {"app", App()}});
  return **registry->Find(name);
}

void BM_Native(benchmark::State& state) { Measure(state, NativeLines(), StreamLines(kEvents)); }
void BM_MappedToItself(benchmark::State& state) {
  Measure(state, Format("identity"), StreamLines(kEvents));
}
void BM_AppLog(benchmark::State& state) { Measure(state, Format("app"), AppLines()); }
void BM_PosthogBatch(benchmark::State& state) { Measure(state, Format("posthog"), PosthogBatch()); }
BENCHMARK(BM_Native);
BENCHMARK(BM_MappedToItself);
BENCHMARK(BM_AppLog);
BENCHMARK(BM_PosthogBatch);

}  // namespace
}  // namespace pagepulse::bench
