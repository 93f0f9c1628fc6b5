#pragma once

// A request's body as it comes off the socket, piece by piece, without its transfer coding. Reads
// nothing before it is asked to, so that a body nobody wants to count yet stays in the client.

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/server.h"

namespace pagepulse {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

// On the session's strand alone.
class BodyStream {
 public:
  static constexpr size_t kPieceBytes = 64 * 1024;

  // All outlive it. The header has been read.
  BodyStream(boost::beast::tcp_stream* stream, boost::beast::flat_buffer* buffer,
             RequestParser* parser, const ServerOptions& options);

  // The next bytes, valid until the next call; empty: the body has ended. Sends `100 Continue`
  // first where the client waits for it. CANCELLED: the client is gone, there is nobody to answer;
  // INVALID_ARGUMENT: not a body; DEADLINE_EXCEEDED: too slow.
  boost::asio::awaitable<absl::StatusOr<std::string_view>> Read();

  // Reads the rest away if there is no more than `max_bytes` of it, known beforehand; whether the
  // connection is then behind the body.
  boost::asio::awaitable<bool> Skip(uint64_t max_bytes);

  bool done() const { return parser_->is_done(); }
  bool broken() const { return broken_; }
  uint64_t received() const { return received_; }
  std::optional<uint64_t> content_length() const;

 private:
  boost::asio::awaitable<absl::Status> SayContinue();
  absl::Status CheckPace() const;

  boost::beast::tcp_stream* stream_;
  boost::beast::flat_buffer* buffer_;
  RequestParser* parser_;
  const ServerOptions& options_;
  std::unique_ptr<char[]> piece_;
  bool client_waits_;  // for 100 Continue
  bool broken_ = false;
  uint64_t received_ = 0;
  std::chrono::steady_clock::duration reading_{0};  // time spent waiting for the client
};

}  // namespace pagepulse
