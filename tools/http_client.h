#pragma once

// A plain HTTP/1.1 client for the command line: one keep-alive connection, one request at a time.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace pagepulse {

struct HttpAnswer {
  int status = 0;
  std::string body;
};
using HttpFields = std::vector<std::pair<std::string, std::string>>;

class HttpClient {
 public:
  // url: http://host:port, without a path. INVALID_ARGUMENT for anything else.
  static absl::StatusOr<std::unique_ptr<HttpClient>> Make(std::string_view url, std::string token);
  virtual ~HttpClient() = default;

  // UNAVAILABLE where nobody answers. A connection that the server closed is opened again once,
  // before anything of an answer has arrived.
  virtual absl::StatusOr<HttpAnswer> Get(std::string_view target) = 0;
  virtual absl::StatusOr<HttpAnswer> Post(std::string_view target, std::string_view body,
                                          const HttpFields& fields) = 0;
};

// An answer's error as a status: its code and hint where it has them.
absl::Status ErrorOf(const HttpAnswer& answer);
std::string PercentEncode(std::string_view text);

}  // namespace pagepulse
