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

// import: what the request says beside its bytes, for the adapter; null: nothing.
std::shared_ptr<ParsePipeline> NewPipeline(ServerContext& context, const HttpRequest& request,
                                           std::shared_ptr<const ImportOptions> import = nullptr);

// Parses the rest, submits everything under the submission's key or job, and waits until it is
// durable. The statuses are those of the adapter and of the outcome.
Task<absl::StatusOr<Reply>> Submit(ServerContext& context, std::shared_ptr<ParsePipeline> pipeline,
                                   Submission submission);

}  // namespace pagepulse
