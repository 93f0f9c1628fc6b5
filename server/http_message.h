#pragma once

// A request as handlers see it, and what they answer. Handlers know nothing of sockets.

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/verb.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/auth.h"
#include "server/await.h"

namespace pagepulse {

class BodyStream;
class Connection;

using Params = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  boost::beast::http::verb method = boost::beast::http::verb::get;
  std::string path;  // decoded, without the query
  std::string tail;  // what followed the route, of one that is a prefix
  Params params;     // of the query, decoded, in order
  const boost::beast::http::fields* fields = nullptr;
  const Grant* grant = nullptr;  // never null in a handler
  BodyStream* body = nullptr;

  std::string_view Header(std::string_view name) const;  // empty: absent
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string cache_control = "no-store";
  std::vector<std::pair<std::string, std::string>> headers;
  // Set: writes what follows the body, until it returns; the connection then closes, which is the
  // answer's end.
  absl::AnyInvocable<Task<void>(Connection&)> stream;
};

// `/v1/query?a=b%20c` -> path and params. INVALID_ARGUMENT for a bad escape.
absl::Status ParseTarget(std::string_view target, HttpRequest* request);
// INVALID_ARGUMENT for a % without two digits.
absl::StatusOr<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);
// `a=b&c=d`, where + is a space.
absl::StatusOr<Params> ParseForm(std::string_view text);

// The value of the last parameter of this name; empty: absent.
std::string_view FindParam(const Params& params, std::string_view name);
// INVALID_ARGUMENT, with the nearest, for a parameter that is none of these.
absl::Status CheckParams(const Params& params, const std::vector<std::string_view>& known);

}  // namespace pagepulse
