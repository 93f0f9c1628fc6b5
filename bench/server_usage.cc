#include "bench/server_usage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "bench/http_load_client.h"

namespace pagepulse {

Usage UsageOf(int pid) {
  Usage usage;
  std::ifstream stat_file(fmt::format("/proc/{}/stat", pid));
  const std::string stat(std::istreambuf_iterator<char>(stat_file), {});
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) Fail(fmt::format("there is no process {}", pid));
  std::istringstream rest(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0, system = 0;
  rest >> user >> system;
  usage.cpu = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") status >> usage.peak_kib;
    if (word == "VmRSS:") status >> usage.resident_kib;
  }
  return usage;
}

float Percentile(std::vector<float>& values, double q) {
  if (values.empty()) return 0;
  const size_t at =
      std::min(values.size() - 1, static_cast<size_t>(q * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
}

}  // namespace pagepulse
