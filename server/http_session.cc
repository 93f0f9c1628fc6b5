#include "server/http_session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <chrono>
#include <cmath>
#include <exception>
#include <iterator>
#include <optional>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "config/log.h"
#include "server/await.h"
#include "server/cors.h"
#include "server/http_status.h"

namespace pagepulse {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using SteadyClock = std::chrono::steady_clock;

constexpr size_t kMaxHeaderBytes = 8 * 1024;
// Asked of the socket at once while a header is awaited: small bodies come with it.
constexpr size_t kReadBytes = 16 * 1024;
// An unread body of this size is read away to keep the connection.
constexpr uint64_t kMaxSkipBytes = 64 * 1024;
// Answers at least this fast are let through, however large.
constexpr uint64_t kMinWriteRate = 64 * 1024;  // bytes a second

// The Date of answers, made anew once a second.
const std::string& HttpDate() {
  thread_local int64_t made_for = 0;
  thread_local std::string date;
  const absl::Time now = absl::Now();
  if (const int64_t second = absl::ToUnixSeconds(now); second != made_for) {
    made_for = second;
    date = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone());
  }
  return date;
}

bool IsHttpError(const beast::error_code& ec) {
  return ec.category() == http::make_error_code(http::error::bad_version).category() &&
         ec != http::error::end_of_stream && ec != http::error::partial_message;
}

// The header of an answer; its body is written from where it lies.
void MakeHead(const HttpResponse& response, unsigned version, bool keep_alive, std::string* head) {
  head->clear();
  auto out = std::back_inserter(*head);
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  fmt::format_to(out,
                 "HTTP/1.{} {} {}\r\nServer: pagepulse\r\nDate: {}\r\nContent-Type: {}\r\n"
                 "Cache-Control: {}\r\nX-Content-Type-Options: nosniff\r\n",
                 version % 10, response.status, std::string_view(reason.data(), reason.size()),
                 HttpDate(), response.content_type, response.cache_control);
  for (const auto& [name, value] : response.headers) {
    fmt::format_to(out, "{}: {}\r\n", name, value);
  }
  if (!keep_alive) {
    *head += "Connection: close\r\n";
  } else if (version == 10) {
    *head += "Connection: keep-alive\r\n";
  }
  // A 304 has no body, and a length would be that of the one it stands for; a 204 has neither.
  const bool has_length = !response.stream && response.status != 304 && response.status != 204;
  if (has_length) fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
  *head += "\r\n";
}

Answer AnswerWith(absl::Status error) { co_return error; }

}  // namespace

// One request and what is known of it.
struct HttpSession::Exchange {
  RequestParser parser;
  HttpRequest request;
  RouteMatch match;
  std::optional<BodyStream> body;
  SteadyClock::time_point begin;
  std::string error_code;  // empty: none
};

HttpSession::HttpSession(Socket socket, ServerContext* context, Deadlines* deadlines)
    : context_(*context),
      connection_(std::move(socket), deadlines),
      buffer_(kMaxHeaderBytes + 80 * 1024),
      client_(connection_.client()) {}

void HttpSession::CloseIfIdle() {
  auto close = [self = shared_from_this()] {
    if (!self->busy_ || self->streaming_) self->connection_.Close();
  };
  asio::post(connection_.executor(), std::move(close));
}

void HttpSession::Close() {
  auto close = [self = shared_from_this()] { self->connection_.Close(); };
  asio::post(connection_.executor(), std::move(close));
}

Task<void> HttpSession::Run(std::shared_ptr<HttpSession> session) {
  bool more = true;
  while (more) {
    more = false;
    const bool again = co_await session->ServeOne();
    more = again && !session->connection_.closed();
  }
  session->connection_.Close();
}

