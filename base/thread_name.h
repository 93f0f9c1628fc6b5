#pragma once

// Names for top, gdb and `pagepulse bench`.

#include <pthread.h>

namespace pagepulse {

// Of the calling thread; at most 15 letters.
inline void NameThread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace pagepulse
