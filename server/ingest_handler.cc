// POST /v1/events and GET /v1/rejected.

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "server/await.h"
#include "server/handlers.h"
#include "server/http_status.h"
#include "server/ingest_body.h"
#include "server/ingest_request.h"
#include "server/job_step.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxKeyBytes = 255;
// A key's hash lives in a space of its own, apart from names.
constexpr uint64_t kKeySpace = 0x6964656d706f7465;  // "idempote"

// What the headers say of a request, before anything of its body is read.
struct IngestHead {
  BodyPlan plan;
  std::string key;  // Idempotency-Key
  std::optional<JobStep> job;
  std::shared_ptr<const ImportOptions> import;
};

absl::StatusOr<IngestHead> ReadHead(const ServerContext& context, const HttpRequest& request) {
  IngestHead head;
  absl::StatusOr<BodyPlan> plan =
      PlanBody(context, request, context.config.limits.body_bytes,
               "send it in parts, or let pagepulse backfill read the file");
  if (!plan.ok()) return plan.status();
  head.plan = *plan;
  const absl::StatusOr<const Adapter*> adapter = FormatOf(context, request);
  if (!adapter.ok()) return adapter.status();
  head.plan.adapter = *adapter;

  head.key = request.Header("idempotency-key");
  if (head.key.size() > kMaxKeyBytes) {
    return MakeError(absl::StatusCode::kInvalidArgument, "bad_key",
                     fmt::format("an Idempotency-Key has at most {} bytes", kMaxKeyBytes));
  }
  absl::StatusOr<std::optional<JobHeaders>> job = ParseJobHeaders(request);
  if (!job.ok()) return job.status();
  if (job->has_value()) {
    if (!head.key.empty()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "key_and_job",
                       "an Idempotency-Key does not go with a step of a job",
                       "the step's position already makes it count once");
    }
    head.job = std::move((*job)->step);
    head.import = std::move((*job)->import);
    head.job->job = OwnedJob(*request.grant, head.job->job);
    head.job->options = OptionsText(head.plan.adapter->name(), *head.import);
    head.plan.offset = head.job->from;
    head.plan.first_line = (*job)->first_line;
  } else if (head.plan.adapter != &NativeLines()) {
    absl::StatusOr<std::shared_ptr<const ImportOptions>> import = ParseImport(request, "");
    if (!import.ok()) return import.status();
    head.import = *std::move(import);
  }
  return head;
}

// How many lines each code has rejected. A stored answer has lost it, so only steps of jobs, which
// have none, are told.
void AppendReasons(const Reply& reply, std::string* out) {
  *out += ",\"reasons\":{";
  std::string_view comma;
  for (size_t code = 0; code < reply.by_code.size(); ++code) {
    if (reply.by_code[code] == 0) continue;
    fmt::format_to(std::back_inserter(*out), "{}\"{}\":{}", comma,
                   RejectName(static_cast<RejectCode>(code)), reply.by_code[code]);
    comma = ",";
  }
  *out += '}';
}

HttpResponse ReplyResponse(const Reply& reply, bool of_job) {
  HttpResponse response;
  auto out = std::back_inserter(response.body);
  fmt::format_to(out, R"({{"received":{},"accepted":{},"duplicate":{},"rejected":{},"errors":[)",
                 reply.received, reply.accepted, reply.duplicate, reply.rejected);
  std::string_view comma;
  for (const LineError& error : reply.errors) {
    fmt::format_to(out, R"({}{{"line":{},"code":"{}","message":)", comma, error.line,
                   RejectName(error.code));
    AppendJsonString(RejectMessage(error.code), &response.body);
    response.body += '}';
    comma = ",";
  }
  response.body += ']';
  // Of what is not the native format: events that its mapping has no use for.
  if (reply.ignored > 0) fmt::format_to(out, R"(,"ignored":{})", reply.ignored);
  if (of_job) AppendReasons(reply, &response.body);
  if (reply.overruled > 0) fmt::format_to(out, ",\"overruled\":{}", reply.overruled);
  response.body += "}\n";
  return response;
}

