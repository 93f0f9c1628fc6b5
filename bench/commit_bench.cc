// What it takes until bytes are safe: a group of batches in the log, synced; and a stretch's rows
// and facts in the store, in one step.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/stream.h"
#include "tests/support/temp_dir.h"

namespace pagepulse::bench {
namespace {

// Arg: bytes of the group. Wall time: it waits for the disk.
void BM_AppendLog(benchmark::State& state) {
  const TempDir directory;
  const auto db = Check(Database::Open(StoreOptions(directory / "store").database));
  std::string bytes = StreamLines(static_cast<size_t>(state.range(0)) / 200);
  bytes.resize(static_cast<size_t>(state.range(0)));
  uint64_t sequence = 0;
  for (auto _ : state) {
    const LogEntry entry{.sequence = ++sequence, .bytes = bytes};
    Check(db->AppendLog({&entry, 1}));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(BM_AppendLog)->Arg(4 << 10)->Arg(256 << 10)->Arg(4 << 20)->UseRealTime();

// Four stretches of history, one after another; an item is a delta.
void BM_Checkpoint(benchmark::State& state) {
  constexpr size_t kStretches = 4;
  std::vector<Partials> stretches;
  size_t rows = 0, bytes = 0;
  {
    const std::vector<Delta> deltas = StreamDeltas(kStretches * kStretchDeltas);
    for (size_t i = 0; i < kStretches; ++i) {
      const auto part = absl::MakeConstSpan(deltas).subspan(i * kStretchDeltas, kStretchDeltas);
      stretches.push_back(StretchRows(part));
      rows += stretches.back().rows.size();
      bytes += stretches.back().bytes.size();
    }
  }
  const TempDir directory;
  const auto db = Check(Database::Open(StoreOptions(directory / "store").database));
  JournalUpdate update;
  for (const auto& [identity, history] : StreamFacts(kStretchDeltas)) {
    update.AddFact(identity, history);
  }
  uint64_t checkpoint = 0;
  for (auto _ : state) {
    const Partials& stretch = stretches[checkpoint % kStretches];
    ++checkpoint;
    Check(db->rollups().Commit(checkpoint, stretch));
    Check(db->CommitCheckpoint(checkpoint, update));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kStretchDeltas));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes / kStretches));
  state.counters["rows"] = static_cast<double>(rows) / kStretches;
  state.counters["facts"] = static_cast<double>(update.facts.size());
}
BENCHMARK(BM_Checkpoint)->Iterations(4)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagepulse::bench
