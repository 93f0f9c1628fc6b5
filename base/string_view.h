#pragma once

// Debian 12 builds Abseil with a string_view of its own; Debian 13 with std's. Code here speaks
// std::string_view and crosses over with these two. Messages are made with fmt::format.

#include <string_view>

#include "absl/strings/string_view.h"

namespace pagepulse {

inline absl::string_view ToAbsl(std::string_view s) {
  return absl::string_view(s.data(), s.size());
}
inline std::string_view ToStd(absl::string_view s) { return std::string_view(s.data(), s.size()); }

}  // namespace pagepulse
