// Rows to and from bytes: every row that a stretch of history makes, but for details, whose entries
// are rows themselves.

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/stream.h"
#include "rollup/row.h"

namespace pagepulse::bench {
namespace {

const Partials& StretchOfRows() {
  static const Partials partials = StretchRows(StreamDeltas(kStretchDeltas));
  return partials;
}

std::vector<Partials::Row> WholeRows() {
  std::vector<Partials::Row> rows;
  for (const Partials::Row& row : StretchOfRows().rows) {
    if (row.key.scope != Scope::kDetail) rows.push_back(row);
  }
  return rows;
}

struct Cell {
  std::vector<std::pair<CounterId, int64_t>> counters;
  std::vector<std::pair<People, DistinctSet>> people;
};
struct Cells {
  SketchShape shape;
  std::map<uint32_t, Cell> by_slot;
};

Cells Decode(SketchShape shape, std::string_view bytes) {
  Cells cells{shape, {}};
  const RowView view = Check(RowView::Open(bytes));
  Check(view.VisitCounters([&](uint32_t slot, CounterId counter, int64_t value) {
    cells.by_slot[slot].counters.emplace_back(counter, value);
  }));
  Check(view.VisitPeople([&](uint32_t slot, People which, std::string_view set) {
    auto& people = cells.by_slot[slot].people;
    Check(people.emplace_back(which, DistinctSet(shape)).second.MergeEncoded(set));
  }));
  return cells;
}

void Report(size_t rows, size_t bytes, benchmark::State* state) {
  state->SetItemsProcessed(static_cast<int64_t>(state->iterations() * rows));
  state->SetBytesProcessed(static_cast<int64_t>(state->iterations() * bytes));
  state->counters["bytes/row"] = static_cast<double>(bytes) / static_cast<double>(rows);
}

void BM_EncodeRow(benchmark::State& state) {
  std::vector<Cells> rows;
  for (const Partials::Row& row : WholeRows()) {
    rows.push_back(Decode(ShapeOf(row.key.scope), StretchOfRows().value(row)));
  }
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const Cells& row : rows) {
      RowBuilder builder(row.shape);
      for (const auto& [slot, cell] : row.by_slot) {
        builder.StartCell(slot);
        for (const auto& [counter, value] : cell.counters) builder.AddCounter(counter, value);
        for (const auto& [which, set] : cell.people) builder.AddPeople(which, set);
      }
      builder.Finish(&out);
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  Report(rows.size(), out.size(), &state);
}
BENCHMARK(BM_EncodeRow)->Unit(benchmark::kMillisecond);

// Every counter and every set met, none merged.
void BM_VisitRow(benchmark::State& state) {
  const std::vector<Partials::Row> rows = WholeRows();
  size_t bytes = 0;
  for (const Partials::Row& row : rows) bytes += row.length;
  for (auto _ : state) {
    int64_t sum = 0;
    for (const Partials::Row& row : rows) {
      const RowView view = Check(RowView::Open(StretchOfRows().value(row)));
      Check(view.VisitCounters([&](uint32_t, CounterId, int64_t value) { sum += value; }));
      Check(view.VisitPeople([&](uint32_t, People, std::string_view set) { sum += set.back(); }));
    }
    benchmark::DoNotOptimize(sum);
  }
  Report(rows.size(), bytes, &state);
}
BENCHMARK(BM_VisitRow)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagepulse::bench
