#pragma once

// What another process has used so far, and how figures are put in order.

#include <cstddef>
#include <vector>

namespace pagepulse {

struct Usage {
  double cpu = 0;  // seconds
  size_t resident_kib = 0, peak_kib = 0;
};

Usage UsageOf(int pid);  // ends this process where there is no such

// The value that a part `q` of them does not exceed; reorders them. 0 of none.
float Percentile(std::vector<float>& values, double q);

}  // namespace pagepulse
