// A batch's facts looked up in the sequencer's way: those the open stretch has, those the store
// has, and those that nobody has seen, which the filter should tell without a read.

#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "bench/stream.h"
#include "engine/reducer.h"
#include "tests/support/temp_dir.h"

namespace pagepulse::bench {
namespace {

constexpr size_t kLines = 1'000'000;
constexpr size_t kBatch = 700;  // facts among the events of a megabyte

// A store that holds the facts of the stream.
class FactStore {
 public:
  FactStore() : names_(Key()) {
    db_ = Check(Database::Open(StoreOptions(directory_ / "store").database));
    JournalUpdate update;
    for (const auto& [identity, history] : StreamFacts(kLines)) {
      update.AddFact(identity, history);
      identities_.push_back(identity);
    }
    Check(db_->CommitCheckpoint(1, update));
  }

  // In the table's order, which is that of no time: as far apart as facts are.
  const std::vector<Hash128>& identities() const { return identities_; }
  const Database& db() const { return *db_; }
  const Names& names() const { return names_; }

 private:
  const TempDir directory_;
  std::unique_ptr<Database> db_;
  const Names names_;
  std::vector<Hash128> identities_;
};

const FactStore& Store() {
  static const FactStore store;
  return store;
}

void LookUpAll(absl::Span<const Hash128> identities, Reducer* reducer, Stretch* stretch) {
  std::vector<Fact*> facts;
  for (size_t i = 0; i < identities.size(); i += kBatch) {
    Check(reducer->LoadFacts(identities.subspan(i, kBatch), {}, stretch, &facts));
    benchmark::DoNotOptimize(facts.data());
  }
}

std::unique_ptr<Stretch> NewStretch() {
  return std::make_unique<Stretch>(std::make_unique<DeltaBuffer>());
}

void Report(benchmark::State* state) {
  state->SetItemsProcessed(static_cast<int64_t>(state->iterations() * Store().identities().size()));
}

void BM_FactInStretch(benchmark::State& state) {
  Reducer reducer(Store().db(), Store().names());
  const std::unique_ptr<Stretch> stretch = NewStretch();
  LookUpAll(Store().identities(), &reducer, stretch.get());
  for (auto _ : state) LookUpAll(Store().identities(), &reducer, stretch.get());
  Report(&state);
}
BENCHMARK(BM_FactInStretch)->Unit(benchmark::kMillisecond);

void BM_FactInStore(benchmark::State& state) {
  Reducer reducer(Store().db(), Store().names());
  for (auto _ : state) {
    state.PauseTiming();
    std::unique_ptr<Stretch> stretch = NewStretch();
    state.ResumeTiming();
    LookUpAll(Store().identities(), &reducer, stretch.get());
    state.PauseTiming();
    stretch.reset();
    state.ResumeTiming();
  }
  Report(&state);
}
BENCHMARK(BM_FactInStore)->Unit(benchmark::kMillisecond);

void BM_FactUnseen(benchmark::State& state) {
  const TempDir directory;
  const auto empty = Check(Database::Open(StoreOptions(directory / "store").database));
  for (auto _ : state) {
    state.PauseTiming();
    auto reducer = std::make_unique<Reducer>(*empty, Store().names());
    std::unique_ptr<Stretch> stretch = NewStretch();
    state.ResumeTiming();
    LookUpAll(Store().identities(), reducer.get(), stretch.get());
    state.PauseTiming();
    stretch.reset();
    reducer.reset();
    state.ResumeTiming();
  }
  Report(&state);
}
BENCHMARK(BM_FactUnseen)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagepulse::bench
