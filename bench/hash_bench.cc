// The keyed hashes of an event's names, each over the texts of the stream's field.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/hash.h"
#include "bench/stream.h"

namespace pagepulse::bench {
namespace {

constexpr size_t kLines = 1 << 16;

template <typename Hash>
void HashAll(const char* field, benchmark::State& state, Hash hash) {
  const std::vector<std::string> texts = FieldTexts(StreamLines(kLines), field);
  int64_t bytes = 0;
  for (const std::string& text : texts) bytes += static_cast<int64_t>(text.size());
  for (auto _ : state) {
    for (const std::string& text : texts) benchmark::DoNotOptimize(hash(text));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * texts.size()));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * bytes);
}

constexpr uint64_t kPage = 0x9e3779b97f4a7c15;  // the hash of some page

void BM_Page(benchmark::State& state) {
  HashAll("page", state, [](std::string_view text) { return Key().Page(text); });
}
BENCHMARK(BM_Page);

void BM_Actor(benchmark::State& state) {
  HashAll("actor", state, [](std::string_view text) { return Key().Actor(text); });
}
BENCHMARK(BM_Actor);

void BM_Id(benchmark::State& state) {
  HashAll("id", state, [](std::string_view text) { return Key().Within(kPage, text); });
}
BENCHMARK(BM_Id);

void BM_Post(benchmark::State& state) {
  HashAll("post", state, [](std::string_view text) { return Key().Within128(kPage, text); });
}
BENCHMARK(BM_Post);

}  // namespace
}  // namespace pagepulse::bench
