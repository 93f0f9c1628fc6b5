#pragma once

// A row holds all the cells (buckets) of one series within one period: the 96 quarter-hours of a
// page's UTC day, the days of a post's month. Time comes before page in the key, so that history
// loaded in order of time is written once, behind what is there, and a month's posts lie together.
//
//   level    period (in the key)     slot (in the row)         series          zone
//   minute   UTC day                 0..1439                   pages           -
//   quarter  UTC day                 0..95                     all             -
//   hour     UTC day                 0..23                     all             -
//   day      civil month             day of the month - 1      all             the page's
//   month    civil month             0                         all             the page's
//
// Key, 14 bytes:  scope u8 | level u8 | period u32 | page u32 | member u32   (big-endian)

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pagepulse {

// On disk: do not renumber.
enum class Scope : uint8_t { kPage = 1, kPost = 2, kSource = 3 };
enum class Level : uint8_t { kMinute = 1, kQuarter = 2, kHour = 3, kDay = 4, kMonth = 5 };

struct RowKey {
  Scope scope = Scope::kPage;
  Level level = Level::kMinute;
  uint32_t period = 0;  // days, or months, since 1970
  uint32_t page = 0;
  uint32_t member = 0;  // the post's or source's id; 0 for Scope::kPage, and for "no source"

  auto operator<=>(const RowKey&) const = default;
};
inline constexpr size_t kRowKeyBytes = 14;

void EncodeRowKey(const RowKey& key, char* out);  // kRowKeyBytes; order of bytes = order of keys
std::string EncodeRowKey(const RowKey& key);
std::optional<RowKey> DecodeRowKey(std::string_view bytes);  // nullopt: not a row key

// The UTC minute by which every instant of the period has passed, in any zone. Retention of a
// level drops a row, for readers and for compaction alike, once this is <= the level's horizon.
int64_t PeriodEndMinute(Level level, uint32_t period);

// The first period of a level that such a horizon leaves visible.
uint32_t FirstVisiblePeriod(Level level, int64_t horizon_minute);

}  // namespace pagepulse
