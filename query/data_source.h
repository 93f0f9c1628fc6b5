#pragma once

// What a query reads, without knowing the engine: names, and one cut of the data.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "model/reported.h"
#include "rollup/delta.h"
#include "rollup/rollup_store.h"

namespace pagepulse {

// What a platform said of a period: ReportedFigure without its names.
struct ReportedPoint {
  uint16_t days = 0;  // 0: a total as it stood at as_of_ms
  int32_t day = 0;
  int64_t end_ms = 0, as_of_ms = 0, value = 0;

  // Of one period the last one holds.
  std::tuple<uint16_t, int32_t, int64_t, int64_t> Order() const {
    return {days, day, as_of_ms, value};
  }
};

// A time, for totals by when they were said, for figures of days by the last of these.
struct ReportedSpan {
  int64_t from_ms = 0, to_ms = 0;        // half-open
  int32_t first_day = 0, last_day = -1;  // both included
};
// What there is in it of one page and metric: days and totals of the page itself, totals of posts.
struct ReportedKinds {
  bool days = false, page_total = false, post_total = false;
};

// The store's dictionary. Ids start at 1. Thread-safe; a name once there stays.
class Catalog {
 public:
  virtual ~Catalog() = default;

  virtual std::optional<uint32_t> FindPage(std::string_view name) const = 0;
  virtual std::vector<uint32_t> AllPages() const = 0;  // ascending ids
  virtual std::string PageName(uint32_t page) const = 0;
  virtual std::string PageZone(uint32_t page) const = 0;  // IANA name
  virtual absl::TimeZone PageTimeZone(uint32_t page) const = 0;

  virtual std::optional<uint32_t> FindPost(uint32_t page, std::string_view name) const = 0;
  virtual std::string PostName(uint32_t post) const = 0;
  virtual std::optional<uint16_t> FindSource(std::string_view name) const = 0;
  virtual std::string SourceName(uint16_t source) const = 0;
  virtual std::vector<std::string> AllSources() const = 0;

  // Custom counters, by name and by kCustomFirst + n.
  virtual std::optional<CounterId> FindCustomCounter(std::string_view name) const = 0;
  virtual std::string CustomCounterName(CounterId counter) const = 0;
  virtual std::vector<std::string> AllCustomCounters() const = 0;

  // What platforms report, by name without `reported.`; ids from 1. Not every store has any.
  virtual std::optional<uint16_t> FindReport(std::string_view) const { return std::nullopt; }
  virtual std::vector<std::string> AllReports() const { return {}; }
};

// UTC minutes since the epoch, half-open.
struct MinuteRange {
  int64_t from = 0;
  int64_t to = std::numeric_limits<int64_t>::max();

  bool Contains(int64_t minute) const { return from <= minute && minute < to; }
};

// Some deltas, in no order. What they point to lives as long as the cut.
using DeltaBatch = absl::Span<const Delta* const>;
inline constexpr size_t kMaxDeltaBatch = 512;

// Everything acknowledged up to one moment, and nothing twice: rows of the snapshot plus the deltas
// that are not in it. Valid while it lives; thread-safe.
class Cut {
 public:
  virtual ~Cut() = default;
  virtual const RollupSnapshot& rows() const = 0;
  // Deltas of these pages (sorted; empty: of all) in the range, at most kMaxDeltaBatch at a time.
  virtual void VisitDeltas(absl::Span<const uint32_t> pages, MinuteRange range,
                           absl::FunctionRef<void(DeltaBatch)> visit) const = 0;
  // Rows of a level whose period ended (PeriodEndMinute) at or before this minute do not show. 0:
  // all show. As of the cut; rows().HorizonMinute() may have moved on since.
  virtual int64_t HorizonMinute(Level level) const = 0;
  // What was reported of a page under a metric of Catalog::FindReport, by post (0: the page
  // itself), then in the order of ReportedPoint.
  virtual void VisitReported(uint32_t, uint16_t,
                             absl::FunctionRef<void(uint32_t post, const ReportedPoint&)>) const {}
  // Costs a look into each post's history, however long that is.
  virtual ReportedKinds ReportedWithin(uint32_t, uint16_t, const ReportedSpan&) const { return {}; }
  // Whether the page's metric is made of what the platform reports.
  virtual bool IsPlatforms(uint32_t, AuthorityMetric) const { return false; }
  // Everything acknowledged before this instant is in.
  virtual int64_t complete_until_ms() const = 0;
};

}  // namespace pagepulse
