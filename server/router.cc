#include "server/router.h"

#include <fmt/format.h>

#include <iterator>

#include "base/error.h"

namespace pagepulse {
namespace {

namespace http = boost::beast::http;

struct Route {
  std::string_view path;
  Handler get;
  Handler post;
  uint8_t verb;
  bool is_prefix = false;  // it matches what goes on behind it
  bool token_in_body = false;
};

constexpr Route kRoutes[] = {
    {"/", GetBoard, nullptr, 0},
    {"/assets/", GetBoard, nullptr, 0, true},
    {"/v1/events", nullptr, PostEvents, kVerbIngest},
    {"/v1/jobs", GetJobs, nullptr, kVerbIngest},
    {"/v1/jobs/", GetJob, PostJob, kVerbIngest, true},
    {"/v1/rejected", GetRejected, nullptr, kVerbIngest},
    {"/v1/query", GetQuery, PostQuery, kVerbQuery},
    {"/v1/reconcile", GetReconcile, PostReconcile, kVerbQuery},
    {"/v1/live", GetLive, nullptr, kVerbQuery},
    {"/v1/pages", GetPages, nullptr, kVerbQuery},
    {"/v1/posts", GetPosts, nullptr, kVerbQuery},
    {"/hooks/facebook", GetFacebook, PostFacebook, 0},
    {"/hooks/zalo", nullptr, PostZalo, 0},
    {"/zalo_verifier", GetZaloVerifier, nullptr, 0, true},
    {"/batch", nullptr, PostPosthog, kVerbIngest, false, true},
    {"/capture", nullptr, PostPosthog, kVerbIngest, false, true},
    {"/e", nullptr, PostPosthog, kVerbIngest, false, true},
    {"/i/v0/e", nullptr, PostPosthog, kVerbIngest, false, true},
    {"/v1/batch", nullptr, PostSegment, kVerbIngest, false, true},
    {"/metrics", GetMetrics, nullptr, kVerbQuery},
    {"/healthz", GetHealth, nullptr, 0},
    {"/readyz", GetReady, nullptr, 0},
};

// A slash at the end of a path that nothing follows says nothing: some clients write one.
bool Matches(const Route& route, std::string_view path) {
  if (!route.is_prefix) {
    return path == route.path || (route.path != "/" && path.ends_with('/') &&
                                  path.substr(0, path.size() - 1) == route.path);
  }
  return path.starts_with(route.path) && path.size() > route.path.size();
}

std::string_view Allowed(const Route& route) {
  if (route.get == nullptr) return "POST";
  return route.post == nullptr ? "GET, HEAD" : "GET, HEAD, POST";
}

absl::Status UnknownRoute(std::string_view path) {
  std::vector<std::string_view> paths;
  for (const Route& route : kRoutes) paths.push_back(route.path);
  const std::string_view near = NearestName(path, paths);
  return MakeError(absl::StatusCode::kNotFound, "unknown_route",
                   fmt::format("there is nothing at `{}`", path),
                   near.empty() ? fmt::format("there is {}", fmt::join(paths, ", "))
                                : fmt::format("did you mean `{}`?", near));
}

}  // namespace

const std::vector<std::string_view>& RouteNames() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list;
    for (const Route& route : kRoutes) list.push_back(route.path);
    list.push_back("other");
    return list;
  }();
  return names;
}

RouteMatch MatchRoute(HttpRequest* request) {
  RouteMatch match;
  for (const Route& route : kRoutes) {
    if (!Matches(route, request->path)) {
      ++match.route;
      continue;
    }
    match.verb = route.verb;
    match.token_in_body = route.token_in_body;
    request->tail = request->path.substr(route.path.size());
    if (request->method == http::verb::get || request->method == http::verb::head) {
      match.handler = route.get;
    } else if (request->method == http::verb::post) {
      match.handler = route.post;
    }
    if (match.handler == nullptr) {
      match.allow = Allowed(route);
      match.error = MakeError(absl::StatusCode::kUnimplemented, "method_not_allowed",
                              fmt::format("`{}` does not take this method", route.path),
                              fmt::format("it takes {}", match.allow));
    }
    return match;
  }
  match.error = UnknownRoute(request->path);
  return match;
}

}  // namespace pagepulse
