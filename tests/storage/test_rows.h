#pragma once

// Rows as the storage tests see them: plain maps, summed by hand.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "rollup/aggregate.h"
#include "rollup/detail.h"
#include "rollup/rollup_store.h"
#include "rollup/row.h"

namespace pagepulse {

using Cells = std::map<std::pair<uint32_t, CounterId>, int64_t>;  // (slot, counter) -> value
using Rows = std::map<RowKey, Cells>;

// What a store holds: levels with their scopes.
inline constexpr std::pair<Level, Scope> kKinds[] = {
    {Level::kMinute, Scope::kPage}, {Level::kQuarter, Scope::kDetail},
    {Level::kDay, Scope::kPage},    {Level::kDay, Scope::kPost},
    {Level::kDay, Scope::kSource},  {Level::kMonth, Scope::kPage},
    {Level::kMonth, Scope::kPost},  {Level::kMonth, Scope::kSource}};

inline std::string EncodeRow(const Cells& cells) {
  RowBuilder builder(kPageShape);
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

// A detail has the cells of a slot in the entry of the post slot % 3 and the source slot % 2.
inline std::string EncodeCells(Scope scope, const Cells& cells) {
  if (scope != Scope::kDetail) return EncodeRow(cells);
  std::map<std::pair<uint32_t, uint32_t>, Cells> entries;
  for (const auto& [at, value] : cells) entries[{at.first % 3, at.first % 2}][at] = value;
  std::string out;
  DetailBuilder builder(&out);
  for (const auto& [place, entry] : entries) {
    builder.Add(place.first, place.second, EncodeRow(entry));
  }
  return out;
}

inline void AddEncodedRow(std::string_view bytes, Cells* cells) {
  const auto view = RowView::Open(bytes);
  ASSERT_TRUE(view.ok()) << view.status();
  const auto add = [&](uint32_t slot, CounterId counter, int64_t value) {
    (*cells)[{slot, counter}] += value;
  };
  const absl::Status status = view->VisitCounters(add);
  ASSERT_TRUE(status.ok()) << status;
}

inline void AddEncoded(Scope scope, std::string_view bytes, Cells* cells) {
  if (scope != Scope::kDetail) return AddEncodedRow(bytes, cells);
  const auto add = [&](uint32_t post, uint32_t source, std::string_view row) {
    Cells entry;
    AddEncodedRow(row, &entry);
    for (const auto& [at, value] : entry) {
      EXPECT_EQ(at.first % 3, post);
      EXPECT_EQ(at.first % 2, source);
      (*cells)[at] += value;
    }
    return absl::OkStatus();
  };
  const absl::Status status = VisitDetail(bytes, add);
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
    AddEncoded(key.scope, bytes, &rows[key]);
    return absl::OkStatus();
  };
  const absl::Status status = snapshot.Scan(range, visit);
  EXPECT_TRUE(status.ok()) << status;
  return Net(std::move(rows));
}

inline Rows ScanEverything(const RollupSnapshot& snapshot) {
  Rows rows;
  for (const auto& [level, scope] : kKinds) {
    RowRange range;
    range.scope = scope;
    range.level = level;
    range.last_period = UINT32_MAX;
    AddRows(ScanRows(snapshot, range), &rows);
  }
  return rows;
}

}  // namespace pagepulse
