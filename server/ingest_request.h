#pragma once

// The way of every ingest request, whatever door it came through: wait for room, read, parse,
// submit, and answer once it is durable.

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "engine/submission.h"
#include "server/await.h"
#include "server/body_reader.h"
#include "server/http_message.h"
#include "server/parse_pipeline.h"
#include "server/server_context.h"

namespace pagepulse {

// Whether the engine accepts and `total` bytes fit; they are then reserved.
bool HasRoom(ServerContext& context, Reservation& room, uint64_t total);
// Waits until it is so, for at most queue_wait. RESOURCE_EXHAUSTED:
// it lasted (429).
Task<absl::Status> WaitForRoom(ServerContext& context, Reservation& room, uint64_t total);

// Reads a body that is one document (not encoded) of at most max_bytes.
Task<absl::StatusOr<std::string>> ReadWhole(ServerContext& context, HttpRequest& request,
                                            Reservation& room, uint64_t max_bytes);

// The format that a request to /v1/events is in: that of `?format=` or Pagepulse-Format,
// CloudEvents where Content-Type or a `ce-specversion` say so, else native. INVALID_ARGUMENT: no
// such format, or two of them.
inline constexpr std::string_view kFormatParam = "format";
absl::StatusOr<const Adapter*> FormatOf(const ServerContext& context, const HttpRequest& request);
// The header fields that `adapter` may read; none for the native format.
Headers HeadersFor(const Adapter& adapter, const HttpRequest& request);

// import: what the request says beside its bytes and headers; null: nothing.
std::shared_ptr<ParsePipeline> NewPipeline(ServerContext& context, const HttpRequest& request,
                                           Headers headers = {},
                                           std::shared_ptr<const ImportOptions> import = nullptr);

// Parses the rest, submits everything under the submission's key or job, and waits until it is
// durable. The statuses are those of the adapter and of the outcome.
Task<absl::StatusOr<Reply>> Submit(ServerContext& context, std::shared_ptr<ParsePipeline> pipeline,
                                   Submission submission);

}  // namespace pagepulse
