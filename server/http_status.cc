#include "server/http_status.h"

#include <fmt/format.h>

#include <string>

#include "base/error.h"

namespace pagepulse {
namespace {

constexpr struct {
  std::string_view code;
  int status;
} kByCode[] = {
    {"body_too_large", 413},     {"body_too_slow", 408},    {"header_too_large", 431},
    {"method_not_allowed", 405}, {"unknown_encoding", 415},
};

int ByStatusCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
      return 409;
    case absl::StatusCode::kFailedPrecondition:
      return 422;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

}  // namespace

int HttpStatusOf(const absl::Status& status) {
  const std::string code = ErrorCode(status);
  for (const auto& known : kByCode) {
    if (known.code == code) return known.status;
  }
  // An input that is too large is RESOURCE_EXHAUSTED, but no less so later; the question that is
  // too large has the same code and is INVALID_ARGUMENT.
  if (code == "too_large" && absl::IsResourceExhausted(status)) return 413;
  return ByStatusCode(status.code());
}

HttpResponse ErrorResponse(const absl::Status& status) {
  HttpResponse response;
  response.status = HttpStatusOf(status);
  response.body = ErrorJson(status);
  if (response.status == 429 || response.status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  if (response.status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"pagepulse\"");
  }
  return response;
}

absl::Status BodyTooLarge(uint64_t limit_bytes, std::string_view hint) {
  return MakeError(absl::StatusCode::kOutOfRange, "body_too_large",
                   fmt::format("the body is larger than {} bytes", limit_bytes), hint);
}

absl::Status Forbidden(std::string_view why) {
  return MakeError(absl::StatusCode::kPermissionDenied, "forbidden",
                   fmt::format("{}; this token is for some", why),
                   "use a token with pages = [\"*\"]");
}

absl::Status UnknownEncoding(std::string_view encoding, std::string_view hint) {
  return MakeError(absl::StatusCode::kInvalidArgument, "unknown_encoding",
                   fmt::format("Content-Encoding `{}` is not read here", encoding), hint);
}

}  // namespace pagepulse
