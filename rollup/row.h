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
#include "absl/types/span.h"
#include "base/byte_sink.h"
#include "base/coding.h"
#include "model/metric.h"
#include "rollup/row_key.h"
#include "sketch/distinct_set.h"
#include "sketch/set_codec.h"

namespace pagepulse {

enum class People : uint8_t { kReach = 0, kEngaged = 1 };

constexpr SketchShape ShapeOf(Scope scope) {
  return scope == Scope::kPost ? kPostShape : kPageShape;
}

inline constexpr uint8_t kRowVersion = 1;
inline constexpr size_t kEmptyRowBytes = 2;  // of the row without cells
inline constexpr uint32_t kMaxSlots = 1440;  // of any level

// Builds one row, cell by cell in ascending slots. Not thread-safe.
class RowBuilder {
 public:
  explicit RowBuilder(SketchShape shape) : shape_(shape) {}

  void StartCell(uint32_t slot);                      // above every slot so far, below kMaxSlots
  void AddCounter(CounterId counter, int64_t value);  // ascending counters; a zero is left out
  // At most once a cell and kind, kReach first; an empty set is left out.
  void AddPeople(People which, const DistinctSet& set);
  // The same of a set that is exact: ascending members, at most max_exact.
  void AddPeople(People which, absl::Span<const uint64_t> members);
  // The same of a set already encoded (not the empty one).
  void AddEncodedPeople(People which, std::string_view set);

  bool empty() const { return counters_.empty() && people_.empty(); }
  void Finish(std::string* out);  // appends the encoded row and starts anew

 private:
  char* StartPeople(People which, size_t set_bytes);
  void EndCounters();

  [[maybe_unused]] SketchShape shape_;  // of every set: asserted
  uint32_t slot_ = 0;
  ByteSink counters_, people_;
  uint32_t next_slot_ = 0;     // one above the last slot with counters
  uint32_t next_counter_ = 0;  // one above the last counter of the cell; 0: none yet
  size_t last_counter_ = 0;    // where it begins in counters_
  uint32_t next_people_ = 0;   // one above the last 2 * slot + which
};

// Reads an encoded row in place. The bytes must outlive the view. Counters lie before all people,
// so a reader that wants counters alone never touches a sketch.
class RowView {
 public:
  // Checks the header and the version alone; the visits below report what they find broken, as
  // DATA_LOSS. An unknown version is UNIMPLEMENTED.
  static absl::StatusOr<RowView> Open(std::string_view bytes);

  // on_counter(slot, counter, value), ascending by slot, then counter.
  template <typename Fn>
  absl::Status VisitCounters(Fn&& on_counter) const;
  // on_people(slot, which, encoded set for DistinctSet::MergeEncoded), ascending.
  template <typename Fn>
  absl::Status VisitPeople(Fn&& on_people) const;

 private:
  static absl::Status Broken();

  std::string_view counters_, people_;
};

// Merges encoded rows of one key into *out (appended). Commutative and associative, byte for byte.
// A row whose counters cancel out and that holds no people is the row of no cells. On an error
// *out is as it was.
absl::Status MergeRows(SketchShape shape, const std::vector<std::string_view>& rows,
                       std::string* out);

template <typename Fn>
absl::Status RowView::VisitCounters(Fn&& on_counter) const {
  Reader in(counters_);
  for (uint64_t next_slot = 0; !in.done();) {
    const uint64_t gap = in.Varint();
    if (!in.ok() || gap >= kMaxSlots - next_slot) return Broken();
    const uint32_t slot = static_cast<uint32_t>(next_slot + gap);
    next_slot = slot + 1;
    uint64_t next_counter = 0;
    for (bool last = false; !last;) {
      const uint64_t head = in.Varint();
      const uint64_t value = in.Varint();
      const uint64_t counter = next_counter + (head >> 1);
      if (!in.ok() || counter > UINT16_MAX) return Broken();
      on_counter(slot, static_cast<CounterId>(counter), UnZigZag(value));
      next_counter = counter + 1;
      last = head & 1;
    }
  }
  return absl::OkStatus();
}

template <typename Fn>
absl::Status RowView::VisitPeople(Fn&& on_people) const {
  std::string_view rest = people_;
  for (uint64_t next = 0; !rest.empty();) {
    Reader in(rest);
    const uint64_t gap = in.Varint();
    if (!in.ok() || gap >= 2 * kMaxSlots - next) return Broken();
    const uint64_t place = next + gap;
    next = place + 1;
    rest.remove_prefix(rest.size() - in.remaining());
    const size_t length = ParseEncodedSet(rest).length;
    if (length == 0) return Broken();
    on_people(static_cast<uint32_t>(place >> 1), static_cast<People>(place & 1),
              rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
