#include "server/http_session.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cmath>
#include <exception>
#include <optional>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "config/log.h"
#include "server/await.h"
#include "server/http_status.h"

namespace pagepulse {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using SteadyClock = std::chrono::steady_clock;

constexpr size_t kMaxHeaderBytes = 8 * 1024;
// An unread body of this size is read away to keep the connection.
constexpr uint64_t kMaxSkipBytes = 64 * 1024;
// Answers at least this fast are let through, however large.
constexpr uint64_t kMinWriteRate = 64 * 1024;  // bytes a second

std::string HttpDate() {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone());
}

bool IsHttpError(const beast::error_code& ec) {
  return ec.category() == http::make_error_code(http::error::bad_version).category() &&
         ec != http::error::end_of_stream && ec != http::error::partial_message;
}

// The header of an answer; its body is written from where it lies.
template <typename Body>
void FillHeader(const HttpResponse& from, unsigned version, bool keep_alive,
                http::response<Body>* to) {
  to->version(version);
  to->result(static_cast<unsigned>(from.status));
  to->set(http::field::server, "pagepulse");
  to->set(http::field::date, HttpDate());
  to->set(http::field::content_type, from.content_type);
  to->set(http::field::cache_control, "no-store");
  to->set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : from.headers) to->set(name, value);
  to->content_length(from.body.size());
  to->keep_alive(keep_alive);
}

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

HttpSession::HttpSession(asio::ip::tcp::socket socket, ServerContext* context)
    : context_(*context), stream_(std::move(socket)), buffer_(kMaxHeaderBytes + 80 * 1024) {
  beast::error_code ignored;
  client_ = stream_.socket().remote_endpoint(ignored).address().to_string();
}

void HttpSession::CloseIfIdle() {
  auto close = [self = shared_from_this()] {
    if (!self->busy_) self->CloseSocket();
  };
  asio::post(stream_.get_executor(), std::move(close));
}

void HttpSession::Close() {
  auto close = [self = shared_from_this()] { self->CloseSocket(); };
  asio::post(stream_.get_executor(), std::move(close));
}

void HttpSession::CloseSocket() {
  closed_ = true;
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.socket().close(ignored);
}

asio::awaitable<void> HttpSession::Run(std::shared_ptr<HttpSession> session) {
  bool more = true;
  while (more) {
    more = false;
    const bool again = co_await session->ServeOne();
    more = again && !session->closed_;
  }
  session->CloseSocket();
}

asio::awaitable<bool> HttpSession::ServeOne() {
  Exchange exchange;
  exchange.parser.header_limit(kMaxHeaderBytes);
  exchange.parser.body_limit(boost::none);  // counted by the handlers, by what is decoded
  busy_ = false;
  if (context_.stopping) co_return false;
  stream_.expires_after(context_.options.header_timeout);
  const auto [error, n] =
      co_await http::async_read_header(stream_, buffer_, exchange.parser, kAwaitTuple);
  if (closed_) co_return false;
  busy_ = true;
  if (error) {
    const bool refused = co_await RefuseHeader(error);
    co_return refused;
  }
  exchange.begin = SteadyClock::now();
  exchange.body.emplace(&stream_, &buffer_, &exchange.parser, context_.options);
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
  if (exchange.body->broken() || closed_) co_return false;
  const bool behind_body = co_await exchange.body->Skip(kMaxSkipBytes);
  if (exchange.body->broken() || closed_) co_return false;
  const bool keep_alive = behind_body && exchange.parser.get().keep_alive() && !context_.stopping;
  const bool written = co_await Write(exchange, response, keep_alive);
  Report(exchange, response);
  if (written && !keep_alive) {
    co_await SendEndAndDrain(stream_, context_.options.linger);
  }
  co_return written&& keep_alive;
}

asio::awaitable<bool> HttpSession::RefuseHeader(beast::error_code error) {
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
  const bool written = co_await Write(exchange, response, false);
  Report(exchange, response);
  if (written) {
    co_await SendEndAndDrain(stream_, context_.options.linger);
  }
  co_return false;
}

asio::awaitable<absl::StatusOr<HttpResponse>> HttpSession::Dispatch(Exchange& exchange) {
  HttpRequest& request = exchange.request;
  const auto& header = exchange.parser.get();
  request.method = header.method();
  request.fields = &header;
  request.body = &*exchange.body;
  exchange.match.route = RouteNames().size() - 1;
  const absl::Status target =
      ParseTarget({header.target().data(), header.target().size()}, &request);
  if (!target.ok()) co_return target;
  exchange.match = MatchRoute(&request);
  if (!exchange.match.error.ok()) co_return exchange.match.error;
  const absl::StatusOr<const Grant*> grant =
      context_.auth.Check(request.Header("authorization"), exchange.match.verb);
  if (!grant.ok()) co_return grant.status();
  request.grant = *grant;
  // Routes that are open with tokens too hold no secret or ask for a signature, and the platform's
  // deliveries come through a proxy under its public name.
  if (context_.auth.open() && exchange.match.verb != 0 &&
      !IsOwnHost(request.Header("host"), context_.config.listen_address)) {
    co_return MakeError(absl::StatusCode::kPermissionDenied, "bad_host",
                        "without tokens this server answers to its loopback names alone",
                        "ask for localhost or 127.0.0.1, or configure [[tokens]] and send one");
  }
  if (context_.auth.open() && request.method == http::verb::post && exchange.match.verb != 0 &&
      IsCrossOrigin(request.Header("origin"), request.Header("host"))) {
    co_return MakeError(absl::StatusCode::kPermissionDenied, "cross_origin",
                        "a page of another site may not write here",
                        "configure [[tokens]] and send one");
  }
  auto answer = co_await exchange.match.handler(context_, request);
  co_return answer;
}

asio::awaitable<bool> HttpSession::Write(Exchange& exchange, const HttpResponse& response,
                                         bool keep_alive) {
  const unsigned version = exchange.parser.get().version() == 10 ? 10 : 11;
  const auto at_min_rate = std::chrono::seconds(response.body.size() / kMinWriteRate);
  stream_.expires_after(context_.options.write_timeout + at_min_rate);
  if (exchange.request.method == http::verb::head) {
    http::response<http::empty_body> head;
    FillHeader(response, version, keep_alive, &head);
    const auto [error, n] = co_await http::async_write(stream_, head, kAwaitTuple);
    co_return !error;
  }
  http::response<http::span_body<const char>> message;
  message.body() = beast::span<const char>(response.body.data(), response.body.size());
  FillHeader(response, version, keep_alive, &message);
  const auto [error, n] = co_await http::async_write(stream_, message, kAwaitTuple);
  co_return !error;
}

asio::awaitable<void> SendEndAndDrain(beast::tcp_stream& stream,
                                      std::chrono::milliseconds timeout) {
  beast::error_code ignored;
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream.expires_after(timeout);
  std::array<char, 16 * 1024> scrap;
  const auto into = asio::buffer(scrap);
  beast::error_code failed;
  while (!failed) {
    const auto [error, n] = co_await stream.async_read_some(into, kAwaitTuple);
    failed = error;
  }
}

void HttpSession::Report(const Exchange& exchange, const HttpResponse& response) {
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - exchange.begin).count();
  context_.metrics.CountRequest(exchange.match.route, response.status, seconds);
  const auto level = response.status >= 500   ? spdlog::level::warn
                     : response.status >= 400 ? spdlog::level::info
                                              : spdlog::level::debug;
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
