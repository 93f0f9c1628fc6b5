// GET /v1/jobs, GET /v1/jobs/NAME, POST /v1/jobs/NAME/undo.

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "base/string_view.h"
#include "server/await.h"
#include "server/handlers.h"
#include "server/job_step.h"

namespace pagepulse {
namespace {

using Result = absl::StatusOr<HttpResponse>;

constexpr std::string_view kUndoEnd = "/undo";
// An undo may take minutes; a request takes a part of it, and a server that stops waits no longer.
constexpr std::chrono::seconds kUndoAtMost{2};

// The job's name as this token's holder gave it; nullopt: it is another's.
std::optional<std::string_view> OwnName(const Grant& grant, std::string_view job) {
  const std::string owned = OwnedJob(grant, "");
  if (!job.starts_with(owned)) return std::nullopt;
  return job.substr(owned.size());
}

void AppendSummary(std::string_view name, const JobSummary& job, std::string* out) {
  *out += "{\"job\":";
  AppendJsonString(name, out);
  fmt::format_to(std::back_inserter(*out),
                 R"(,"files":{},"accepted":{},"duplicate":{},"rejected":{},"counted_ms":{},)"
                 R"("being_undone":{},"undo_ms":{},"undone":{}}})",
                 job.files, job.accepted, job.duplicate, job.rejected, job.counted_ms,
                 job.being_undone, job.undo_ms, job.undone);
}

// With the nearest of the token's own jobs, for the engine does not know whose they are.
absl::Status UnknownJob(const ServerContext& context, const Grant& grant, std::string_view job,
                        const absl::Status& status) {
  const std::vector<JobSummary> jobs = context.engine.ListJobs();
  std::vector<std::string_view> own;
  for (const JobSummary& known : jobs) {
    if (const auto name = OwnName(grant, known.name)) own.push_back(*name);
  }
  const std::string_view near = NearestName(job, own);
  if (near.empty()) return status;
  return MakeError(status.code(), ErrorCode(status), ToStd(status.message()),
                   fmt::format("did you mean `{}`?", near));
}

HttpResponse UndoResponse(const Grant& grant, std::string_view job, const UndoReport& report) {
  HttpResponse response;
  std::string& body = response.body;
  body = "{\"job\":";
  AppendJsonString(job, &body);
  const UndoCounts& counts = report.counts;
  fmt::format_to(std::back_inserter(body),
                 R"(,"done":{},"did_nothing":{},"events":{},"repeated":{},"ids":{},"shared":{},)"
                 R"("figures":{},"people":{},"shared_events":[)",
                 report.done, report.did_nothing, counts.events, counts.repeated, counts.ids,
                 counts.shared, counts.figures, counts.people);
  std::string_view comma;
  for (const SharedEvent& shared : report.shared) {
    body += comma;
    comma = ",";
    fmt::format_to(std::back_inserter(body), R"({{"ts_ms":{},"type":)", shared.ts_ms);
    AppendJsonString(shared.type, &body);
    body += ",\"page\":";
    AppendJsonString(shared.page, &body);
    body += ",\"post\":";
    AppendJsonString(shared.post, &body);
    body += ",\"teller\":";
    const bool live = shared.teller == "live";
    AppendJsonString(live ? "live" : OwnName(grant, shared.teller).value_or("another"), &body);
    body += '}';
  }
  body += "]}\n";
  return response;
}

}  // namespace

Answer GetJobs(ServerContext& context, HttpRequest& request) {
  const absl::Status known = CheckParams(request.params, {});
  if (!known.ok()) co_return known;
  absl::AnyInvocable<Result()> list = [&context, &request]() -> Result {
    HttpResponse response;
    response.body = "{\"jobs\":[";
    std::string_view comma;
    for (const JobSummary& job : context.engine.ListJobs()) {
      const std::optional<std::string_view> name = OwnName(*request.grant, job.name);
      if (!name) continue;
      response.body += comma;
      AppendSummary(*name, job, &response.body);
      comma = ",\n";
    }
    response.body += "]}\n";
    return response;
  };
  auto response = co_await RunOn<Result>(context.queries, std::move(list));
  co_return response;
}

Answer GetJob(ServerContext& context, HttpRequest& request) {
  const absl::Status known = CheckParams(request.params, {});
  if (!known.ok()) co_return known;
  using Files = absl::StatusOr<std::vector<JobFile>>;
  absl::AnyInvocable<Files()> read = [&context, &request]() -> Files {
    return context.engine.JobFiles(OwnedJob(*request.grant, request.tail));
  };
  const Files files = co_await RunOn<Files>(context.queries, std::move(read));
  if (!files.ok()) co_return files.status();
  HttpResponse response;
  response.body = "{\"job\":";
  AppendJsonString(request.tail, &response.body);
  response.body += ",\"files\":[";
  auto out = std::back_inserter(response.body);
  std::string_view comma;
  for (const JobFile& file : *files) {
    fmt::format_to(out, R"({}{{"file":"{}","ordinal":{},"name":)", comma, FormatHash(file.file),
                   file.ordinal);
    AppendJsonString(file.file_name, &response.body);
    fmt::format_to(out,
                   R"(,"position":{},"lines":{},"digest":"{}","accepted":{},"duplicate":{},)"
                   R"("rejected":{},"options":)",
                   file.position, file.lines, FormatHash(file.digest), file.accepted,
                   file.duplicate, file.rejected);
    AppendJsonString(file.options, &response.body);
    response.body += '}';
    comma = ",";
  }
  response.body += "]}\n";
  co_return response;
}

Answer PostJob(ServerContext& context, HttpRequest& request) {
  const absl::Status known = CheckParams(request.params, {});
  if (!known.ok()) co_return known;
  std::string_view job = request.tail;
  if (!job.ends_with(kUndoEnd) || job.size() == kUndoEnd.size()) {
    co_return MakeError(absl::StatusCode::kNotFound, "unknown_route",
                        "a job can be undone, and nothing else", "POST /v1/jobs/NAME/undo");
  }
  job.remove_suffix(kUndoEnd.size());
  absl::AnyInvocable<Result()> undo = [&context, &request, job]() -> Result {
    const absl::StatusOr<UndoReport> report =
        context.engine.UndoJob(OwnedJob(*request.grant, job), kUndoAtMost);
    if (absl::IsNotFound(report.status())) {
      return UnknownJob(context, *request.grant, job, report.status());
    }
    if (!report.ok()) return report.status();
    return UndoResponse(*request.grant, job, *report);
  };
  auto response = co_await RunOn<Result>(context.workers, std::move(undo));
  co_return response;
}

}  // namespace pagepulse
