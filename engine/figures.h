#pragma once

// What platforms report, by page, metric and post, and which metrics of a page they make. The rules
// are in docs/reported.md, the layouts in docs/storage_format.md.
//
// The sequencer alone changes it, and reads what it has put in without a lock; queries read it from
// any thread, up to a sequence number of the log.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/coding.h"
#include "base/mutex.h"
#include "model/reported.h"
#include "query/data_source.h"

namespace pagepulse {

struct FigureKey {
  uint32_t page = 0;
  uint16_t metric = 0;
  uint32_t post = 0;  // 0: of the page itself

  auto operator<=>(const FigureKey&) const = default;
};

// A telling of a figure. Of those that are equal in ReportedPoint::Order the first one counts; the
// others are kept for the day on which that one's job is undone.
struct Figure {
  ReportedPoint point;
  uint16_t source = 0;
  bool told_again = false;  // it was there when this was told
  uint32_t job = 0;         // who told it; 0: no job. One of each tells a figure once
  uint64_t sequence = 0;    // of the group that brought it; 0: from a checkpoint. Not stored
  uint64_t gone = 0;        // of the group that took it out; 0: it is there. Not stored
};

struct FigureOrder {
  using is_transparent = void;
  static const ReportedPoint& Point(const Figure& figure) { return figure.point; }
  static const ReportedPoint& Point(const ReportedPoint& point) { return point; }
  bool operator()(const auto& a, const auto& b) const {
    return Point(a).Order() < Point(b).Order();
  }
};
// In order of ReportedPoint::Order, and of the telling. However long it is and wherever in it the
// next one belongs, that one costs about the same.
using FigureHistory = absl::btree_multiset<Figure, FigureOrder>;

// The change of a counter at a moment: what a total grew, or no longer grew, since the one before.
struct Growth {
  int64_t as_of_ms = 0;
  uint16_t source = 0;
  int64_t value = 0;  // how much the total grew there; below zero: it fell
  int sign = 1;       // -1: this is taken back
};

class Figures {
 public:
  // --- The sequencer.
  enum class Outcome {
    kNew,
    kToldAgain,  // by another job, or the first time by none: it is kept
    kTwice,      // by the same: nothing has changed
  };
  // *growth (cleared first) gets what it changes in the story that lifetime totals tell; nothing
  // for a figure of days.
  Outcome Insert(const FigureKey& key, Figure figure, std::vector<Growth>* growth);
  // Takes out all that the job has told, as of the group `sequence`. Visits each with what that
  // changes, and whether another telling counts now; one that did not count changes nothing.
  struct Withdrawn {
    const FigureKey& key;
    bool counted, told_by_others;
    const std::vector<Growth>& growth;
  };
  void Withdraw(uint32_t job, uint64_t sequence, absl::FunctionRef<void(const Withdrawn&)> visit);
  // The whole story of each of the page's histories.
  void VisitGrowth(uint32_t page,
                   absl::FunctionRef<void(const FigureKey&, const Growth&)> visit) const;
  std::string EncodeHistory(const FigureKey& key) const;

  AuthoritySet authority(uint32_t page) const {
    return page < authorities_.size() ? authorities_[page] : 0;
  }
  void SetAuthority(uint32_t page, AuthoritySet set);

  // --- The opening thread: an entry of the journal. DATA_LOSS.
  absl::Status Restore(std::string_view key, std::string_view value);

  // --- Any thread. How many the job was first to tell.
  uint64_t CountFirst(uint32_t job) const;
  // By post, then ReportedPoint::Order; what came after `sequence` is left out.
  void Visit(uint32_t page, uint16_t metric, uint64_t sequence,
             absl::FunctionRef<void(uint32_t post, const ReportedPoint&)> visit) const;
  // What is there of it within a time. Of what was taken out after `sequence` nothing.
  ReportedKinds Within(uint32_t page, uint16_t metric, uint64_t sequence,
                       const ReportedSpan& span) const;
  bool IsPlatforms(uint32_t page, AuthorityMetric metric) const;

 private:
  mutable Mutex mutex_;  // held to change, and by every reader but the sequencer
  std::map<FigureKey, FigureHistory> histories_;
  // What was taken out, for queries that began before. It leaves memory when the store is opened
  // anew.
  std::map<FigureKey, FigureHistory> gone_;
  std::vector<AuthoritySet> authorities_;  // by page
};

// What a cut sees of them.
struct FiguresUpTo {
  const Figures* all;
  uint64_t sequence;
};

// In the log: a figure that is new.
void EncodeFigure(const FigureKey& key, const Figure& figure, std::string* out);
// The next one of a stream; in.ok() is false where it is broken.
void ReadFigure(Reader* in, FigureKey* key, Figure* figure);

void EncodeAuthority(uint32_t page, AuthoritySet set, std::string* out);
absl::Status DecodeAuthority(std::string_view bytes, uint32_t* page, AuthoritySet* set);

// What EncodeHistory wrote. DATA_LOSS.
absl::StatusOr<FigureHistory> DecodeHistory(std::string_view bytes);

// In the journal: 'f' page u32 metric u16 post u32; 'a' page u32.
std::string FigureJournalKey(const FigureKey& key);
std::string AuthorityJournalKey(uint32_t page);

}  // namespace pagepulse
