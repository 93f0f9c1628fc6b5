#include "rollup/row_key.h"

#include <algorithm>
#include <cstring>

#include "base/coding.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

constexpr int64_t kMinutesPerDay = 1440;

}  // namespace

void EncodeRowKey(const RowKey& key, char* out) {
  const auto put = [&out](uint32_t part) {
    part = __builtin_bswap32(part);
    std::memcpy(out, &part, sizeof part);
    out += sizeof part;
  };
  put(key.period);
  *out++ = static_cast<char>(key.level);
  *out++ = static_cast<char>(key.scope);
  put(key.page);
  put(key.member);
}

std::string EncodeRowKey(const RowKey& key) {
  std::string out(kRowKeyBytes, '\0');
  EncodeRowKey(key, out.data());
  return out;
}

std::optional<RowKey> DecodeRowKey(std::string_view bytes) {
  if (bytes.size() != kRowKeyBytes) return std::nullopt;
  Reader in(bytes);
  RowKey key;
  key.period = in.Big32();
  const uint8_t level = in.Byte(), scope = in.Byte();
  if (scope < static_cast<uint8_t>(Scope::kPage) || scope > static_cast<uint8_t>(Scope::kDetail) ||
      level < static_cast<uint8_t>(Level::kMinute) || level > static_cast<uint8_t>(Level::kMonth)) {
    return std::nullopt;
  }
  key.scope = static_cast<Scope>(scope);
  key.level = static_cast<Level>(level);
  key.page = in.Big32();
  key.member = in.Big32();
  return key;
}

int64_t PeriodEndMinute(Level level, uint32_t period) {
  switch (level) {
    case Level::kMinute:
    case Level::kQuarter:
      return (int64_t{period} + 1) * kMinutesPerDay;
    case Level::kDay:
    case Level::kMonth:
      break;
  }
  // No zone is a whole day behind UTC. Years beyond the calendar's reach (a key from arbitrary
  // bytes) end with it.
  constexpr uint32_t kLastMonth = 12 * 100000;
  const absl::CivilMonth next =
      CivilMonthOf(static_cast<int32_t>(std::min(period, kLastMonth))) + 1;
  return (int64_t{DayNumber(absl::CivilDay(next))} + 1) * kMinutesPerDay;
}

uint32_t FirstVisiblePeriod(Level level, int64_t horizon_minute) {
  uint32_t low = 0, high = 1 << 20;  // days until the year 4840
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (PeriodEndMinute(level, middle) <= horizon_minute) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace pagepulse
