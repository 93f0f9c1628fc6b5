#pragma once

// Days and times as exports write them, and as a spreadsheet writes them back: in the order of the
// export, M/D/YYYY, but without the zeros in front.

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace pagepulse {

// `2025-08-01`, and nothing else.
std::optional<absl::CivilDay> ReadIsoDay(std::string_view text);
// `2025-08-01`, `08/01/2025` or `8/1/2025`, and what may follow it of a time.
std::optional<absl::CivilDay> ReadDay(std::string_view text);
// INVALID_ARGUMENT `day_first`: a date that can only be 13/08/2025, so that those beside it that
// ReadDay takes may be other days than they seem.
absl::Status CheckMonthFirst(std::string_view date, uint32_t line);
// The same of a date of a daily series and the one before it: a day apart only as 01/08/2025 and
// 02/08/2025 of August. Anything else than two such dates passes.
absl::Status CheckNextDay(std::string_view before, std::string_view date, uint32_t line);
// A day and `09:30`, `9:30:15` or `9:30 PM`, as milliseconds since the epoch.
std::optional<int64_t> ReadLocalTime(std::string_view text, const absl::TimeZone& zone);
// The last day that a file's name tells, as `Aug-31-2025` or `2025-08-31`, with anything before and
// behind it; of several only where they stand in their order.
std::optional<absl::CivilDay> LastDayOfName(std::string_view file_name);

}  // namespace pagepulse
