#pragma once

// The one place where a Status becomes HTTP.

#include "absl/status/status.h"
#include "server/http_message.h"

namespace pagepulse {

// By the error's code where HTTP knows a finer one (408, 413, 415, ...), else by the StatusCode.
int HttpStatusOf(const absl::Status& status);

// {"error":{...}} with Retry-After on 429 and 503 and WWW-Authenticate on 401.
HttpResponse ErrorResponse(const absl::Status& status);

// Errors that several places give. What may be sent instead is the route's to say.
absl::Status BodyTooLarge(uint64_t limit_bytes, std::string_view hint);
// Of what shows all pages, to a token for some; `why` says what would show.
absl::Status Forbidden(std::string_view why);
absl::Status UnknownEncoding(std::string_view encoding, std::string_view hint);

}  // namespace pagepulse
