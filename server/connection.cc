#include "server/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace pagepulse {

Deadlines::Deadlines(IoExecutor executor, std::chrono::milliseconds precision)
    : precision_(precision), timer_(executor) {}

void Deadlines::Add(Connection* connection) {
  connections_.insert(connection);
  if (watching_) return;
  watching_ = true;
  asio::co_spawn(timer_.get_executor(), Watch(), asio::detached);
}

void Deadlines::Remove(Connection* connection) {
  connections_.erase(connection);
  if (connections_.empty()) timer_.cancel();
}

Task<void> Deadlines::Watch() {
  while (!connections_.empty()) {
    timer_.expires_after(precision_);
    const auto waited = co_await timer_.async_wait(kAwaitTuple);
    (void)waited;
    const auto now = Connection::Clock::now();
    for (Connection* connection : connections_) {
      if (connection->deadline_ > now) continue;
      connection->expired_ = true;
      connection->Close();
    }
  }
  watching_ = false;
}

Connection::Connection(Socket socket, Deadlines* deadlines)
    : socket_(std::move(socket)), deadlines_(deadlines) {
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  deadlines_->Add(this);
}

Connection::~Connection() { deadlines_->Remove(this); }

std::string Connection::client() const {
  ErrorCode ignored;
  return socket_.remote_endpoint(ignored).address().to_string();
}

Task<std::tuple<Connection::ErrorCode, size_t>> Connection::Read(asio::mutable_buffer into) {
  return socket_.async_read_some(into, kAwaitTuple);
}

Task<Connection::ErrorCode> Connection::Write(std::string_view head, std::string_view body) {
  std::array<asio::const_buffer, 2> parts = {asio::buffer(head.data(), head.size()),
                                             asio::buffer(body.data(), body.size())};
  // Most answers fit into the socket's own buffer.
  ErrorCode error;
  const size_t sent = socket_.write_some(parts, error);
  if (sent == head.size() + body.size()) co_return ErrorCode();
  if (error && error != asio::error::would_block) co_return error;
  const size_t of_head = std::min(sent, head.size());
  parts[0] += of_head;
  parts[1] += sent - of_head;
  const auto [failed, n] = co_await asio::async_write(socket_, parts, kAwaitTuple);
  co_return failed;
}

size_t Connection::WriteSome(std::string_view bytes, ErrorCode* error) {
  const size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), *error);
  if (*error == asio::error::would_block) error->clear();
  return sent;
}

void Connection::WhenWritable(absl::AnyInvocable<void(ErrorCode)> ready) {
  socket_.async_wait(Socket::wait_write, std::move(ready));
}

void Connection::BoundUnsent(int bytes) {
  setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

void Connection::DropUnsent(bool drop) {
  ErrorCode ignored;
  socket_.set_option(asio::socket_base::linger(drop, 0), ignored);
}

void Connection::EndOutput() {
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Connection::Close() {
  closed_ = true;
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace pagepulse
