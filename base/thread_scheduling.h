#pragma once

// How the system schedules the threads that hand work to each other.

#include <sched.h>
#include <sys/resource.h>

namespace pagepulse {

// The calling thread, once woken, waits for a core instead of taking one from the thread that woke
// it: who hands over work goes on, and what it hands over meanwhile is taken at once. A hint.
inline void TakeNoCoreFromOthers() {
  const sched_param none = {};
  sched_setscheduler(0, SCHED_BATCH, &none);
}

// How far behind those who answer a question. Compaction goes before who takes events in: the more
// of it is left, the more an answer has to read.
enum class Niceness : int { kCompacts = 5, kTakesIn = 10 };

// The calling thread leaves the cores to those who answer a question, while there are any: that is
// short, and somebody waits for it. A hint.
inline void LeaveCoresToQueries(Niceness niceness = Niceness::kTakesIn) {
  setpriority(PRIO_PROCESS, 0, static_cast<int>(niceness));
}

}  // namespace pagepulse
