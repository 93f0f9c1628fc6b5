#pragma once

// Errors that a person or a client reads: a stable code, a sentence, and what to do. They travel as
// absl::Status (whose code decides the HTTP status) with the other parts as payloads.

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace pagepulse {

// code: lower_snake_case, part of the API ("unknown_metric"). hint: what to do; may be empty.
absl::Status MakeError(absl::StatusCode status, std::string_view code, std::string_view message,
                       std::string_view hint = "");

std::string ErrorCode(
    const absl::Status& status);  // never empty: derived from the status if need be
std::string ErrorHint(const absl::Status& status);
// {"error":{"code":…,"message":…,"hint":…}}; hint left out where there is none.
std::string ErrorJson(const absl::Status& status);

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

// The candidate nearest to `name` by edit distance, if it is near enough to be meant; else "".
template <typename Names>
std::string_view NearestName(std::string_view name, const Names& candidates);

int EditDistance(std::string_view a, std::string_view b);

template <typename Names>
std::string_view NearestName(std::string_view name, const Names& candidates) {
  std::string_view best;
  int best_distance = static_cast<int>(name.size()) / 2 + 1;
  for (const auto& candidate : candidates) {
    const int distance = EditDistance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace pagepulse
