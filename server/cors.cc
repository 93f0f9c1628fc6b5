#include "server/cors.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace pagepulse {
namespace {

constexpr std::string_view kEverySite = "*";

bool Holds(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

void AllowOrigin(const BrowsersConfig& browsers, const HttpRequest& request,
                 HttpResponse* response) {
  const std::string_view origin = request.Header("origin");
  const bool every = Holds(browsers.origins, kEverySite);
  // A proxy that keeps an answer must not give one site's to another.
  if (!browsers.origins.empty() && !every) response->headers.emplace_back("Vary", "Origin");
  if (origin.empty() || !(every || Holds(browsers.origins, origin))) return;
  response->headers.emplace_back("Access-Control-Allow-Origin", every ? kEverySite : origin);
  response->headers.emplace_back("Access-Control-Expose-Headers", "Retry-After");
}

Answer AnswerPreflight(ServerContext& context, HttpRequest& request) {
  const std::string_view origin = request.Header("origin");
  const auto& origins = context.config.browsers.origins;
  if (!origin.empty() && !Holds(origins, origin) && !Holds(origins, kEverySite)) {
    co_return MakeError(absl::StatusCode::kPermissionDenied, "forbidden_origin",
                        fmt::format("scripts of `{}` may not send here", origin),
                        "list it in `origins` of [browsers]");
  }
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Allow", "OPTIONS, POST");
  if (origin.empty()) co_return response;
  response.headers.emplace_back("Access-Control-Allow-Methods", "POST");
  // Whatever it has: a client's own fields say nothing here, and CloudEvents makes names up.
  const std::string_view fields = request.Header("access-control-request-headers");
  if (!fields.empty()) response.headers.emplace_back("Access-Control-Allow-Headers", fields);
  response.headers.emplace_back("Access-Control-Max-Age", "7200");  // as long as browsers keep it
  co_return response;
}

}  // namespace pagepulse