Task<bool> HttpSession::ServeOne() {
  Exchange exchange;
  exchange.parser.header_limit(kMaxHeaderBytes);
  exchange.parser.body_limit(boost::none);  // counted by the handlers, by what is decoded
  busy_ = false;
  if (context_.stopping) co_return false;
  const beast::error_code error = co_await ReadHeader(exchange.parser);
  connection_.ExpireNever();
  if (connection_.closed()) co_return false;
  busy_ = true;
  if (error) {
    const bool refused = co_await RefuseHeader(error);
    co_return refused;
  }
  exchange.begin = SteadyClock::now();
  exchange.body.emplace(&connection_, &buffer_, &exchange.parser, &context_);
  HttpResponse response;
  try {
    absl::StatusOr<HttpResponse> answer = co_await Dispatch(exchange);
    if (answer.ok()) {
      response = *std::move(answer);
    } else {
      response = ErrorResponse(answer.status());
      exchange.error_code = ErrorCode(answer.status());
    }
  } catch (const std::exception& e) {
    Log(spdlog::level::err, "handler_failed", {{"error", e.what()}});
    const absl::Status failed = absl::InternalError("the request failed");
    response = ErrorResponse(failed);
    exchange.error_code = ErrorCode(failed);
  }
  if (!exchange.match.allow.empty()) {
    response.headers.emplace_back("Allow", exchange.match.allow);
  }
  if (exchange.match.for_scripts) {
    AllowOrigin(context_.config.browsers, exchange.request, &response);
  }
  if (exchange.body->broken() || connection_.closed()) co_return false;
  bool behind_body = exchange.body->done();
  if (!behind_body) behind_body = co_await exchange.body->Skip(kMaxSkipBytes);
  if (exchange.body->broken() || connection_.closed()) co_return false;
  const bool streams = response.stream && exchange.request.method != http::verb::head;
  const bool keep_alive =
      behind_body && exchange.parser.get().keep_alive() && !context_.stopping && !streams;
  const beast::error_code failed = co_await Write(exchange, response, keep_alive);
  Report(exchange, response);
  if (failed) co_return false;
  if (streams) {
    co_await Stream(response);
    co_return false;
  }
  if (!keep_alive) {
    co_await SendEndAndDrain(connection_, context_.options.linger);
  }
  co_return keep_alive;
}

Task<beast::error_code> HttpSession::ReadHeader(RequestParser& parser) {
  // An eager parser would keep a chunk's bytes until the next chunk's header has come, and a body
  // that comes slowly but steadily would meet the idle timeout.
  parser.eager(false);
  connection_.ExpireAfter(context_.options.header_timeout);
  while (true) {
    beast::error_code error;
    if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), error));
    if (parser.is_header_done()) co_return beast::error_code();
    if (error && error != http::error::need_more) co_return error;
    const auto into = buffer_.prepare(kReadBytes);
    const auto [failed, n] = co_await connection_.Read(into);
    if (failed) co_return failed;
    buffer_.commit(n);
  }
}

Task<bool> HttpSession::RefuseHeader(beast::error_code error) {
  // Whoever is gone, or says nothing, gets no answer.
  if (!IsHttpError(error)) co_return false;
  const bool too_large =
      error == http::error::header_limit || error == http::error::buffer_overflow;
  const absl::Status status =
      too_large ? MakeError(absl::StatusCode::kInvalidArgument, "header_too_large",
                            "the request's header is larger than 8 KiB")
                : MakeError(absl::StatusCode::kInvalidArgument, "bad_request",
                            "this is not an HTTP/1.1 request: " + error.message());
  Exchange exchange;
  exchange.begin = SteadyClock::now();
  exchange.match.route = RouteNames().size() - 1;
  const HttpResponse response = ErrorResponse(status);
  exchange.error_code = ErrorCode(status);
  const beast::error_code failed = co_await Write(exchange, response, false);
  Report(exchange, response);
  if (!failed) {
    co_await SendEndAndDrain(connection_, context_.options.linger);
  }
  co_return false;
}

Answer HttpSession::Dispatch(Exchange& exchange) {
  absl::Status admitted = Admit(exchange);
  if (!admitted.ok()) return AnswerWith(std::move(admitted));
  return exchange.match.handler(context_, exchange.request);
}

