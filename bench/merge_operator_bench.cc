// What a read or a compaction makes of the parts of a row: those that eight stretches of history,
// one after another, leave behind under each key.

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

#include "bench/stream.h"
#include "storage/merge_operator.h"

namespace pagepulse::bench {
namespace {

constexpr size_t kStretches = 8;

// Of the keys that have several.
class Parts {
 public:
  explicit Parts(bool details) {
    const std::vector<Delta> deltas = StreamDeltas(kStretchDeltas);
    const size_t size = deltas.size() / kStretches;
    for (size_t i = 0; i < kStretches; ++i) {
      stretches_.push_back(StretchRows(absl::MakeConstSpan(deltas).subspan(i * size, size)));
    }
    for (const Partials& stretch : stretches_) {
      for (const Partials::Row& row : stretch.rows) {
        if ((row.key.scope == Scope::kDetail) != details) continue;
        by_key_[EncodeRowKey(row.key)].push_back(ToSlice(stretch.value(row)));
      }
    }
    std::erase_if(by_key_, [](const auto& entry) { return entry.second.size() < 2; });
  }
  const std::map<std::string, std::vector<rocksdb::Slice>>& by_key() const { return by_key_; }

 private:
  static rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

  std::vector<Partials> stretches_;
  std::map<std::string, std::vector<rocksdb::Slice>> by_key_;
};

void Merge(bool details, benchmark::State& state) {
  const Parts parts(details);
  const auto merge = NewRowMergeOperator();
  size_t operands = 0, bytes = 0;
  for (const auto& [key, values] : parts.by_key()) {
    operands += values.size();
    for (const rocksdb::Slice& value : values) bytes += value.size();
  }
  for (auto _ : state) {
    for (const auto& [key, values] : parts.by_key()) {
      std::string value;
      rocksdb::Slice existing;
      const rocksdb::Slice key_slice(key);  // the input refers to it
      const rocksdb::MergeOperator::MergeOperationInput in(key_slice, nullptr, values, nullptr);
      rocksdb::MergeOperator::MergeOperationOutput out(value, existing);
      if (!merge->FullMergeV2(in, &out)) {
        return state.SkipWithError("parts were not merged");
      }
      benchmark::DoNotOptimize(value.data());
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * operands));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes));
  state.counters["parts/row"] =
      static_cast<double>(operands) / static_cast<double>(parts.by_key().size());
}

// Days and months of pages, posts and sources.
void BM_MergeRows(benchmark::State& state) { Merge(false, state); }
BENCHMARK(BM_MergeRows)->Unit(benchmark::kMillisecond);

void BM_MergeDetails(benchmark::State& state) { Merge(true, state); }
BENCHMARK(BM_MergeDetails)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagepulse::bench
