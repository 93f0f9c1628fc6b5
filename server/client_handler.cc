// POST /batch and the like: what PostHog's and Segment's clients send, unchanged. What of it counts
// is in ingest/clients.cc.

#include <initializer_list>
#include <string>

#include "base/error.h"
#include "ingest/decoder.h"
#include "ingest/json_pointer.h"
#include "server/await.h"
#include "server/handlers.h"
#include "server/ingest_body.h"

namespace pagepulse {
namespace {

// A batch has some hundred events. The token may be in the body, so this much is read of anybody.
constexpr uint64_t kMaxBatchBytes = 4 << 20;

// What the clients of one vendor are, but for their events.
struct ClientKind {
  std::string_view format;
  PointerSet token;           // where a body says whose it is
  std::string_view answer;    // what they take for success
  std::string_view token_is;  // for messages
  bool compresses = false;    // without saying so
};

PointerSet Places(std::initializer_list<std::string_view> pointers) {
  PointerSet set;
  for (const std::string_view pointer : pointers) {
    const absl::StatusOr<size_t> place = set.Add(pointer);
    (void)place;  // of a pointer that stands below
  }
  return set;
}

const ClientKind& Posthog() {
  static const ClientKind kind = {
      "posthog",
      Places({"/api_key", "/token", "/properties/token", "/0/api_key", "/0/properties/token"}),
      R"({"status":"Ok"})", "its api_key", true};
  return kind;
}

const ClientKind& Segment() {
  static const ClientKind kind = {"segment", Places({"/writeKey"}), R"({"success":true})",
                                  "its writeKey"};
  return kind;
}

absl::Status TokenNeeded(const ClientKind& kind) {
  return MakeError(absl::StatusCode::kUnauthenticated, "token_needed", "this server wants a token",
                   std::string("give the client one of [[tokens]] as ").append(kind.token_is));
}

// By the header, before anything of the body is read; nullptr: the body may say.
absl::StatusOr<const Grant*> GrantByHeader(const ServerContext& context, const ClientKind& kind,
                                           const HttpRequest& request) {
  const std::string_view authorization = request.Header("authorization");
  if (context.auth.open()) return context.auth.Check(authorization, kVerbIngest);
  if (authorization.empty()) return nullptr;
  const std::string user = BasicUser(authorization);
  if (!user.empty()) return context.auth.CheckToken(user, kVerbIngest);
  const absl::StatusOr<const Grant*> grant = context.auth.Check(authorization, kVerbIngest);
  return ErrorCode(grant.status()) == "token_needed" ? TokenNeeded(kind) : grant;
}

absl::StatusOr<const Grant*> GrantByBody(const ServerContext& context, const ClientKind& kind,
                                         std::string_view body) {
  const std::string token = JsonTextAt(body, kind.token);
  if (!token.empty()) return context.auth.CheckToken(token, kVerbIngest);
  return TokenNeeded(kind);
}

absl::StatusOr<BodyPlan> PlanBatch(const ServerContext& context, const HttpRequest& request,
                                   const ClientKind& kind, const Adapter& adapter) {
  absl::StatusOr<BodyPlan> plan =
      PlanBody(context, request, kMaxBatchBytes, "let the client send fewer events at a time");
  if (!plan.ok()) return plan;
  plan->adapter = adapter.document() != nullptr ? adapter.document() : &adapter;
  // A browser would have to ask before it sends the header, so the vendor's script leaves it out.
  plan->detects = kind.compresses && plan->encoding == Encoding::kIdentity;
  return plan;
}

Answer PostClient(ServerContext& context, HttpRequest& request, const ClientKind& kind) {
  const absl::StatusOr<const Adapter*> adapter = context.adapters->Find(kind.format);
  if (!adapter.ok()) co_return adapter.status();
  const absl::StatusOr<BodyPlan> plan = PlanBatch(context, request, kind, **adapter);
  if (!plan.ok()) co_return plan.status();
  absl::StatusOr<const Grant*> grant = GrantByHeader(context, kind, request);
  if (!grant.ok()) co_return grant.status();
  Reservation room(&context.in_flight);
  Chunk body;
  BodyReader::Emit emit = [&body](const Adapter&, Chunk chunk) { body = std::move(chunk); };
  BodyReader reader(*plan, std::move(emit));
  const absl::Status read = co_await ReadBody(context, request, *plan, room, reader, nullptr);
  if (!read.ok()) co_return read;

  if (*grant == nullptr) grant = GrantByBody(context, kind, body.text());
  if (!grant.ok()) co_return grant.status();
  request.grant = *grant;
  const auto pipeline = NewPipeline(context, request);
  pipeline->Add(*plan->adapter, std::move(body));
  Submission submission;
  submission.token = request.grant->name;
  submission.format = kind.format;
  submission.caps = &context.caps;
  submission.bytes = reader.decoded_bytes();
  const absl::StatusOr<Reply> reply = co_await Submit(context, pipeline, std::move(submission));
  if (!reply.ok()) co_return reply.status();
  // As the vendor does: an event that cannot be counted would be no better if it were sent again.
  HttpResponse response;
  response.body = kind.answer;
  co_return response;
}

}  // namespace

Answer PostPosthog(ServerContext& context, HttpRequest& request) {
  return PostClient(context, request, Posthog());
}

Answer PostSegment(ServerContext& context, HttpRequest& request) {
  return PostClient(context, request, Segment());
}

}  // namespace pagepulse
