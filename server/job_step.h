#pragma once

// A backfill's steps over HTTP: the headers that make a POST of /v1/events one step of a job.
//
//   Pagepulse-Job          the job's name, percent-encoded
//   Pagepulse-Format       as of backfill's --format; default native (ingest_request.h)
//   Pagepulse-File         32 hexadecimal digits: ContentHash of the file's first line
//   Pagepulse-Ordinal      among the job's files with that first line; default 0
//   Pagepulse-File-Name    for people, percent-encoded; optional
//   Pagepulse-From, -To    bytes of the uncompressed file; the body holds exactly what is between
//   Pagepulse-Digest-From, -Digest   as Pagepulse-File, of everything up to From and up to To
//   Pagepulse-Lines        line ends up to To
//   Pagepulse-First-Line   number of the body's first line; default 1
//   Pagepulse-Page, -Tz, -Exported   as of backfill's --page (percent-encoded), --tz, --exported

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/submission.h"
#include "ingest/adapter.h"
#include "server/auth.h"
#include "server/http_message.h"

namespace pagepulse {

struct JobHeaders {
  JobStep step;
  uint32_t first_line = 1;
  std::shared_ptr<const ImportOptions> import;
};

// nullopt: the request is no step of a job. INVALID_ARGUMENT: half of one.
absl::StatusOr<std::optional<JobHeaders>> ParseJobHeaders(const HttpRequest& request);
// What the headers Pagepulse-Page, -Tz and -Exported say of an import, be it a job's step or not.
absl::StatusOr<std::shared_ptr<const ImportOptions>> ParseImport(const HttpRequest& request,
                                                                 const std::string& file_name);

// The engine's name of the job that this token calls `job`: jobs are kept apart by token, so that
// one token neither reads nor moves another's. Who may do everything, with a token for all pages or
// where none are configured, sees the engine's own names.
std::string OwnedJob(const Grant& grant, std::string_view job);

}  // namespace pagepulse
