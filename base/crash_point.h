#pragma once

// Named places at which a test can kill the process as `kill -9` would. Set
// PAGEPULSE_CRASH_AT=name or name:n (the n-th time it is passed, from 1). Costs one predictable
// branch where it is not set.

namespace pagepulse {

namespace crash_point_internal {
extern const bool armed;
void Pass(const char* name);
}  // namespace crash_point_internal

inline void CrashPoint(const char* name) {
  if (crash_point_internal::armed) [[unlikely]] {
    crash_point_internal::Pass(name);
  }
}

}  // namespace pagepulse
