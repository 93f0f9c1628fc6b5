#pragma once

// For loops whose iterations each need memory at a random place of a large table: what a block of
// iterations needs is asked for at once, a block ahead, by plain loads.
//
// Where a place's address translation is not cached, a prefetch instruction either holds up all
// that follows until it is (some 100 ns in a virtual machine) or, where several wait, is dropped.
// Loads on which nothing depends do neither: they wait for each other's translations only.

#include <algorithm>
#include <cstddef>

namespace pagepulse {

inline constexpr size_t kPrefetchBlock = 32;

// Brings the cache line to the core that asks.
inline void Touch(const void* place) { (void)*static_cast<const volatile char*>(place); }

// To be called at the beginning of iteration i of n; prefetch(j) starts what iteration j needs.
template <typename Prefetch>
inline void PrefetchAhead(size_t i, size_t n, Prefetch prefetch) {
  if (i % kPrefetchBlock != 0) return;
  const size_t end = std::min(n, i + 2 * kPrefetchBlock);
  for (size_t j = i == 0 ? 0 : i + kPrefetchBlock; j < end; ++j) prefetch(j);
}

}  // namespace pagepulse
