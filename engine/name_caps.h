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
  // Whether the token may bring one more name of this kind. Types, sources and reported metrics
  // share a cap.
  bool HasRoom(const Submission& from, NameKind kind, int64_t now_ms) {
    return from.caps == nullptr || *Used(from, kind, now_ms) < CapOf(*from.caps, kind);
  }
  void Count(const Submission& from, NameKind kind, int64_t now_ms) {
    if (from.caps != nullptr) ++*Used(from, kind, now_ms);
  }

 private:
  struct Hour {
    int64_t hour = -1;
    uint32_t pages = 0, posts = 0, types = 0;
  };

  static uint32_t CapOf(const NameCaps& caps, NameKind kind) {
    if (kind == NameKind::kPage) return caps.pages_per_hour;
    return kind == NameKind::kPost ? caps.posts_per_hour : caps.types_per_hour;
  }
  uint32_t* Used(const Submission& from, NameKind kind, int64_t now_ms) {
    Hour& hour = hours_[from.token];
    const int64_t now_hour = now_ms / 3'600'000;
    if (hour.hour != now_hour) hour = {now_hour, 0, 0, 0};
    if (kind == NameKind::kPage) return &hour.pages;
    return kind == NameKind::kPost ? &hour.posts : &hour.types;
  }

  absl::flat_hash_map<std::string, Hour> hours_;
};

}  // namespace pagepulse