absl::Status HttpSession::Admit(Exchange& exchange) {
  HttpRequest& request = exchange.request;
  const auto& header = exchange.parser.get();
  request.method = header.method();
  request.fields = &header;
  request.body = &*exchange.body;
  exchange.match.route = RouteNames().size() - 1;
  const absl::Status target =
      ParseTarget({header.target().data(), header.target().size()}, &request);
  if (!target.ok()) return target;
  exchange.match = MatchRoute(&request);
  if (!exchange.match.error.ok()) return exchange.match.error;
  const absl::StatusOr<const Grant*> grant = context_.auth.Check(
      request.Header("authorization"), exchange.match.token_in_body ? 0 : exchange.match.verb);
  if (!grant.ok()) return grant.status();
  request.grant = *grant;
  // Routes that are open with tokens too hold no secret or ask for a signature, and the platform's
  // deliveries come through a proxy under its public name.
  if (context_.auth.open() && exchange.match.verb != 0 &&
      !IsOwnHost(request.Header("host"), context_.config.listen_address)) {
    return MakeError(absl::StatusCode::kPermissionDenied, "bad_host",
                     "without tokens this server answers to its loopback names alone",
                     "ask for localhost or 127.0.0.1, or configure [[tokens]] and send one");
  }
  if (context_.auth.open() && request.method == http::verb::post && exchange.match.verb != 0 &&
      IsCrossOrigin(request.Header("origin"), request.Header("host"))) {
    return MakeError(absl::StatusCode::kPermissionDenied, "cross_origin",
                     "a page of another site may not write here",
                     "configure [[tokens]] and send one");
  }
  return absl::OkStatus();
}

Task<beast::error_code> HttpSession::Write(const Exchange& exchange, const HttpResponse& response,
                                           bool keep_alive) {
  const unsigned version = exchange.parser.get().version() == 10 ? 10 : 11;
  MakeHead(response, version, keep_alive, &head_);
  const bool to_head = exchange.request.method == http::verb::head;
  const std::string_view body = to_head ? std::string_view() : std::string_view(response.body);
  connection_.ExpireAfter(context_.options.write_timeout +
                          std::chrono::seconds(body.size() / kMinWriteRate));
  return connection_.Write(head_, body);
}

Task<void> HttpSession::Stream(HttpResponse& response) {
  streaming_ = true;
  // Before this thread knew that it streams, the server may have begun to stop.
  if (context_.stopping) co_return;
  buffer_.clear();
  buffer_.shrink_to_fit();  // a stream may live for days
  connection_.ExpireNever();
  co_await response.stream(connection_);
}

Task<void> SendEndAndDrain(Connection& connection, std::chrono::milliseconds timeout) {
  connection.EndOutput();
  connection.ExpireAfter(timeout);
  std::array<char, 16 * 1024> scrap;
  const asio::mutable_buffer into(scrap.data(), scrap.size());
  bool ended = false;
  while (!ended) {
    const auto [error, n] = co_await connection.Read(into);
    ended = error.failed();
  }
}

void HttpSession::Report(const Exchange& exchange, const HttpResponse& response) {
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - exchange.begin).count();
  context_.metrics.CountRequest(exchange.match.route, response.status, seconds);
  const auto level = response.status >= 500   ? spdlog::level::warn
                     : response.status >= 400 ? spdlog::level::info
                                              : spdlog::level::debug;
  if (!spdlog::should_log(level)) return;  // its fields are not made for nobody
  Log(level, "request",
      {{"route", RouteNames()[exchange.match.route]},
       {"path", exchange.request.path},  // without the query, which holds what was asked
       {"status", response.status},
       {"code", exchange.error_code},
       {"ms", std::round(seconds * 1e6) / 1000},
       {"bytes_in", exchange.body ? exchange.body->received() : 0},
       {"bytes_out", response.body.size()},
       {"token", exchange.request.grant != nullptr ? exchange.request.grant->name : ""},
       {"client", client_}});
}

}  // namespace pagepulse
