// One checkpoint's arithmetic: a full stretch of deltas, as a city's pages and posts make them over
// 9 days.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "bench/stream.h"
#include "model/time_zone.h"
#include "rollup/aggregate.h"

namespace pagepulse::bench {
namespace {

// Args: deltas; whether they arrive in order of time; days back for which minutes are kept.
void BM_Aggregate(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  std::vector<Delta> deltas = StreamDeltas(n);
  const uint32_t last_minute = deltas.back().minute;
  if (state.range(1) == 0) std::shuffle(deltas.begin(), deltas.end(), std::mt19937_64(1));
  const absl::TimeZone zone = *LoadZone(kDefaultZone);
  AggregateOptions options;
  options.zone_of = [&](uint32_t) { return zone; };
  options.minute_horizon = last_minute - state.range(2) * 1440;
  Aggregator aggregator;
  size_t bytes = 0, rows = 0;
  for (auto _ : state) {
    const Partials& partials = aggregator.Run(deltas, options);
    bytes = partials.bytes.size();
    rows = partials.rows.size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * deltas.size()));
  const auto per_delta = [&](size_t sum) {
    return static_cast<double>(sum) / static_cast<double>(deltas.size());
  };
  state.counters["bytes_per_delta"] = per_delta(bytes);
  state.counters["rows_per_delta"] = per_delta(rows);
}
BENCHMARK(BM_Aggregate)
    ->Args({kStretchDeltas, 1, 8})
    ->Args({kStretchDeltas, 0, 8})
    ->Args({kStretchDeltas, 1, 0})
    ->Args({1 << 14, 1, 8})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagepulse::bench
