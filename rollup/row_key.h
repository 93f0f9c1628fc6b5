#pragma once

// A row holds all the cells (buckets) of one series within one period: the days of a post's month,
// the minutes of a page's UTC day. Quarters of an hour are kept in detail alone: one row for a
// page's UTC day, in which every pair of post and source has an entry (detail.h); those of the
// page, of a post or of a source are merges of entries.
//
//   level    period (in the key)     slot (in the row)         scope           zone
//   minute   UTC day                 0..1439                   page            -
//   quarter  UTC day                 0..95                     detail          -
//   day      civil month             day of the month - 1      all but detail  the page's
//   month    civil month             0                         all but detail  the page's
//
// Key, 14 bytes:  period u32 | level u8 | scope u8 | page u32 | member u32   (big-endian)
//
// Time comes first, so that history loaded in order of time is written once, behind what is there.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace pagepulse {

// On disk: do not renumber.
enum class Scope : uint8_t { kPage = 1, kPost = 2, kSource = 3, kDetail = 4 };
enum class Level : uint8_t { kMinute = 1, kQuarter = 2, kDay = 3, kMonth = 4 };
inline constexpr int kLevels = 4;
inline constexpr Level kAllLevels[kLevels] = {Level::kMinute, Level::kQuarter, Level::kDay,
                                              Level::kMonth};

struct RowKey {
  Scope scope = Scope::kPage;
  Level level = Level::kMinute;
  uint32_t period = 0;  // days, or months, since 1970
  uint32_t page = 0;
  uint32_t member = 0;  // the post's or source's id; 0 for pages, details, and "no source"

  bool operator==(const RowKey&) const = default;
  // The order of the encoded bytes.
  friend std::strong_ordering operator<=>(const RowKey& a, const RowKey& b) {
    return std::tie(a.period, a.level, a.scope, a.page, a.member) <=>
           std::tie(b.period, b.level, b.scope, b.page, b.member);
  }
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
