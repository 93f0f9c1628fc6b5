#include "server/body_stream.h"

#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include "absl/strings/match.h"
#include "base/error.h"
#include "server/await.h"

namespace pagepulse {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using SteadyClock = std::chrono::steady_clock;

bool WaitsForContinue(const RequestParser& parser) {
  const auto& fields = parser.get();
  if (fields.version() < 11) return false;
  const auto expect = fields[http::field::expect];
  return absl::EqualsIgnoreCase(absl::string_view(expect.data(), expect.size()), "100-continue");
}

bool IsProtocolError(const beast::error_code& ec) {
  return ec.category() == http::make_error_code(http::error::bad_chunk).category() &&
         ec != http::error::partial_message && ec != http::error::end_of_stream;
}

}  // namespace

BodyStream::BodyStream(beast::tcp_stream* stream, beast::flat_buffer* buffer, RequestParser* parser,
                       const ServerOptions& options)
    : stream_(stream),
      buffer_(buffer),
      parser_(parser),
      options_(options),
      client_waits_(WaitsForContinue(*parser) && !parser->is_done()) {}

std::optional<uint64_t> BodyStream::content_length() const {
  const auto length = parser_->content_length();
  if (!length) return std::nullopt;
  return *length;
}

asio::awaitable<absl::Status> BodyStream::SayContinue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  client_waits_ = false;
  // A client that did not wait is not told to go on.
  if (buffer_->size() > 0) co_return absl::OkStatus();
  stream_->expires_after(options_.write_timeout);
  const auto bytes = asio::buffer(kContinue.data(), kContinue.size());
  const auto [ec, n] = co_await asio::async_write(*stream_, bytes, kAwaitTuple);
  if (ec) {
    broken_ = true;
    co_return absl::CancelledError("the client is gone");
  }
  co_return absl::OkStatus();
}

absl::Status BodyStream::CheckPace() const {
  if (reading_ < options_.slow_body_grace) return absl::OkStatus();
  const double seconds = std::chrono::duration<double>(reading_).count();
  if (static_cast<double>(received_) >= seconds * static_cast<double>(options_.min_body_rate)) {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kDeadlineExceeded, "body_too_slow",
                   "the body comes too slowly", "send it in smaller parts");
}

asio::awaitable<absl::StatusOr<std::string_view>> BodyStream::Read() {
  if (client_waits_) {
    const absl::Status said = co_await SayContinue();
    if (!said.ok()) co_return said;
  }
  if (piece_ == nullptr && !done()) {
    piece_.reset(new char[kPieceBytes]);
    buffer_->reserve(kPieceBytes);  // Beast reads no more at once than there is room for
    // An eager parser would keep a chunk's bytes until the next chunk's header has come, and a body
    // that comes slowly but steadily would meet the idle timeout.
    parser_->eager(false);
  }
  while (!done()) {
    auto& body = parser_->get().body();
    body.data = piece_.get();
    body.size = kPieceBytes;
    body.more = true;
    stream_->expires_after(options_.body_idle_timeout);
    const auto begin = SteadyClock::now();
    const auto [error, n] =
        co_await http::async_read_some(*stream_, *buffer_, *parser_, kAwaitTuple);
    reading_ += SteadyClock::now() - begin;
    const size_t got = kPieceBytes - body.size;
    received_ += got;
    if (error && error != http::error::need_buffer) {
      if (IsProtocolError(error)) {
        co_return MakeError(absl::StatusCode::kInvalidArgument, "bad_body",
                            "the body's transfer coding is broken: " + error.message());
      }
      broken_ = true;
      co_return absl::CancelledError("the client is gone");
    }
    const absl::Status pace = CheckPace();
    if (!pace.ok()) co_return pace;
    if (got > 0) co_return std::string_view(piece_.get(), got);
  }
  co_return std::string_view();
}

asio::awaitable<bool> BodyStream::Skip(uint64_t max_bytes) {
  if (done()) co_return true;
  const std::optional<uint64_t> length = content_length();
  // A client that waits for a word may send its body or not; only closing is safe.
  if (client_waits_ || broken_ || !length || *length - received_ > max_bytes) co_return false;
  while (!done()) {
    const absl::StatusOr<std::string_view> piece = co_await Read();
    if (!piece.ok()) co_return false;
  }
  co_return true;
}

}  // namespace pagepulse
