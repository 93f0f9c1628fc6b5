#include <cstdio>

#include "tools/commands.h"

// jemalloc's settings (none are needed where it is not linked). The first touch of a page costs
// more than all the work on what it holds: huge pages, and what was freed is kept for its next use,
// in one place for all threads and whatever its size.
extern "C" {
const char* malloc_conf =
    "thp:always,metadata_thp:auto,dirty_decay_ms:-1,muzzy_decay_ms:-1,narenas:1,oversize_threshold:"
    "0";
}

int main(int argc, char** argv) {
#ifdef __AVX2__  // PAGEPULSE_X86_64_V3
  if (!__builtin_cpu_supports("avx2")) {
    std::fputs("pagepulse: built for x86-64-v3, which this processor is not; build it here\n",
               stderr);
    return 1;
  }
#endif
  return pagepulse::RunCommandLine(argc, argv);
}
