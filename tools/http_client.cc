#include "tools/http_client.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <cctype>

#include "base/error.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = boost::asio::ip::tcp;

constexpr auto kTimeout = std::chrono::seconds(120);

class BeastClient final : public HttpClient {
 public:
  BeastClient(std::string host, std::string port, std::string token)
      : host_(std::move(host)), port_(std::move(port)), token_(std::move(token)) {}

  absl::StatusOr<HttpAnswer> Get(std::string_view target) override {
    return Ask(http::verb::get, target, {}, {});
  }
  absl::StatusOr<HttpAnswer> Post(std::string_view target, std::string_view body,
                                  const HttpFields& fields) override {
    return Ask(http::verb::post, target, body, fields);
  }

 private:
  absl::StatusOr<HttpAnswer> Ask(http::verb verb, std::string_view target, std::string_view body,
                                 const HttpFields& fields) {
    http::request<http::string_body> request(verb, {target.data(), target.size()}, 11);
    request.set(http::field::host, host_ + ":" + port_);
    if (!token_.empty()) request.set(http::field::authorization, "Bearer " + token_);
    for (const auto& [name, value] : fields) request.set(name, value);
    request.body() = body;
    if (verb == http::verb::post) request.prepare_payload();
    const bool fresh = !stream_;
    auto answer = Exchange(request);
    if (!answer.ok() && !fresh) answer = Exchange(request);
    return answer;
  }

  absl::StatusOr<HttpAnswer> Exchange(const http::request<http::string_body>& request) {
    beast::error_code error;
    http::response<http::string_body> response;
    if (!stream_) RETURN_IF_ERROR(Connect());
    // Blocking calls of a tcp_stream have no deadline; the socket's own options give them one.
    http::write(*stream_, request, error);
    if (!error) {
      http::response_parser<http::string_body> parser;
      parser.body_limit(uint64_t{1} << 30);
      http::read(*stream_, buffer_, parser, error);
      response = parser.release();
    }
    if (error) {
      stream_.reset();
      return MakeError(
          absl::StatusCode::kUnavailable, "no_answer",
          fmt::format("http://{}:{} did not answer: {}", host_, port_, error.message()),
          "see whether `pagepulse serve` runs there");
    }
    if (!response.keep_alive()) stream_.reset();
    return HttpAnswer{static_cast<int>(response.result_int()), std::move(response.body())};
  }

  absl::Status Connect() {
    beast::error_code error;
    buffer_.clear();
    tcp::resolver resolver(context_);
    const auto endpoints = resolver.resolve(host_, port_, error);
    auto stream = std::make_unique<tcp::socket>(context_);
    if (!error) boost::asio::connect(*stream, endpoints, error);
    if (error) {
      return MakeError(
          absl::StatusCode::kUnavailable, "no_connection",
          fmt::format("cannot connect to http://{}:{}: {}", host_, port_, error.message()),
          "start `pagepulse serve`, or name a directory with --data");
    }
    stream->set_option(tcp::no_delay(true), error);
    const timeval timeout{std::chrono::seconds(kTimeout).count(), 0};
    setsockopt(stream->native_handle(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(stream->native_handle(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    stream_ = std::move(stream);
    return absl::OkStatus();
  }

  std::string host_, port_, token_;
  boost::asio::io_context context_;
  std::unique_ptr<tcp::socket> stream_;
  beast::flat_buffer buffer_;
};

absl::StatusCode CodeOf(int status) {
  switch (status) {
    case 400:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 409:
      return absl::StatusCode::kAborted;
    case 413:
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Make(std::string_view url,
                                                             std::string token) {
  constexpr std::string_view kScheme = "http://";
  std::string_view rest = url;
  if (rest.substr(0, kScheme.size()) == kScheme) {
    rest.remove_prefix(kScheme.size());
    while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
    std::string_view host = rest, port = "80";
    if (const size_t colon = rest.rfind(':');
        colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
      host = rest.substr(0, colon);
      port = rest.substr(colon + 1);
    }
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    if (!host.empty() && !port.empty() && rest.find('/') == std::string_view::npos) {
      return std::make_unique<BeastClient>(std::string(host), std::string(port), std::move(token));
    }
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_url",
                   fmt::format("`{}` is not the address of a server", url),
                   "give it as http://127.0.0.1:8080");
}

absl::Status ErrorOf(const HttpAnswer& answer) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(answer.body, error);
  const auto text = [](const boost::json::object& object, const char* key) {
    const boost::json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string().c_str())
                                                  : std::string();
  };
  if (!error && parsed.is_object()) {
    const boost::json::value* inner = parsed.as_object().if_contains("error");
    if (inner != nullptr && inner->is_object()) {
      const boost::json::object& object = inner->as_object();
      // The server speaks of the header that this client writes by itself.
      return MakeError(CodeOf(answer.status), text(object, "code"), text(object, "message"),
                       answer.status == 401 ? "set PAGEPULSE_TOKEN to a token of that server"
                                            : text(object, "hint"));
    }
  }
  return absl::Status(CodeOf(answer.status), fmt::format("the server answered {}", answer.status));
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace pagepulse
