#pragma once

// A request's body from the socket to a BodyReader, within the memory there is for it.

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "server/await.h"
#include "server/body_reader.h"
#include "server/http_message.h"
#include "server/ingest_request.h"
#include "server/server_context.h"

namespace pagepulse {

// What the headers say of a body of at most max_bytes (decoded), before anything of it is read; of
// the native format. INVALID_ARGUMENT: an encoding that is not read here; 413: too large.
absl::StatusOr<BodyPlan> PlanBody(const ServerContext& context, const HttpRequest& request,
                                  uint64_t max_bytes, std::string_view if_too_large);

// Reads all of the body into `reader`, which was made with `plan`; `hasher`, if any, sees the raw
// bytes. A body of known length waits for its room still in the client; another one grows.
Task<absl::Status> ReadBody(ServerContext& context, HttpRequest& request, const BodyPlan& plan,
                            Reservation& room, BodyReader& reader, ContentHasher* hasher);

}  // namespace pagepulse
