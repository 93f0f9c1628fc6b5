#pragma once

// Who is speaking: the signature of a delivery and the handshake that subscribes. Pure and
// thread-safe; how long they take says nothing about a secret or token.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pagepulse {

// Whether `header`, the value of X-Hub-Signature-256, is the HMAC-SHA256 of the body's bytes, as
// they came from the socket, under any of the app secrets. An empty secret matches nothing.
bool FacebookSignatureHolds(std::string_view header, std::string_view body,
                            absl::Span<const std::string> secrets);

// Decoded names and values of the query, e.g. {"hub.mode", "subscribe"}.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// What to answer, as it is, without a line end: the challenge. PERMISSION_DENIED where the token is
// none of these (an empty one matches nothing), INVALID_ARGUMENT where it is no handshake.
absl::StatusOr<std::string> AnswerFacebookHandshake(const QueryParameters& query,
                                                    absl::Span<const std::string> verify_tokens);

}  // namespace pagepulse
