#include "server/ingest_request.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/string_view.h"
#include "ingest/figure_writer.h"
#include "server/await.h"
#include "server/body_stream.h"
#include "server/http_status.h"

namespace pagepulse {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Often enough that a queue which drains is used at once, seldom enough to cost nothing.
constexpr std::chrono::milliseconds kPoll{10};

absl::Status OutcomeStatus(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCounted:
      return absl::OkStatus();
    case Outcome::kKeyInFlight:
      return MakeError(absl::StatusCode::kAborted, "key_in_flight",
                       "a request with this Idempotency-Key is being counted",
                       "send it again in a moment to get its answer");
    case Outcome::kKeyReused:
      return MakeError(absl::StatusCode::kFailedPrecondition, "key_reused",
                       "this Idempotency-Key came before with another body",
                       "use a new key for new events; nothing of this request was counted");
    case Outcome::kWrongPosition:
      return MakeError(absl::StatusCode::kAborted, "wrong_position",
                       "the job does not stand where this step begins",
                       "GET /v1/jobs/NAME says how far each file is; go on from there");
    case Outcome::kOtherOptions:
      return MakeError(absl::StatusCode::kAborted, "other_options",
                       "the job has counted this file as read by other options",
                       "GET /v1/jobs/NAME says which; send the same format and Pagepulse-Page, -Tz "
                       "and -Exported, or undo the job, or name another");
    case Outcome::kBeingUndone:
      return MakeError(absl::StatusCode::kAborted, "being_undone",
                       "what the job has counted is being taken out again",
                       "POST /v1/jobs/NAME/undo until it is done; then the job may begin anew");
    case Outcome::kUnavailable:
      return MakeError(absl::StatusCode::kUnavailable, "stopping",
                       "the engine is stopping; nothing of this request is promised",
                       "send it again, with the same ids or Idempotency-Key");
  }
  return absl::InternalError("unknown outcome");
}

size_t MemoryOf(const std::vector<EventBatch>& batches) {
  size_t bytes = 0;
  for (const EventBatch& batch : batches) {
    bytes += batch.events.size() * sizeof(Event) + batch.rejections.size() * sizeof(Rejection) +
             batch.figures.size() * sizeof(ReportedFigure);
  }
  return bytes;
}

// https://github.com/cloudevents/spec, the HTTP binding: structured, batch or binary.
bool IsCloudEvent(const HttpRequest& request) {
  return absl::StartsWithIgnoreCase(ToAbsl(request.Header("content-type")),
                                    "application/cloudevents") ||
         !request.Header("ce-specversion").empty();
}

}  // namespace

bool HasRoom(ServerContext& context, Reservation& room, uint64_t total) {
  return context.engine.Accepting() && room.GrowTo(total);
}

Task<absl::Status> WaitForRoom(ServerContext& context, Reservation& room, uint64_t total) {
  const auto deadline = SteadyClock::now() + context.options.queue_wait;
  const auto executor = co_await asio::this_coro::executor;
  Timer timer(executor);
  while (!HasRoom(context, room, total)) {
    if (SteadyClock::now() >= deadline) {
      co_return MakeError(absl::StatusCode::kResourceExhausted, "busy",
                          "more arrives than can be counted",
                          "send it again after Retry-After seconds; nothing of it was counted");
    }
    timer.expires_after(kPoll);
    const auto waited = co_await timer.async_wait(kAwaitTuple);
    (void)waited;
  }
  co_return absl::OkStatus();
}

Task<absl::StatusOr<std::string>> ReadWhole(ServerContext& context, HttpRequest& request,
                                            Reservation& room, uint64_t max_bytes) {
  const std::string_view encoding = request.Header("content-encoding");
  if (!encoding.empty() && encoding != "identity")
    co_return UnknownEncoding(encoding, "send the bytes as they are, without one");
  const std::optional<uint64_t> length = request.body->content_length();
  if (length && *length > max_bytes) co_return BodyTooLarge(max_bytes, "");
  std::string whole;
  while (true) {
    const absl::StatusOr<std::string_view> piece = co_await request.body->Read();
    if (!piece.ok()) co_return piece.status();
    if (piece->empty()) break;
    if (whole.size() + piece->size() > max_bytes) co_return BodyTooLarge(max_bytes, "");
    const uint64_t total = whole.size() + piece->size();
    if (!HasRoom(context, room, total)) {
      const absl::Status fits = co_await WaitForRoom(context, room, total);
      if (!fits.ok()) co_return fits;
    }
    whole.append(*piece);
  }
  co_return whole;
}

