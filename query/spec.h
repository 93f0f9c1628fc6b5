#pragma once

// A query as it was asked: words checked one by one, nothing looked up yet. docs/query.md tells
// what each key means. Plain values; copy freely.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace pagepulse {

enum class OutputFormat : uint8_t { kJson, kCsv, kNdjson, kTable };
enum class Step : uint8_t { kMinute, kQuarter, kHour, kDay, kWeek, kMonth, kYear, kTotal };
enum class Grouping : uint8_t { kTime, kPage, kPost, kSource, kReaction };
enum class Compare : uint8_t { kNone, kPrevious, kYear, kWeekday };
enum class Fill : uint8_t { kZero, kNull, kNone };

// One end of a range: a civil day of the query's zone (both ends included), or an instant.
struct TimeBound {
  bool is_day = false;
  absl::CivilDay day;  // with is_day
  int64_t minute = 0;  // without: UTC minutes since the epoch

  bool operator==(const TimeBound&) const = default;
};

// `30d`: today and the 29 days before it. `24h`, `90min`: that long until now.
struct Last {
  enum class Unit : uint8_t { kDay, kHour, kMinute };
  int64_t count = 0;  // 1 or more
  Unit unit = Unit::kDay;

  bool operator==(const Last&) const = default;
};

struct OrderTerm {
  std::string name;  // a metric or grouping of the query
  bool descending = false;

  bool operator==(const OrderTerm&) const = default;
};

struct QuerySpec {
  std::vector<std::string> pages;  // empty with all_pages alone
  bool all_pages = false;
  std::vector<std::string> metrics;  // no name twice
  std::optional<TimeBound> from, to;
  std::optional<Last> last;        // instead of from and to
  std::vector<Grouping> by;        // in the order asked; none twice
  Step step = Step::kTotal;        // of Grouping::kTime
  std::vector<std::string> posts;  // filters; empty: all
  std::vector<std::string> sources;
  bool no_source = false;  // beside `sources`: events without a source pass too
  std::vector<OrderTerm> order;
  std::optional<int64_t> limit;  // rows; 1 or more
  int64_t offset = 0;            // rows to pass over first
  std::string tz;                // IANA name; empty: the pages' own
  Compare compare = Compare::kNone;
  Fill fill = Fill::kZero;
  OutputFormat format = OutputFormat::kJson;
  bool bom = false;  // CSV begins with a byte order mark
  // Of what is reported the figures of exactly the time in question alone, and no total since the
  // beginning. No word of the language says it: reconciling does.
  bool reported_periods_only = false;

  bool operator==(const QuerySpec&) const = default;
};

}  // namespace pagepulse
