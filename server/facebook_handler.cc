// GET and POST /hooks/facebook. The feed's own rules (what counts as what) are in
// ingest/facebook.h.

#include "base/error.h"
#include "ingest/facebook_signature.h"
#include "server/await.h"
#include "server/body_stream.h"
#include "server/delivery_request.h"
#include "server/handlers.h"
#include "server/ingest_request.h"

namespace pagepulse {
namespace {

// A delivery holds at most some hundreds of changes.
constexpr uint64_t kMaxDeliveryBytes = 4 << 20;
// Whose caps the names of deliveries fall under; not the name of a token, which has no colon.
constexpr std::string_view kCapsOf = "hook:facebook";

// Deliveries are signed by the platform, which may then speak of every page.
const Grant& Everything() {
  static const Grant grant;
  return grant;
}

absl::Status NotConfigured(std::string_view key) {
  return MakeError(absl::StatusCode::kPermissionDenied, "not_configured",
                   "the Facebook webhook is not configured here",
                   std::string("set `").append(key).append("` in [facebook]"));
}

}  // namespace

Answer GetFacebook(ServerContext& context, HttpRequest& request) {
  const auto& tokens = context.config.facebook.verify_tokens;
  if (tokens.empty()) co_return NotConfigured("verify_tokens");
  const absl::StatusOr<std::string> challenge = AnswerFacebookHandshake(request.params, tokens);
  if (!challenge.ok()) co_return challenge.status();
  HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = *challenge;
  co_return response;
}

Answer PostFacebook(ServerContext& context, HttpRequest& request) {
  const auto& secrets = context.config.facebook.app_secrets;
  if (secrets.empty()) co_return NotConfigured("app_secrets");
  Reservation room(&context.in_flight);
  const absl::Status admitted = co_await WaitForRoom(context, room, 0);
  if (!admitted.ok()) co_return admitted;
  const absl::StatusOr<std::string> body =
      co_await ReadWhole(context, request, room, kMaxDeliveryBytes);
  if (!body.ok()) co_return body.status();
  if (request.Header("x-hub-signature-256").empty()) {
    co_return MakeError(
        absl::StatusCode::kPermissionDenied, "bad_signature",
        "there is no X-Hub-Signature-256: deliveries that Meta has signed are "
        "taken here alone",
        "one that was captured is loaded by `pagepulse backfill --format facebook`");
  }
  if (!FacebookSignatureHolds(request.Header("x-hub-signature-256"), *body, secrets)) {
    co_return MakeError(absl::StatusCode::kPermissionDenied, "bad_signature",
                        "X-Hub-Signature-256 does not fit the body under any app secret",
                        "is `app_secrets` in [facebook] the secret of the app that delivers?");
  }
  request.grant = &Everything();
  absl::StatusOr<HttpResponse> answer =
      co_await CountDelivery(context, request, FacebookWebhook(), kCapsOf, *body);
  co_return answer;
}

}  // namespace pagepulse
