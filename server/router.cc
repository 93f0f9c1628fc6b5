#include "server/router.h"

#include <fmt/format.h>

#include <iterator>

#include "base/error.h"
#include "server/cors.h"

namespace pagepulse {
namespace {

namespace http = boost::beast::http;

enum : uint8_t {
  kPrefix = 1,       // it matches what goes on behind it
  kTokenInBody = 2,  // or wherever its client puts a key
  kForScripts = 4,   // of other sites, where the configuration lists them
  kOfClients = kTokenInBody | kForScripts,
};

struct Route {
  std::string_view path;
  Handler get;
  Handler post;
  uint8_t verb;
  uint8_t flags = 0;
};

constexpr Route kRoutes[] = {
    {"/", GetBoard, nullptr, 0},
    {"/assets/", GetBoard, nullptr, 0, kPrefix},
    {"/v1/events", nullptr, PostEvents, kVerbIngest, kForScripts},
    {"/v1/jobs", GetJobs, nullptr, kVerbIngest},
    {"/v1/jobs/", GetJob, PostJob, kVerbIngest, kPrefix},
    {"/v1/rejected", GetRejected, nullptr, kVerbIngest},
    {"/v1/query", GetQuery, PostQuery, kVerbQuery},
    {"/v1/reconcile", GetReconcile, PostReconcile, kVerbQuery},
    {"/v1/live", GetLive, nullptr, kVerbQuery},
    {"/v1/pages", GetPages, nullptr, kVerbQuery},
    {"/v1/posts", GetPosts, nullptr, kVerbQuery},
    {"/hooks/facebook", GetFacebook, PostFacebook, 0},
    {"/hooks/zalo", nullptr, PostZalo, 0},
    {"/zalo_verifier", GetZaloVerifier, nullptr, 0, kPrefix},
    {"/batch", nullptr, PostPosthog, kVerbIngest, kOfClients},
    {"/capture", nullptr, PostPosthog, kVerbIngest, kOfClients},
    {"/e", nullptr, PostPosthog, kVerbIngest, kOfClients},
    {"/i/v0/e", nullptr, PostPosthog, kVerbIngest, kOfClients},
    {"/v1/batch", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/b", nullptr, PostSegment, kVerbIngest, kOfClients},
    // One call a request, as scripts in a browser send them: Rudder's by its name, Segment's by a
    // letter.
    {"/v1/track", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/page", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/screen", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/identify", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/group", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/alias", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/t", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/p", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/s", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/i", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/g", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/v1/a", nullptr, PostSegment, kVerbIngest, kOfClients},
    {"/metrics", GetMetrics, nullptr, kVerbQuery},
    {"/healthz", GetHealth, nullptr, 0},
    {"/readyz", GetReady, nullptr, 0},
};

// A slash at the end of a path that nothing follows says nothing: some clients write one.
bool Matches(const Route& route, std::string_view path) {
  if ((route.flags & kPrefix) == 0) {
    return path == route.path || (route.path != "/" && path.ends_with('/') &&
                                  path.substr(0, path.size() - 1) == route.path);
  }
  return path.starts_with(route.path) && path.size() > route.path.size();
}

std::string_view Allowed(const Route& route) {
  if ((route.flags & kForScripts) != 0) return "OPTIONS, POST";
  if (route.get == nullptr) return "POST";
  return route.post == nullptr ? "GET, HEAD" : "GET, HEAD, POST";
}

bool IsFeed(const Route& route) {
  return (route.flags & kForScripts) != 0 || route.path.starts_with("/hooks/");
}

// To who posts, with the doors there are: what they send may have no adapter here.
absl::Status UnknownRoute(const HttpRequest& request) {
  const bool posts = request.method == http::verb::post;
  std::vector<std::string_view> paths, feeds;
  for (const Route& route : kRoutes) {
    paths.push_back(route.path);
    if (IsFeed(route)) feeds.push_back(route.path);
  }
  const std::string_view near = NearestName(request.path, paths);
  std::vector<std::string> hints;
  if (!near.empty()) hints.push_back(fmt::format("did you mean `{}`?", near));
  if (posts) {
    hints.push_back(fmt::format("feeds come in at {}; /v1/events?format=NAME takes other formats",
                                fmt::join(feeds, ", ")));
  } else if (near.empty()) {
    hints.push_back(fmt::format("there is {}", fmt::join(paths, ", ")));
  }
  return MakeError(absl::StatusCode::kNotFound, "unknown_route",
                   fmt::format("there is nothing at `{}`", request.path),
                   fmt::format("{}", fmt::join(hints, " ")));
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
    match.token_in_body = (route.flags & kTokenInBody) != 0;
    match.for_scripts = (route.flags & kForScripts) != 0;
    request->tail = request->path.substr(route.path.size());
    if (request->method == http::verb::get || request->method == http::verb::head) {
      match.handler = route.get;
    } else if (request->method == http::verb::post) {
      match.handler = route.post;
    } else if (request->method == http::verb::options && match.for_scripts) {
      match.handler = AnswerPreflight;
      match.verb = 0;  // browsers send no token with it
    }
    if (match.handler == nullptr) {
      match.allow = Allowed(route);
      match.error = MakeError(absl::StatusCode::kUnimplemented, "method_not_allowed",
                              fmt::format("`{}` does not take this method", route.path),
                              fmt::format("it takes {}", match.allow));
    }
    return match;
  }
  match.error = UnknownRoute(*request);
  return match;
}

}  // namespace pagepulse
