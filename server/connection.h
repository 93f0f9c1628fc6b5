#pragma once

// A client's socket whose operations do not take for ever. On its io_context's thread alone.

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "server/await.h"

namespace pagepulse {

using Socket = asio::basic_stream_socket<asio::ip::tcp, IoExecutor>;

class Connection;

// The connections of one io_context, looked at now and then: a timer for each operation of each of
// them would cost more than the operation.
class Deadlines {
 public:
  // A connection is closed at most `precision` after its time.
  Deadlines(IoExecutor executor, std::chrono::milliseconds precision);

 private:
  friend class Connection;
  void Add(Connection* connection);
  void Remove(Connection* connection);
  Task<void> Watch();  // while there are connections

  const std::chrono::milliseconds precision_;
  Timer timer_;
  bool watching_ = false;
  absl::flat_hash_set<Connection*> connections_;
};

class Connection {
 public:
  using ErrorCode = boost::system::error_code;
  // `deadlines` is of the socket's io_context, and outlives this.
  Connection(Socket socket, Deadlines* deadlines);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  IoExecutor executor() { return socket_.get_executor(); }
  std::string client() const;  // its address

  // Closes the socket then, which ends a Read or Write that still waits.
  void ExpireAfter(std::chrono::milliseconds time) { deadline_ = Clock::now() + time; }
  void ExpireNever() { deadline_ = Clock::time_point::max(); }

  Task<std::tuple<ErrorCode, size_t>> Read(asio::mutable_buffer into);  // a byte at least
  Task<ErrorCode> Write(std::string_view head, std::string_view body);

  void EndOutput();  // the client sees the end of what was sent
  void Close();
  bool closed() const { return closed_; }  // by us

 private:
  friend class Deadlines;
  using Clock = std::chrono::steady_clock;

  Socket socket_;
  Deadlines* const deadlines_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool closed_ = false;
};

}  // namespace pagepulse
