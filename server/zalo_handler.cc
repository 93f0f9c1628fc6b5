// POST /hooks/zalo, and the file by which Zalo sees who owns this address. The feed's own rules
// (what counts as what) are in ingest/zalo.h.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "config/log.h"
#include "server/await.h"
#include "server/body_stream.h"
#include "server/delivery_request.h"
#include "server/handlers.h"
#include "server/ingest_request.h"

namespace pagepulse {
namespace {

// A delivery is one event.
constexpr uint64_t kMaxDeliveryBytes = 128 << 10;
// Whose caps the names of deliveries fall under; not the name of a token, which has no colon.
constexpr std::string_view kCapsOf = "hook:zalo";
constexpr std::string_view kVerifierEnd = ".html";

void CountAttempt(ServerContext& context, std::string_view num_retry) {
  int attempt = 0;
  std::from_chars(num_retry.data(), num_retry.data() + num_retry.size(), attempt);
  if (attempt > 0) context.metrics.CountZaloRetry();
}

// Answered like the others: the console probes without a signature, and with a wrong one.
void Drop(ServerContext& context) {
  context.metrics.CountZaloUnsigned();
  uint64_t unsaid = 0;
  if (!context.unsigned_log.IsDue(context.options.clock(), &unsaid)) return;
  Log(spdlog::level::warn, "unsigned_delivery",
      {{"route", "/hooks/zalo"},
       {"more", unsaid},
       {"hint", "if it is more than the console's test: do `app_id` and `secrets` fit?"}});
}

}  // namespace

Answer PostZalo(ServerContext& context, HttpRequest& request) {
  if (context.zalo.empty()) {
    co_return MakeError(absl::StatusCode::kPermissionDenied, "not_configured",
                        "the Zalo webhook is not configured here",
                        "add the account under [zalo.accounts]");
  }
  Reservation room(&context.in_flight);
  const absl::Status admitted = co_await WaitForRoom(context, room, 0);
  if (!admitted.ok()) co_return admitted;
  const absl::StatusOr<std::string> body =
      co_await ReadWhole(context, request, room, kMaxDeliveryBytes);
  if (!body.ok()) co_return body.status();
  request.grant = context.zalo.WhoSigned(request.Header("x-zevent-signature"),
                                         request.Header("x-zevent-timestamp"), *body);
  if (request.grant == nullptr) {
    Drop(context);
    co_return DeliveryReceived();
  }
  CountAttempt(context, request.Header("num_retry"));
  absl::StatusOr<HttpResponse> answer =
      co_await CountDelivery(context, request, ZaloWebhook(), kCapsOf, *body);
  co_return answer;
}

Answer GetZaloVerifier(ServerContext& context, HttpRequest& request) {
  const auto& codes = context.config.zalo.verifiers;
  std::string_view code = request.tail;
  if (code.ends_with(kVerifierEnd)) code.remove_suffix(kVerifierEnd.size());
  if (code == request.tail || std::find(codes.begin(), codes.end(), code) == codes.end()) {
    co_return MakeError(absl::StatusCode::kNotFound, "unknown_route",
                        "this is no code that Zalo gave for this address",
                        "is it among `verifiers` in [zalo]?");
  }
  HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.body = fmt::format(
      "<!DOCTYPE html>\n<html><head><meta name=\"zalo-platform-site-verification\" "
      "content=\"{}\" /></head></html>\n",
      code);
  co_return response;
}

}  // namespace pagepulse
