#pragma once

// The mergeable value of a row. Two rows of one key merge by adding counters and uniting people,
// so a row may be stored as any number of parts; the encoding is canonical: however a row came to
// be, equal contents have equal bytes. Layout: docs/storage_format.md.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/metric.h"
#include "rollup/row_key.h"
#include "sketch/distinct_set.h"

namespace pagepulse {

enum class People : uint8_t { kReach = 0, kEngaged = 1 };

constexpr SketchShape ShapeOf(Scope scope) {
  return scope == Scope::kPost ? kPostShape : kPageShape;
}

// Builds one row, cell by cell in ascending slots.
class RowBuilder {
 public:
  explicit RowBuilder(SketchShape shape) : shape_(shape) {}

  void StartCell(uint32_t slot);                       // above every slot so far
  void AddCounter(CounterId counter, int64_t value);   // ascending counters; a zero is left out
  void AddPeople(People which, const DistinctSet& set);  // after the counters; an empty set is left out

  bool empty() const;
  void Finish(std::string* out);  // appends the encoded row and starts anew

 private:
  struct Cell {
    uint32_t slot;
    std::string counters;
    uint32_t counter_count = 0;
  };
  SketchShape shape_;
  std::vector<Cell> cells_;
  std::string people_;
  uint32_t people_count_ = 0;
};

// Reads an encoded row in place. The bytes must outlive the view. Counters lie before all people,
// so a reader that wants counters alone never touches a sketch.
class RowView {
 public:
  // Checks the header and the version alone; the visits below report what they find broken.
  static absl::StatusOr<RowView> Open(std::string_view bytes);

  // on_counter(slot, counter, value), ascending by slot, then counter.
  template <typename Fn>
  absl::Status VisitCounters(Fn&& on_counter) const;
  // on_people(slot, which, encoded set for DistinctSet::MergeEncoded), ascending.
  template <typename Fn>
  absl::Status VisitPeople(Fn&& on_people) const;

 private:
  std::string_view counters_, people_;
};

// Merges encoded rows of one key into *out (appended). Commutative and associative, byte for byte.
absl::Status MergeRows(SketchShape shape, const std::vector<std::string_view>& rows,
                       std::string* out);

}  // namespace pagepulse
