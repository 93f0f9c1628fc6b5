#pragma once

// How the system schedules the threads that hand work to each other.

#include <sched.h>

namespace pagepulse {

// The calling thread, once woken, waits for a core instead of taking one from the thread that woke
// it: who hands over work goes on, and what it hands over meanwhile is taken at once. A hint.
inline void TakeNoCoreFromOthers() {
  const sched_param none = {};
  sched_setscheduler(0, SCHED_BATCH, &none);
}

}  // namespace pagepulse
