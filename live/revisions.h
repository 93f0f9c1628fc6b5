#pragma once

// One query's answer as its viewers know it, revision by revision. No old answer is kept: each row
// remembers the revision that last changed it, and of rows that went the key is kept for a while.
// So the way from any revision that is not too old to the current one is known, however many lie
// between, and viewers that come the same way share its bytes. One thread at a time.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "live/rendering.h"

namespace pagepulse {

// An event of the stream as it is sent, with the blank line that ends it; shared, never changed.
using SharedBytes = std::shared_ptr<const std::string>;

class Revisions {
 public:
  // Ids of events are `epoch-1`, `epoch-2`, …
  explicit Revisions(std::string epoch) : epoch_(std::move(epoch)) {}

  // Whether anything but the clock has changed: then there is a new revision.
  bool Update(Rendering next);

  uint64_t current() const { return current_; }  // 0: there is none yet

  // What brings a viewer that has `have` (0: nothing) to the current revision; null if it is there.
  SharedBytes Since(uint64_t have);

  // The revision that an event's id names; 0: none of these.
  uint64_t Find(std::string_view event_id) const;

 private:
  struct Row {
    Rendering::Row text;
    uint64_t changed;  // the revision that last did
  };
  struct Gone {
    std::string key;
    uint64_t revision;
  };
  struct Merge;  // of an update into the rows

  Merge MergeRows(Rendering* next) const;
  void Forget();
  bool IsSmallerWhole(uint64_t have) const;
  std::string WholeEvent() const;
  std::string ChangeEvent(uint64_t have) const;
  std::string Event(std::string_view type, std::string_view data) const;

  const std::string epoch_;
  uint64_t current_ = 0;
  uint64_t oldest_ = 0;         // from which on the way to the current one is known
  uint64_t query_changed_ = 0;  // the revision that last moved the range
  std::vector<Row> rows_;
  std::deque<Gone> gone_;  // since oldest_, in the order in which they went
  std::string query_, totals_, meta_, lasting_meta_;
  SharedBytes whole_;                                // of the current revision, once asked for
  absl::flat_hash_map<uint64_t, SharedBytes> ways_;  // by `have`, as far as asked for
};

}  // namespace pagepulse
