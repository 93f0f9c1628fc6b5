#include "server/body_stream.h"

#include <algorithm>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/status_macros.h"
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

absl::Status BadBody(std::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_body",
                   std::string("the body's transfer coding is broken: ").append(why));
}

}  // namespace

BodyStream::BodyStream(Connection* connection, beast::flat_buffer* buffer, RequestParser* parser,
                       ServerContext* context)
    : connection_(connection),
      buffer_(buffer),
      parser_(parser),
      options_(context->options),
      metrics_(context->metrics),
      chunked_(parser->chunked()),
      length_(parser->content_length().value_or(0)),
      client_waits_(WaitsForContinue(*parser) && !done()) {}

std::optional<uint64_t> BodyStream::content_length() const {
  const auto length = parser_->content_length();
  if (!length) return std::nullopt;
  return *length;
}

void BodyStream::Took(size_t bytes) {
  received_ += bytes;
  metrics_.CountBody(bytes);
}

absl::Status BodyStream::Gone() {
  broken_ = true;
  return absl::CancelledError("the client is gone");
}

Task<absl::Status> BodyStream::SayContinue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  client_waits_ = false;
  // A client that did not wait is not told to go on.
  if (buffer_->size() > 0) co_return absl::OkStatus();
  connection_->ExpireAfter(options_.write_timeout);
  const auto error = co_await connection_->Write(kContinue, {});
  connection_->ExpireNever();
  if (error) co_return Gone();
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

Task<absl::StatusOr<size_t>> BodyStream::Receive(asio::mutable_buffer into) {
  connection_->ExpireAfter(options_.body_idle_timeout);
  const auto begin = SteadyClock::now();
  const auto [error, n] = co_await connection_->Read(into);
  connection_->ExpireNever();
  reading_ += SteadyClock::now() - begin;
  if (error) co_return Gone();
  co_return n;
}

Task<absl::Status> BodyStream::Refill() {
  const size_t room = buffer_->max_size() - buffer_->size();
  if (room == 0) co_return BadBody("a chunk's header is too large");
  const auto into = buffer_->prepare(std::min(room, kPieceBytes));
  const absl::StatusOr<size_t> got = co_await Receive(into);
  if (!got.ok()) co_return got.status();
  buffer_->commit(*got);
  co_return absl::OkStatus();
}

Task<absl::StatusOr<std::string_view>> BodyStream::Read() {
  if (client_waits_) {
    const absl::Status said = co_await SayContinue();
    if (!said.ok()) co_return said;
  }
  if (chunked_) {
    const auto piece = co_await ReadChunked();
    co_return piece;
  }
  if (done()) co_return std::string_view();
  if (buffer_->size() == 0) {
    const absl::Status filled = co_await Refill();
    if (!filled.ok()) co_return filled;
  }
  const size_t size = std::min<uint64_t>(buffer_->size(), length_ - received_);
  const std::string_view piece(static_cast<const char*>(buffer_->data().data()), size);
  buffer_->consume(size);  // the bytes stay where they are until more are read
  Took(size);
  const absl::Status pace = CheckPace();
  if (!pace.ok()) co_return pace;
  co_return piece;
}

Task<absl::StatusOr<std::string_view>> BodyStream::ReadChunked() {
  if (piece_ == nullptr && !done()) piece_.reset(new char[kPieceBytes]);
  bool needs_more = buffer_->size() == 0;
  while (!done()) {
    if (needs_more) {
      const absl::Status filled = co_await Refill();
      if (!filled.ok()) co_return filled;
    }
    auto& body = parser_->get().body();
    body.data = piece_.get();
    body.size = kPieceBytes;
    body.more = true;
    beast::error_code error;
    buffer_->consume(parser_->put(buffer_->data(), error));
    const size_t got = kPieceBytes - body.size;
    Took(got);
    if (error && error != http::error::need_buffer && error != http::error::need_more) {
      co_return BadBody(error.message());
    }
    const absl::Status pace = CheckPace();
    if (!pace.ok()) co_return pace;
    if (got > 0) co_return std::string_view(piece_.get(), got);
    needs_more = error == http::error::need_more || buffer_->size() == 0;
  }
  co_return std::string_view();
}

void BodyStream::TakeBuffered(char* to) {
  const size_t size = std::min<uint64_t>(buffer_->size(), length_);
  std::memcpy(to, buffer_->data().data(), size);
  buffer_->consume(size);
  Took(size);
}

Task<absl::Status> BodyStream::ReadRest(char* to) {
  if (client_waits_) {
    const absl::Status said = co_await SayContinue();
    if (!said.ok()) co_return said;
  }
  while (!done()) {
    const asio::mutable_buffer rest(to + received_, length_ - received_);
    const absl::StatusOr<size_t> got = co_await Receive(rest);
    if (!got.ok()) co_return got.status();
    Took(*got);
    const absl::Status pace = CheckPace();
    if (!pace.ok()) co_return pace;
  }
  co_return absl::OkStatus();
}

Task<bool> BodyStream::Skip(uint64_t max_bytes) {
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