absl::StatusOr<const Adapter*> FormatOf(const ServerContext& context, const HttpRequest& request) {
  const std::string_view asked = FindParam(request.params, kFormatParam);
  const std::string_view field = request.Header("pagepulse-format");
  if (!asked.empty() && !field.empty() && asked != field) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "two_formats",
        fmt::format("the URL says format `{}`, Pagepulse-Format says `{}`", asked, field),
        "one of them is enough");
  }
  std::string_view name = asked.empty() ? field : asked;
  const bool is_cloud_event = IsCloudEvent(request);
  if (name.empty() && !is_cloud_event) return &NativeLines();
  if (name.empty()) name = kCloudEventsFormat;
  absl::StatusOr<const Adapter*> adapter = context.adapters->Find(name);
  if (!adapter.ok()) return adapter;
  // Its headers say that the body is one document, or not even that.
  if (is_cloud_event && name == kCloudEventsFormat) return (*adapter)->document();
  return adapter;
}

Headers HeadersFor(const Adapter& adapter, const HttpRequest& request) {
  Headers headers;
  if (&adapter == &NativeLines()) return headers;
  for (const auto& field : *request.fields) {
    const std::string_view name(field.name_string().data(), field.name_string().size());
    const std::string_view value(field.value().data(), field.value().size());
    headers.fields.emplace_back(absl::AsciiStrToLower(ToAbsl(name)), value);
  }
  return headers;
}

std::shared_ptr<ParsePipeline> NewPipeline(ServerContext& context, const HttpRequest& request,
                                           Headers headers,
                                           std::shared_ptr<const ImportOptions> import) {
  auto context_now = [&context, grant = request.grant, import = std::move(import)] {
    ParseContext parse;
    parse.import = import.get();  // which lives as long as the pipeline
    parse.key = &context.engine.hash_key();
    parse.accounts = &context.zalo.pages();
    parse.now_ms = context.options.clock();
    const int64_t retention = context.config.retention.events;
    parse.oldest_ms = retention == 0 ? 0 : parse.now_ms - retention * 60'000;
    if (!grant->all_pages && grant->pages.size() == 1) parse.own_page = grant->pages[0];
    return parse;
  };
  return std::make_shared<ParsePipeline>(&context.workers, request.grant, std::move(context_now),
                                         std::move(headers));
}

Task<absl::StatusOr<Reply>> Submit(ServerContext& context, std::shared_ptr<ParsePipeline> pipeline,
                                   Submission submission) {
  using Result = absl::StatusOr<Reply>;
  // What is referred to lives in this coroutine, which waits for `done`.
  auto start = [&context, &pipeline, &submission](Done<Result> done) {
    auto parsed = [&context, &submission, done = std::move(done)](
                      absl::StatusOr<std::vector<EventBatch>> batches) mutable {
      if (!batches.ok()) return done(batches.status());
      size_t figures = 0;
      for (const EventBatch& batch : *batches) figures += batch.figures.size();
      if (absl::Status few = CheckFigures(figures); !few.ok()) return done(std::move(few));
      for (const EventBatch& batch : *batches) context.metrics.CountParsed(batch);
      submission.bytes += MemoryOf(*batches);
      submission.batches = *std::move(batches);
      auto counted = [done = std::move(done)](Reply reply) mutable {
        absl::Status outcome = OutcomeStatus(reply.outcome);
        if (outcome.ok()) {
          done(std::move(reply));
        } else {
          done(std::move(outcome));
        }
      };
      context.engine.Submit(std::move(submission), std::move(counted));
    };
    // A full engine lets those wait who submit, and no session's thread may wait.
    pipeline->Finish(std::move(parsed), context.engine.Accepting());
  };
  absl::AnyInvocable<void(Done<Result>)> begin = std::move(start);
  auto reply = co_await AwaitCallback<Result>(std::move(begin));
  co_return reply;
}

}  // namespace pagepulse
