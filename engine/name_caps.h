#pragma once

// How many new names a token has brought in the running hour. In memory alone: a restart forgives.

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "engine/names.h"
#include "engine/submission.h"

namespace pagepulse {

class NameCapCounter {
 public:
  // Counts one new name of this kind; false if the token's cap for the hour is reached.
  bool Take(const std::string& token, const NameCaps* caps, NameKind kind, int64_t now_ms) {
    if (caps == nullptr) return true;
    Hour& hour = hours_[token];
    const int64_t now_hour = now_ms / 3'600'000;
    if (hour.hour != now_hour) hour = {now_hour, 0, 0, 0};
    switch (kind) {
      case NameKind::kPage:
        return hour.pages < caps->pages_per_hour && ++hour.pages;
      case NameKind::kPost:
        return hour.posts < caps->posts_per_hour && ++hour.posts;
      case NameKind::kType:
      case NameKind::kSource:
        return hour.types < caps->types_per_hour && ++hour.types;
    }
    return false;
  }

 private:
  struct Hour {
    int64_t hour = -1;
    uint32_t pages = 0, posts = 0, types = 0;
  };
  absl::flat_hash_map<std::string, Hour> hours_;
};

}  // namespace pagepulse
