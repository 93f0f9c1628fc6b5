#pragma once

// When people in Ho Chi Minh City are on their phones: early risers, the morning at work, the long
// noon break, and above all the evening; quieter mornings and longer evenings at the weekend.

#include <cstdint>
#include <vector>

namespace pagepulse {

// All generated history is of Asia/Ho_Chi_Minh, which has kept UTC+7 since 1975.
inline constexpr int64_t kZoneMs = 7 * 3'600'000;
inline constexpr int64_t kMinuteMs = 60'000, kDayMs = 86'400'000;
inline constexpr int32_t kFirstDay = 20270;  // 2025-07-01, in days since 1970-01-01

constexpr int64_t DayStartMs(int32_t day) { return day * kDayMs - kZoneMs; }
constexpr bool IsWeekend(int32_t day) { return (day + 4) % 7 == 0 || (day + 4) % 7 == 6; }

// 1,440 weights, one a minute.
std::vector<uint64_t> MinuteWeights(bool weekend);
// How busy a civil day is, in thousandths of a plain working day: weekends, the national day
// (2 September) with the days around it, and the smaller feasts of the second half-year.
uint64_t DayWeight(int32_t day);

}  // namespace pagepulse
