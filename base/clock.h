#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace pagepulse {

// Wall-clock milliseconds since the epoch, UTC. A std::function so that tests can hold time still.
using Clock = std::function<int64_t()>;

inline int64_t SystemMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace pagepulse
