#pragma once

// What a platform reports of itself, and who has the last word on a number: docs/reported.md.

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "model/metric.h"

namespace pagepulse {

// A figure as a feed tells it. Views live in the batch.
struct ReportedFigure {
  std::string_view page;    // never empty
  std::string_view post;    // empty: of the page itself
  std::string_view metric;  // without `reported.`: "reach"; see IsReportedName
  std::string_view source;  // 1..32 bytes
  // The civil days that it is of: `days` of them, the last one `day` (days since 1970-01-01).
  // days 0: a total since the beginning, as it stood at as_of_ms.
  uint16_t days = 0;
  int32_t day = 0;
  int64_t end_ms = 0;    // the instant at which the platform says those days ended; 0: not said
  int64_t as_of_ms = 0;  // when the platform said so
  int64_t value = 0;     // 0..kMaxReported
  uint32_t line = 0;
};
inline constexpr int64_t kMaxReported = int64_t{1} << 53;
// Of one submission: who comes after it waits until all are taken in, about a second.
inline constexpr size_t kMaxFigures = 1'000'000;
// Of a total that is counted: a delta's count.
inline constexpr int64_t kMaxCountedReported = UINT32_MAX;

// --- Authority: whether our own events or the platform's reports make a metric of a page.
enum class AuthorityMetric : uint8_t { kViews, kClicks, kReactions, kComments, kShares, kFollows };
inline constexpr int kAuthorityMetrics = 6;
// A set of AuthorityMetric that are the platform's. The bits are on disk.
using AuthoritySet = uint8_t;
constexpr AuthoritySet AuthorityBit(AuthorityMetric metric) {
  return static_cast<AuthoritySet>(1u << static_cast<int>(metric));
}
std::string_view AuthorityMetricName(AuthorityMetric metric);  // "views"
// The metric that events of this type make; nullopt: no platform reports it.
std::optional<AuthorityMetric> AuthorityOf(EventType type);
// What the growth of a lifetime total is added to: of posts, but for `followers`, which is the
// page's. nullopt: it is only shown.
struct CountedAs {
  AuthorityMetric metric;
  CounterId counter;  // its `removed` side, where it has one, is one above
  bool net;           // has such a side
};
std::optional<CountedAs> CountedReport(std::string_view metric, bool of_post);

// --- The dictionary.
// Whether `[a-z][a-z0-9_.]{0,63}`.
bool IsReportedName(std::string_view name);
// Names that can be asked for before anything was reported under them.
absl::Span<const std::string_view> KnownReports();
// A day on which a platform changed what it counts under a name.
struct DefinitionChange {
  std::string_view metric;
  absl::CivilDay day;     // the first of the new definition
  std::string_view what;  // "impressions before, views from then on"
};
absl::Span<const DefinitionChange> DefinitionChanges();

}  // namespace pagepulse
