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
#include "absl/functional/any_invocable.h"
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

  // Instead of Write: as much as the socket takes now, which may be nothing and is no error.
  size_t WriteSome(std::string_view bytes, ErrorCode* error);
  // Calls `ready` once, when the socket takes more, or with an error when it is closed.
  void WhenWritable(absl::AnyInvocable<void(ErrorCode)> ready);
  // The system keeps no more bytes for later than these, besides those that are under way.
  void BoundUnsent(int bytes);
  // Whether Close drops what was not sent, which a client that does not read would keep in the
  // system's memory for minutes.
  void DropUnsent(bool drop);

  void EndOutput();  // the client sees the end of what was sent
  void Close();
  bool closed() const { return closed_; }    // by us
  bool expired() const { return expired_; }  // and for that reason closed

 private:
  friend class Deadlines;
  using Clock = std::chrono::steady_clock;

  Socket socket_;
  Deadlines* const deadlines_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool closed_ = false, expired_ = false;
};

}  // namespace pagepulse
