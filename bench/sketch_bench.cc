// Sets of people. Insert: people as the stream brings them, into one set that starts empty. Merge:
// encoded sets of cells, as rows hold them, into one set.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/stream.h"
#include "sketch/distinct_set.h"

namespace pagepulse::bench {
namespace {

std::vector<uint64_t> StreamActors(size_t n) {
  std::vector<uint64_t> actors;
  for (const Event& event : Parse(CopyToChunk(StreamLines(n))).events) {
    actors.push_back(event.actor);
  }
  return actors;
}

// Arg: how many people.
void BM_Insert(benchmark::State& state) {
  const std::vector<uint64_t> actors = StreamActors(static_cast<size_t>(state.range(0)));
  DistinctSet set(kPageShape);
  for (auto _ : state) {
    set.Clear();
    for (const uint64_t actor : actors) set.Add(actor);
    benchmark::DoNotOptimize(set.exact());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * actors.size()));
}
BENCHMARK(BM_Insert)->Arg(32)->Arg(256)->Arg(4096)->Arg(65536);

// The same people given at once, as a checkpoint does.
void BM_InsertAll(benchmark::State& state) {
  const std::vector<uint64_t> actors = StreamActors(static_cast<size_t>(state.range(0)));
  DistinctSet set(kPageShape);
  for (auto _ : state) {
    set.Clear();
    set.AddAll(actors.data(), actors.size());
    benchmark::DoNotOptimize(set.exact());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * actors.size()));
}
BENCHMARK(BM_InsertAll)->Arg(32)->Arg(256)->Arg(4096)->Arg(65536);

// Args: sets to merge; people in each. Beyond 256 together the union is a sketch, beyond 256 in
// each so are they.
void BM_Merge(benchmark::State& state) {
  const auto sets = static_cast<size_t>(state.range(0)),
             people = static_cast<size_t>(state.range(1));
  const std::vector<uint64_t> actors = StreamActors(sets * people);
  std::vector<std::string> encoded(sets);
  int64_t bytes = 0;
  for (size_t i = 0; i < sets; ++i) {
    DistinctSet set(kPageShape);
    set.AddAll(actors.data() + i * people, people);
    set.Encode(&encoded[i]);
    bytes += static_cast<int64_t>(encoded[i].size());
  }
  DistinctSet all(kPageShape);
  for (auto _ : state) {
    all.Clear();
    for (const std::string& set : encoded) Check(all.MergeEncoded(set));
    benchmark::DoNotOptimize(all.exact());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * sets));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * bytes);
}
BENCHMARK(BM_Merge)->Args({4, 50})->Args({184, 100})->Args({184, 1000});

void BM_Estimate(benchmark::State& state) {
  const std::vector<uint64_t> actors = StreamActors(static_cast<size_t>(state.range(0)));
  DistinctSet set(kPageShape);
  set.AddAll(actors.data(), actors.size());
  for (auto _ : state) benchmark::DoNotOptimize(set.Estimate());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_Estimate)->Arg(256)->Arg(65536);

}  // namespace
}  // namespace pagepulse::bench
