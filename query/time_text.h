#pragma once

// Times as people and programs write them in a query, and as answers write them. Stateless.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "query/spec.h"

namespace pagepulse {

// `2025-07-01`, an RFC 3339 instant with its zone, or epoch seconds (below 10^11) or milliseconds;
// whole minutes of the years 1970 to 2199. INVALID_ARGUMENT `bad_time`; `key` is for the message.
absl::StatusOr<TimeBound> ParseTimeBound(std::string_view key, std::string_view text);
// `30d`, `24h`, `90min`.
absl::StatusOr<Last> ParseLast(std::string_view text);
std::string LastText(const Last& last);

// `2025-07-01T00:00:00+07:00`.
std::string FormatMinute(int64_t minute, const absl::TimeZone& zone);
// The same with milliseconds.
std::string FormatMillis(int64_t ms, const absl::TimeZone& zone);

}  // namespace pagepulse
