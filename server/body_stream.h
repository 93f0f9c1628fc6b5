#pragma once

// A request's body as it comes off the socket, piece by piece, without its transfer coding. Reads
// nothing before it is asked to, so that a body nobody wants to count yet stays in the client.

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/connection.h"
#include "server/server_context.h"

namespace pagepulse {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

// On the session's thread alone.
class BodyStream {
 public:
  static constexpr size_t kPieceBytes = 64 * 1024;

  // All outlive it. The parser has read the header and reads the body only where it is chunked.
  BodyStream(Connection* connection, boost::beast::flat_buffer* buffer, RequestParser* parser,
             ServerContext* context);

  // The next bytes, valid until the next call; empty: the body has ended. Sends `100 Continue`
  // first where the client waits for it. CANCELLED: the client is gone, there is nobody to answer;
  // INVALID_ARGUMENT: not a body; DEADLINE_EXCEEDED: too slow.
  Task<absl::StatusOr<std::string_view>> Read();

  // Instead of Read, of a body of known length, to where it is wanted: first what came with the
  // header, which may be all; then, if it is not done(), what is behind it. Errors as of Read.
  void TakeBuffered(char* to);
  Task<absl::Status> ReadRest(char* to);

  // Reads the rest away if there is no more than `max_bytes` of it, known beforehand; whether the
  // connection is then behind the body.
  Task<bool> Skip(uint64_t max_bytes);

  bool done() const { return chunked_ ? parser_->is_done() : received_ == length_; }
  bool broken() const { return broken_; }
  uint64_t received() const { return received_; }
  std::optional<uint64_t> content_length() const;

 private:
  Task<absl::Status> SayContinue();
  // From the socket, at least a byte.
  Task<absl::StatusOr<size_t>> Receive(boost::asio::mutable_buffer into);
  Task<absl::Status> Refill();  // of buffer_
  Task<absl::StatusOr<std::string_view>> ReadChunked();
  void Took(size_t bytes);  // off the socket, of the body
  absl::Status CheckPace() const;
  absl::Status Gone();

  Connection* connection_;
  boost::beast::flat_buffer* buffer_;  // what has come and is not of this body's past
  RequestParser* parser_;
  const ServerOptions& options_;
  ServerMetrics& metrics_;
  const bool chunked_;
  const uint64_t length_;          // where not chunked
  std::unique_ptr<char[]> piece_;  // of a chunked body
  bool client_waits_;              // for 100 Continue
  bool broken_ = false;
  uint64_t received_ = 0;
  std::chrono::steady_clock::duration reading_{0};  // time spent waiting for the client
};

}  // namespace pagepulse
