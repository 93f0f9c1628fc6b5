#pragma once

// Rows as the storage tests see them: plain maps, summed by hand.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "rollup/aggregate.h"
#include "rollup/rollup_store.h"
#include "rollup/row.h"

namespace pagepulse {

using Cells = std::map<std::pair<uint32_t, CounterId>, int64_t>;  // (slot, counter) -> value
using Rows = std::map<RowKey, Cells>;

inline std::string EncodeCells(Scope scope, const Cells& cells) {
  RowBuilder builder(ShapeOf(scope));
  int64_t last_slot = -1;
  for (const auto& [at, value] : cells) {
    if (at.first != last_slot) builder.StartCell(at.first);
    last_slot = at.first;
    builder.AddCounter(at.second, value);
  }
  std::string out;
  builder.Finish(&out);
  return out;
}

inline void AddEncoded(std::string_view bytes, Cells* cells) {
  const auto view = RowView::Open(bytes);
  ASSERT_TRUE(view.ok()) << view.status();
  const auto add = [&](uint32_t slot, CounterId counter, int64_t value) {
    (*cells)[{slot, counter}] += value;
  };
  const absl::Status status = view->VisitCounters(add);
  ASSERT_TRUE(status.ok()) << status;
}

inline Partials ToPartials(const Rows& rows) {
  Partials partials;
  for (const auto& [key, cells] : rows) {
    const std::string encoded = EncodeCells(key.scope, cells);
    partials.rows.push_back({key, partials.bytes.size(), encoded.size()});
    partials.bytes += encoded;
  }
  return partials;
}

inline void AddRows(const Rows& more, Rows* rows) {
  for (const auto& [key, cells] : more) {
    for (const auto& [at, value] : cells) (*rows)[key][at] += value;
  }
}

// Without what sums to zero.
inline Rows Net(Rows rows) {
  for (auto& [key, cells] : rows) {
    std::erase_if(cells, [](const auto& cell) { return cell.second == 0; });
  }
  std::erase_if(rows, [](const auto& row) { return row.second.empty(); });
  return rows;
}

// Checks the order of what a scan gives, too.
inline Rows ScanRows(const RollupSnapshot& snapshot, const RowRange& range) {
  Rows rows;
  RowKey last;
  bool first = true;
  const auto visit = [&](const RowKey& key, std::string_view bytes) {
    EXPECT_TRUE(first || last <= key);
    first = false;
    last = key;
    AddEncoded(bytes, &rows[key]);
    return absl::OkStatus();
  };
  const absl::Status status = snapshot.Scan(range, visit);
  EXPECT_TRUE(status.ok()) << status;
  return Net(std::move(rows));
}

inline Rows ScanEverything(const RollupSnapshot& snapshot) {
  Rows rows;
  for (const Scope scope : {Scope::kPage, Scope::kPost, Scope::kSource}) {
    for (int level = 1; level <= kLevels; ++level) {
      RowRange range;
      range.scope = scope;
      range.level = static_cast<Level>(level);
      range.last_period = UINT32_MAX;
      AddRows(ScanRows(snapshot, range), &rows);
    }
  }
  return rows;
}

}  // namespace pagepulse
