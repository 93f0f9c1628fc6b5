#include "engine/fingerprint_set.h"

#include <algorithm>
#include <utility>

namespace pagepulse {
namespace {

// A shard grows when it is 80 % full; a small one doubles, a large one is then 62 % full.
constexpr size_t kMaxLoadPercent = 80;
constexpr size_t kSmallLines = 256;

}  // namespace

bool FingerprintSet::Shard::Contains(uint32_t fingerprint) const {
  size_t at = Home(fingerprint);
  for (const Line* line = &lines[at];; line = &Next(&at)) {
    if (line->Contains(fingerprint)) return true;
    if (!line->full()) return false;
  }
}

void FingerprintSet::Shard::Add(uint32_t fingerprint) {
  if (Contains(fingerprint)) return;
  if (taken == most) Grow();
  Put(fingerprint);
}

void FingerprintSet::Shard::Put(uint32_t fingerprint) {
  size_t at = Home(fingerprint);
  while (lines[at].full()) Next(&at);
  *std::find(lines[at].slots, lines[at].slots + Line::kSlots, 0u) = fingerprint;
  ++taken;
}

void FingerprintSet::Shard::Resize(size_t lines_wanted) {
  lines = std::make_unique<Line[]>(lines_wanted);
  count = lines_wanted;
  taken = 0;
  most = count * Line::kSlots * kMaxLoadPercent / 100;
}

void FingerprintSet::Shard::Grow() {
  const std::unique_ptr<Line[]> old = std::move(lines);
  const size_t old_count = count;
  Resize(count < kSmallLines ? 2 * count : count * kMaxLoadPercent / 62 + 1);
  for (size_t i = 0; i < old_count; ++i) {
    for (const uint32_t fingerprint : old[i].slots) {
      if (fingerprint != 0) Put(fingerprint);
    }
  }
}

}  // namespace pagepulse
