// Claims of ids in the sequencer's way: a slice is looked at at once.

#include <algorithm>
#include <array>
#include <cstdint>

#include "benchmark/benchmark.h"
#include "engine/id_window.h"

namespace pagepulse {
namespace {

constexpr uint64_t kIds = 10'000'000;
constexpr uint64_t kStep = 0x9e3779b97f4a7c15;  // odd: no id comes twice

uint64_t Id(uint64_t n) {
  n *= kStep;
  n ^= n >> 32;
  return n * 0xd6e8feb86659fd93;
}

void Claim(IdWindow* window, uint64_t first, uint64_t count) {
  constexpr size_t kSlice = 128;
  std::array<uint64_t, kSlice> ids;
  std::array<IdWindow::Place, kSlice> places;
  for (uint64_t n = first; n < first + count;) {
    const size_t size = std::min<uint64_t>(kSlice, first + count - n);
    for (size_t i = 0; i < size; ++i) ids[i] = Id(n + i);
    window->Find({ids.data(), size}, places.data());
    for (size_t i = 0; i < size; ++i, ++n) {
      if (places[i].known) continue;
      const uint32_t hour = 490'000 + static_cast<uint32_t>(n >> 20);
      benchmark::DoNotOptimize(window->Insert(ids[i], hour, places[i]));
    }
  }
}

// From an empty table, all growth included.
void BM_ClaimFromEmpty(benchmark::State& state) {
  for (auto _ : state) {
    IdWindow window({});
    Claim(&window, 0, kIds);
    state.counters["bytes/id"] =
        static_cast<double>(window.memory_bytes()) / static_cast<double>(window.size());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kIds));
}
BENCHMARK(BM_ClaimFromEmpty)->Unit(benchmark::kMillisecond);

// At the cap, where every id forces an old one out.
void BM_ClaimAtCap(benchmark::State& state) {
  IdWindow window({.max_ids = kIds});
  Claim(&window, 0, kIds);
  uint64_t next = kIds;
  for (auto _ : state) {
    Claim(&window, next, 1 << 20);
    next += 1 << 20;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() << 20));
}
BENCHMARK(BM_ClaimAtCap)->Unit(benchmark::kMillisecond);

// A retry: every id is there already.
void BM_ClaimAgain(benchmark::State& state) {
  IdWindow window({});
  Claim(&window, 0, kIds);
  for (auto _ : state) Claim(&window, 0, kIds);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kIds));
}
BENCHMARK(BM_ClaimAgain)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagepulse
