#pragma once

// One connection: requests one after another, each answered before the next is read. A fault ends
// its own session alone.

#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "server/body_stream.h"
#include "server/connection.h"
#include "server/http_message.h"
#include "server/router.h"
#include "server/server_context.h"

namespace pagepulse {

// Ends what is sent and reads away what still comes, for at most `timeout`: a socket closed while
// the client sends would reset the connection, and the client might never see its answer.
Task<void> SendEndAndDrain(Connection& connection, std::chrono::milliseconds timeout);

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  // `context` and `deadlines` outlive it.
  HttpSession(Socket socket, ServerContext* context, Deadlines* deadlines);

  // Closes the connection now if no request has begun on it, or it streams; else after its answer,
  // which the context's `stopping` sees to. From any thread.
  void CloseIfIdle();
  // Closes it whatever happens on it. From any thread.
  void Close();

  static Task<void> Run(std::shared_ptr<HttpSession> session);

 private:
  struct Exchange;

  Task<bool> ServeOne();  // whether another request may follow
  Task<boost::beast::error_code> ReadHeader(RequestParser& parser);
  Task<bool> RefuseHeader(boost::beast::error_code error);
  Answer Dispatch(Exchange& exchange);
  absl::Status Admit(Exchange& exchange);  // finds its handler, and whether it may be asked
  Task<boost::beast::error_code> Write(const Exchange& exchange, const HttpResponse& response,
                                       bool keep_alive);
  Task<void> Stream(HttpResponse& response);
  void Report(const Exchange& exchange, const HttpResponse& response);

  ServerContext& context_;
  Connection connection_;
  boost::beast::flat_buffer buffer_;  // what has come and was not read yet
  std::string head_;                  // of the answer that is written
  const std::string client_;          // address, for the log
  bool busy_ = false;                 // a request has begun
  bool streaming_ = false;            // its answer goes on until the connection ends
};

}  // namespace pagepulse
