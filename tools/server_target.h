#pragma once

// A backfill into a running server, one step a request.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/backfill_target.h"
#include "tools/http_client.h"

namespace pagepulse {

// The files of a job, as the server lists them.
absl::StatusOr<std::vector<JobFile>> FetchJobFiles(HttpClient* client, const std::string& job);

absl::StatusOr<std::unique_ptr<BackfillTarget>> NewServerTarget(const Place& place,
                                                                const BackfillOptions& options,
                                                                const Reading& reading);

}  // namespace pagepulse
