#pragma once

// What every event is checked for, whatever it came as: the faults of docs/events.md, in its order.
// Pure and thread-safe.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ingest/adapter.h"
#include "model/reject.h"

namespace pagepulse {

inline constexpr size_t kMaxNameBytes = 128, kMaxSourceBytes = 32;
inline constexpr int64_t kMaxAheadMs = 5 * 60 * 1000;

// Times that a delivery does not give, or that are none; others are epoch milliseconds.
inline constexpr int64_t kNoTime = 0, kBadTime = -1;

// Of text, not of JSON: the empty one is a name that is absent.
bool IsName(std::string_view text);
bool IsPage(std::string_view text);  // never absent

RejectCode TimeFault(int64_t ts_ms, const ParseContext& context);
RejectCode NamesFault(std::string_view page, std::string_view post, std::string_view actor);

}  // namespace pagepulse
