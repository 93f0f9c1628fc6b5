// GET /metrics, /healthz, /readyz.

#include "base/error.h"
#include "server/await.h"
#include "server/handlers.h"
#include "server/http_status.h"

namespace pagepulse {
namespace {

HttpResponse Ok() {
  HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "ok\n";
  return response;
}

}  // namespace

Answer GetMetrics(ServerContext& context, HttpRequest& request) {
  // They count everything, and their labels name the types and sources of all pages.
  if (!request.grant->all_pages) {
    co_return Forbidden("metrics are of all pages");
  }
  using Result = absl::StatusOr<HttpResponse>;
  // Gauges may ask the store.
  absl::AnyInvocable<Result()> render = [&context]() -> Result {
    HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = context.registry.Render();
    return response;
  };
  auto response = co_await RunOn<Result>(context.queries, std::move(render));
  co_return response;
}

Answer GetHealth(ServerContext& context, HttpRequest& request) {
  if (context.engine.healthy()) co_return Ok();
  co_return MakeError(absl::StatusCode::kUnavailable, "store_failed",
                      "a write of the store has failed; the process must be started again",
                      "the log says what failed; is the disk full?");
}

Answer GetReady(ServerContext& context, HttpRequest& request) {
  if (!context.stopping && context.engine.healthy()) co_return Ok();
  co_return MakeError(absl::StatusCode::kUnavailable, "not_ready",
                      context.stopping ? "the server is stopping" : "the store has failed");
}

}  // namespace pagepulse
