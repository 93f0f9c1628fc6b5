#pragma once

// Who is speaking: the signature of a delivery from Zalo. Pure and thread-safe; how long it takes
// says nothing about a secret.

#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace pagepulse {

// What may have been signed as the time of a delivery: `header`, the value of X-ZEvent-Timestamp,
// then the body's own `timestamp`. Digits alone: nothing of a body may pass for its time.
std::vector<std::string> ZaloTimestamps(std::string_view header, std::string_view body);

// Whether `header`, the value of X-ZEvent-Signature, is the SHA-256 of app id, body, one of the
// timestamps and the secret, one behind the other. An empty secret matches nothing.
bool ZaloSignatureHolds(std::string_view header, std::string_view app_id, std::string_view body,
                        absl::Span<const std::string> timestamps, std::string_view secret);

}  // namespace pagepulse
