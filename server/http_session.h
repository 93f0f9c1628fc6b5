#pragma once

// One connection: requests one after another, each answered before the next is read. A fault ends
// its own session alone.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "server/body_stream.h"
#include "server/http_message.h"
#include "server/router.h"
#include "server/server_context.h"

namespace pagepulse {

// Ends what is sent and reads away what still comes, for at most `timeout`: a socket closed while
// the client sends would reset the connection, and the client might never see its answer.
boost::asio::awaitable<void> SendEndAndDrain(boost::beast::tcp_stream& stream,
                                             std::chrono::milliseconds timeout);

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  // The socket's executor is a strand of this session's own. `context` outlives it.
  HttpSession(boost::asio::ip::tcp::socket socket, ServerContext* context);

  auto executor() { return stream_.get_executor(); }

  // Closes the connection now if no request has begun on it; else after its answer, which the
  // context's `stopping` sees to. From any thread.
  void CloseIfIdle();
  // Closes it whatever happens on it. From any thread.
  void Close();

  static boost::asio::awaitable<void> Run(std::shared_ptr<HttpSession> session);

 private:
  struct Exchange;

  boost::asio::awaitable<bool> ServeOne();  // whether another request may follow
  boost::asio::awaitable<bool> RefuseHeader(boost::beast::error_code error);
  boost::asio::awaitable<absl::StatusOr<HttpResponse>> Dispatch(Exchange& exchange);
  boost::asio::awaitable<bool> Write(Exchange& exchange, const HttpResponse& response,
                                     bool keep_alive);
  void CloseSocket();
  void Report(const Exchange& exchange, const HttpResponse& response);

  ServerContext& context_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::string client_;   // address, for the log
  bool busy_ = false;    // a request has begun
  bool closed_ = false;  // by us
};

}  // namespace pagepulse