HttpResponse RejectedResponse(const std::vector<RejectedLine>& lines) {
  HttpResponse response;
  response.body = "{\"rejected\":[";
  auto out = std::back_inserter(response.body);
  std::string_view comma;
  for (const RejectedLine& line : lines) {
    fmt::format_to(out, R"({}{{"arrived_ms":{},"origin":)", comma, line.arrival_ms);
    AppendJsonString(line.origin, &response.body);
    fmt::format_to(out, R"(,"line":{},"offset":{},"length":{},"code":"{}")", line.line, line.offset,
                   line.length, RejectName(line.code));
    const std::pair<std::string_view, std::string_view> texts[] = {
        {"message", RejectMessage(line.code)},
        {"format", line.format},
        {"token", line.token},
        {"page", line.page},
        {"text", line.text},
    };
    for (const auto& [name, text] : texts) {
      if (text.empty()) continue;
      fmt::format_to(out, ",\"{}\":", name);
      AppendJsonString(text, &response.body);
    }
    response.body += '}';
    comma = ",\n";
  }
  response.body += "]}\n";
  return response;
}

}  // namespace

Answer PostEvents(ServerContext& context, HttpRequest& request) {
  const absl::Status known = CheckParams(request.params, {kFormatParam});
  if (!known.ok()) co_return known;
  const absl::StatusOr<IngestHead> head = ReadHead(context, request);
  if (!head.ok()) co_return head.status();
  Reservation room(&context.in_flight);
  const auto pipeline =
      NewPipeline(context, request, HeadersFor(*head->plan.adapter, request), head->import);
  BodyReader::Emit emit = [&pipeline](const Adapter& adapter, Chunk chunk) {
    pipeline->Add(adapter, std::move(chunk));
  };
  BodyReader reader(head->plan, std::move(emit));
  std::optional<ContentHasher> hasher;
  if (!head->key.empty()) hasher.emplace();
  ContentHasher* const body_hasher = hasher ? &*hasher : nullptr;
  const absl::Status read =
      co_await ReadBody(context, request, head->plan, room, reader, body_hasher);
  if (!read.ok()) co_return read;
  if (head->job && reader.decoded_bytes() != head->job->to - head->job->from) {
    co_return MakeError(absl::StatusCode::kInvalidArgument, "bad_job_header",
                        fmt::format("the body has {} bytes, but Pagepulse-From and -To say {}",
                                    reader.decoded_bytes(), head->job->to - head->job->from));
  }

  Submission submission;
  submission.token = request.grant->name;
  submission.format = head->plan.adapter->name();
  submission.caps = &context.caps;
  submission.bytes = reader.decoded_bytes();
  submission.job = head->job;
  if (!head->key.empty()) {
    const HashKey& keyed = context.engine.hash_key();
    const uint64_t space = keyed.Within(kKeySpace, request.grant->name);
    submission.key = IdempotencyKey{keyed.Within128(space, head->key), hasher->Digest()};
  }
  const absl::StatusOr<Reply> reply = co_await Submit(context, pipeline, std::move(submission));
  if (!reply.ok()) co_return reply.status();
  co_return ReplyResponse(*reply, head->job.has_value());
}

Answer GetRejected(ServerContext& context, HttpRequest& request) {
  const absl::Status known = CheckParams(request.params, {});
  if (!known.ok()) co_return known;
  if (!request.grant->all_pages) {
    co_return Forbidden("rejected lines may be of any page");
  }
  using Result = absl::StatusOr<HttpResponse>;
  // Thousands of lines under the engine's lock.
  absl::AnyInvocable<Result()> list = [&context]() -> Result {
    return RejectedResponse(context.engine.RejectedLines());
  };
  auto response = co_await RunOn<Result>(context.queries, std::move(list));
  co_return response;
}

}  // namespace pagepulse
