// One checkpoint's arithmetic: a full stretch of deltas, most of them views, as a city's pages and
// posts make them over 18 days.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "model/time_zone.h"
#include "rollup/aggregate.h"

namespace pagepulse {
namespace {

constexpr uint32_t kPages = 200, kPosts = 5000, kSources = 3, kActors = 1000000;
constexpr uint32_t kFirstMinute = 20270 * 1440, kMinutes = 18 * 1440;

uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 31)) * 0x7fb5d329728ea185;
  return x ^ (x >> 29);
}

// Low numbers more often: a few pages and posts have most of the people.
uint32_t Skewed(std::mt19937_64& random, uint32_t n) {
  const double u = std::generate_canonical<double, 53>(random);
  return std::min(n - 1, static_cast<uint32_t>(n * u * u));
}

std::vector<Delta> MakeDeltas(size_t n, bool in_order) {
  std::mt19937_64 random(1);
  std::vector<Delta> deltas(n);
  for (Delta& d : deltas) {
    const uint32_t post = Skewed(random, kPosts);
    d.page = 1 + post % kPages;
    d.post = random() % 10 ? 1 + post : 0;
    d.source = static_cast<uint16_t>(1 + random() % kSources);
    d.minute = kFirstMinute + static_cast<uint32_t>(random() % kMinutes);
    d.count = 1;
    const uint64_t kind = random() % 100;
    d.counter = kind < 83   ? kViews
                : kind < 94 ? ReactionCounter(ReactionKind::kLove)
                : kind < 96 ? kComments
                : kind < 98 ? kShares
                            : kClicks;
    const uint64_t actor = Mix(random() % kActors + 1) >> 24;
    d.actor_and_flags = actor << 24 | (kind < 83 ? Delta::kReach : Delta::kEngaged);
  }
  if (in_order) {
    std::sort(deltas.begin(), deltas.end(),
              [](const Delta& a, const Delta& b) { return a.minute < b.minute; });
  }
  return deltas;
}

// Args: deltas; whether they arrive in order of time; days back for which minutes are kept.
void BM_Aggregate(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  const std::vector<Delta> deltas = MakeDeltas(n, state.range(1) != 0);
  const absl::TimeZone zone = *LoadZone(kDefaultZone);
  AggregateOptions options;
  options.zone_of = [&](uint32_t) { return zone; };
  options.minute_horizon = kFirstMinute + kMinutes - state.range(2) * 1440;
  Aggregator aggregator;
  size_t bytes = 0, rows = 0;
  for (auto _ : state) {
    const Partials& partials = aggregator.Run(deltas, options);
    bytes = partials.bytes.size();
    rows = partials.rows.size();
  }
  state.counters["ns_per_delta"] = benchmark::Counter(
      static_cast<double>(n) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["bytes_per_delta"] = static_cast<double>(bytes) / static_cast<double>(n);
  state.counters["rows_per_delta"] = static_cast<double>(rows) / static_cast<double>(n);
}
BENCHMARK(BM_Aggregate)
    ->Args({1 << 20, 1, 8})
    ->Args({1 << 20, 0, 8})
    ->Args({1 << 20, 1, 0})
    ->Args({1 << 14, 1, 8})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagepulse
