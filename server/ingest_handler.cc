// POST /v1/events, GET /v1/jobs/NAME and GET /v1/rejected.

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "server/await.h"
#include "server/body_stream.h"
#include "server/handlers.h"
#include "server/http_status.h"
#include "server/ingest_request.h"
#include "server/job_step.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxKeyBytes = 255;
// Of compressed bytes decoded at once: what comes out may be a thousand times as much, before it
// is known whether there is room for it.
constexpr size_t kCompressedStep = 16 * 1024;
// A longer body is parsed while it comes.
constexpr uint64_t kMaxAtOnce = 2 * kChunkBytes;
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
  const std::string_view encoding = request.Header("content-encoding");
  const absl::StatusOr<Encoding> parsed = ParseContentEncoding(encoding);
  if (!parsed.ok()) return UnknownEncoding(encoding);
  head.plan.encoding = *parsed;
  head.plan.max_bytes = context.config.limits.body_bytes;
  head.plan.max_whole_bytes = context.config.limits.array_bytes;
  const std::optional<uint64_t> length = request.body->content_length();
  if (length && *length > head.plan.max_bytes) return BodyTooLarge(head.plan.max_bytes);
  if (length && *parsed == Encoding::kIdentity) head.plan.expected_bytes = *length;

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
    head.plan.offset = head.job->from;
    head.plan.first_line = (*job)->first_line;
    head.plan.adapter = (*job)->adapter;
    // Inside a file an opening bracket is a bad line, not an array.
    if (head.plan.adapter == nullptr && head.job->from > 0) head.plan.adapter = &NativeLines();
  }
  return head;
}

// Feeds one piece to the reader: on a worker where it must be decoded.
Task<absl::Status> FeedPiece(ServerContext& context, const IngestHead& head, BodyReader& reader,
                             std::string_view piece) {
  if (head.plan.encoding == Encoding::kIdentity) co_return reader.Feed(piece);
  absl::AnyInvocable<absl::Status()> decode = [&reader, piece] { return reader.Feed(piece); };
  auto fed = co_await RunOn<absl::Status>(context.workers, std::move(decode));
  co_return fed;
}

// Everything of the body, piece by piece, through the reader; the hasher sees the raw bytes.
Task<absl::Status> ReadPieces(ServerContext& context, HttpRequest& request, const IngestHead& head,
                              Reservation& room, BodyReader& reader, ContentHasher* hasher) {
  while (true) {
    const absl::StatusOr<std::string_view> read = co_await request.body->Read();
    if (!read.ok()) co_return read.status();
    if (read->empty()) break;
    if (request.body->received() > head.plan.max_bytes) {
      co_return BodyTooLarge(head.plan.max_bytes);
    }
    if (hasher != nullptr) hasher->Update(*read);
    std::string_view rest = *read;
    while (!rest.empty()) {
      const std::string_view piece =
          rest.substr(0, head.plan.encoding == Encoding::kIdentity ? rest.size() : kCompressedStep);
      rest.remove_prefix(piece.size());
      const absl::Status fed = co_await FeedPiece(context, head, reader, piece);
      if (!fed.ok()) co_return fed;
      if (!HasRoom(context, room, reader.decoded_bytes())) {
        const absl::Status fits = co_await WaitForRoom(context, room, reader.decoded_bytes());
        if (!fits.ok()) co_return fits;
      }
    }
  }
  co_return reader.Finish();
}

// The same of a body that is not long, and whose length is known: into the block that is parsed.
Task<absl::Status> ReadAtOnce(HttpRequest& request, const IngestHead& head, BodyReader& reader,
                              ContentHasher* hasher) {
  const size_t size = head.plan.expected_bytes;
  auto block = std::make_unique_for_overwrite<char[]>(size + kPadding);
  request.body->TakeBuffered(block.get());
  if (!request.body->done()) {
    const absl::Status read = co_await request.body->ReadRest(block.get());
    if (!read.ok()) co_return read;
  }
  if (hasher != nullptr) hasher->Update({block.get(), size});
  co_return reader.FeedAll(std::move(block), size);
}

Task<absl::Status> ReadBody(ServerContext& context, HttpRequest& request, const IngestHead& head,
                            Reservation& room, BodyReader& reader, ContentHasher* hasher) {
  const size_t known = head.plan.expected_bytes;
  if (known == 0 || known > kMaxAtOnce) {
    return ReadPieces(context, request, head, room, reader, hasher);
  }
  return ReadAtOnce(request, head, reader, hasher);
}

HttpResponse ReplyResponse(const Reply& reply) {
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
    if (!line.text.empty()) {
      response.body += ",\"text\":";
      AppendJsonString(line.text, &response.body);
    }
    response.body += '}';
    comma = ",\n";
  }
  response.body += "]}\n";
  return response;
}

}  // namespace

Answer PostEvents(ServerContext& context, HttpRequest& request) {
  const absl::StatusOr<IngestHead> head = ReadHead(context, request);
  if (!head.ok()) co_return head.status();
  Reservation room(&context.in_flight);
  // A body of known length waits for its room here, still in the client; another one grows.
  if (!HasRoom(context, room, head->plan.expected_bytes)) {
    const absl::Status admitted = co_await WaitForRoom(context, room, head->plan.expected_bytes);
    if (!admitted.ok()) co_return admitted;
  }

  const auto pipeline = NewPipeline(context, request, head->import);
  BodyReader::Emit emit = [&pipeline](const Adapter& adapter, Chunk chunk) {
    pipeline->Add(adapter, std::move(chunk));
  };
  BodyReader reader(head->plan, std::move(emit));
  std::optional<ContentHasher> hasher;
  if (!head->key.empty()) hasher.emplace();
  ContentHasher* const body_hasher = hasher ? &*hasher : nullptr;
  const absl::Status read = co_await ReadBody(context, request, *head, room, reader, body_hasher);
  if (!read.ok()) co_return read;
  if (head->job && reader.decoded_bytes() != head->job->to - head->job->from) {
    co_return MakeError(absl::StatusCode::kInvalidArgument, "bad_job_header",
                        fmt::format("the body has {} bytes, but Pagepulse-From and -To say {}",
                                    reader.decoded_bytes(), head->job->to - head->job->from));
  }

  Submission submission;
  submission.token = request.grant->name;
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
  co_return ReplyResponse(*reply);
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
                   R"("rejected":{}}})",
                   file.position, file.lines, FormatHash(file.digest), file.accepted,
                   file.duplicate, file.rejected);
    comma = ",";
  }
  response.body += "]}\n";
  co_return response;
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
