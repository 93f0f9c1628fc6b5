#pragma once

// Which handler answers what.

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/handlers.h"

namespace pagepulse {

struct RouteMatch {
  size_t route = 0;            // index among RouteNames(); its last where nothing matched
  uint8_t verb = 0;            // TokenVerb that the route asks for; 0: open
  bool token_in_body = false;  // the handler itself asks for the token
  bool for_scripts = false;    // of other sites: server/cors.h
  Handler handler = nullptr;
  absl::Status error;      // unknown_route, method_not_allowed
  std::string_view allow;  // with method_not_allowed: the Allow header
};

// Sets request->tail. HEAD is answered as GET.
RouteMatch MatchRoute(HttpRequest* request);

// For metrics: the routes in order, then "other".
const std::vector<std::string_view>& RouteNames();

}  // namespace pagepulse
