#include "base/crash_point.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace pagepulse::crash_point_internal {
namespace {

std::string Setting() {
  const char* value = std::getenv("PAGEPULSE_CRASH_AT");
  return value == nullptr ? "" : value;
}

}  // namespace

const bool armed = !Setting().empty();

void Pass(const char* name) {
  static const std::string setting = Setting();
  static const size_t colon = setting.find(':');
  static std::atomic<long> left{
      colon == std::string::npos ? 1 : std::strtol(setting.c_str() + colon + 1, nullptr, 10)};
  if (setting.compare(0, colon, name) == 0 && --left == 0) std::raise(SIGKILL);
}

}  // namespace pagepulse::crash_point_internal
