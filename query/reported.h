#pragma once

// The values of `reported.*`: what platforms said, looked up for each cell of an answer and never
// added up. docs/reported.md, "Asking". One query's; one thread.

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "query/data_source.h"
#include "query/metric_table.h"
#include "query/page_set.h"
#include "query/result.h"
#include "query/spec.h"
#include "query/tally.h"
#include "query/time_range.h"

namespace pagepulse {

class ReportedValues {
 public:
  // Reads what was reported of the pages and posts in question. All outlives this.
  ReportedValues(const QuerySpec& spec, const PageSet& pages, const MemberSet& members,
                 const MetricTable& table, const Catalog& catalog, const Cut& cut);

  // Groups of pages and posts on which something was reported, be it that nothing happened there.
  absl::Status AddGroups(Tally* tally) const;

  // Looks everything up; the buckets of `other` (null: none) follow those of `buckets`. Tells in
  // *warnings what could not be answered as it was asked. INVALID_ARGUMENT `too_large`.
  absl::Status LookUp(const Tally& tally, const Buckets& buckets, const Buckets* other,
                      std::vector<std::string>* warnings);

  // By Metric::report; null where the query asks for none.
  const Value* cell(size_t group, size_t bucket) const;
  const Value* totals(bool other) const;
  // The earliest "as of" of the totals that are shown; the end of time where none is.
  int64_t FirstTotalMs(size_t report) const { return first_total_ms_[report]; }

  // Says of each column, one for each metric of the table, of which days there are reports, which
  // of its figures are totals, and when its days end.
  void Describe(std::vector<MetricColumn>* columns) const;

 private:
  using Points = std::vector<ReportedPoint>;  // in their order
  // Of one page and post, by Metric::report.
  using Series = std::vector<Points>;
  // Of time, in a page's zone.
  struct Interval {
    Interval(const absl::TimeZone& zone, int64_t from_minute, int64_t to_minute);

    int64_t to;                  // minutes
    int32_t first_day, end_day;  // the whole days in it
    bool whole;                  // it is those
  };

  void Read(uint32_t page);
  const Series* SeriesOf(Tally::GroupKey key) const;
  // `bucket`: whose value it is, kTotals of all of them.
  Value Find(const Points& points, const Interval& interval, size_t report, size_t bucket);
  Value NotFound(const Points& points, const Interval& interval, size_t report);  // null
  void FindAll(Tally::GroupKey key, int64_t from, int64_t to, size_t bucket, Value* values);
  void AddDays(size_t report, const ReportedPoint& point);
  std::vector<std::string> TimesOfTotals(size_t report) const;
  void Warn(std::vector<std::string>* warnings) const;
  void WarnOfTotals(const Metric& metric, std::vector<std::string>* warnings) const;

  const QuerySpec& spec_;
  const PageSet& pages_;
  const MemberSet& members_;
  const MetricTable& table_;
  const Catalog& catalog_;
  const Cut& cut_;
  bool by_page_ = false, by_post_ = false;
  std::map<std::pair<uint32_t, uint32_t>, Series> series_;  // page, post
  std::vector<int64_t> labels_;  // of the buckets, those of the other range behind
  std::vector<Value> cells_, totals_;
  // For warnings, by Metric::report: days' figures in an interval that none of them is all of; days
  // that end elsewhere.
  std::vector<bool> finer_;
  std::vector<int64_t> foreign_;         // 0, or a minute at which one ends
  std::vector<bool> passed_over_;        // totals that were not asked for
  std::vector<int64_t> first_total_ms_;  // as of: of the totals that are shown
  // Of which days anything is reported, whatever was asked: the first and the last; first > last:
  // of none.
  struct DayRange {
    int32_t first = std::numeric_limits<int32_t>::max();
    int32_t last = std::numeric_limits<int32_t>::min();
  };
  std::vector<DayRange> days_;
  // What is shown: figures of their days, and totals.
  static constexpr size_t kTotals = std::numeric_limits<size_t>::max();
  struct Shown {
    bool days = false;
    bool in_totals = false;        // a total
    std::vector<bool> in_buckets;  // a total, in a group at least
  };
  std::vector<Shown> shown_;
  bool several_ = false;  // pages or posts, of which there is no one value
};

}  // namespace pagepulse
