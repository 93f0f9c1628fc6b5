#pragma once

// What this process has cost so far, from the system's own counters.

#include <cstdint>
#include <map>
#include <string>

namespace pagepulse {

double ProcessCpuSeconds();  // user and system, of all threads, ended ones too
double ThreadCpuSeconds();   // of the calling thread
int64_t WrittenBytes();      // given to the disk; -1: unknown
int64_t PeakResidentBytes();
std::map<std::string, double>
CpuSecondsByThreadName();  // of the threads that live; names end in no digits

}  // namespace pagepulse
