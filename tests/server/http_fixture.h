#pragma once

// A server that listens on a free loopback port over a FakeEngine, and a client that speaks to it
// byte by byte.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "config/config.h"
#include "server/server.h"
#include "tests/server/fake_engine.h"

namespace pagepulse {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct TestResponse {
  int status = 0;  // 0: the connection ended without an answer
  Fields fields;   // names in lower case
  std::string body;
  bool keep_alive = false;

  std::string Field(std::string_view lower_case_name) const;  // empty: absent
  std::string code() const;                                   // of {"error":{"code":…}}
};

// One connection. Blocking.
class TestClient {
 public:
  explicit TestClient(uint16_t port);

  bool Send(std::string_view bytes);           // false: the connection is closed
  TestResponse Receive(bool to_head = false);  // the next answer
  // The bytes up to the connection's end.
  std::string ReceiveAll();
  // What comes next; empty: nothing did in that time, or the connection has ended.
  std::string ReceiveSome(std::chrono::milliseconds timeout);
  bool ended() const { return ended_; }
  // Whether the connection is gone though nothing more was read.
  bool IsGone(std::chrono::milliseconds timeout);
  // The system keeps little of what comes for a client that does not read.
  void ShrinkReceiveBuffer();
  TestResponse Ask(std::string_view method, std::string_view target, const Fields& fields = {},
                   std::string_view body = "");
  void Close();
  void Reset();  // as a client that dies: nothing more is sent, and what was may be lost

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  bool ended_ = false;
};

// `POST` with the header fields and, unless they say how long the body is, its length.
std::string RequestText(std::string_view method, std::string_view target, const Fields& fields,
                        std::string_view body);
std::string Chunked(std::string_view body, size_t chunk_bytes);
std::string Gzip(std::string_view bytes);
std::string Zstd(std::string_view bytes);

// `n` views of a page, ids from `first_id`; one line each.
std::string ViewLines(int n, int first_id = 0, std::string_view page = FakeEngine::kPage);

class HttpTest : public ::testing::Test {
 protected:
  // 2025-11-20T10:00:00Z; the server's clock stands still.
  static constexpr int64_t kNow = 1'763'632'800'000;

  HttpTest();
  ~HttpTest() override;

  void Start();
  void AddToken(const std::string& token, const std::string& name, std::vector<std::string> pages,
                uint8_t verbs);
  TestResponse Get(std::string_view target, const Fields& fields = {});
  TestResponse Post(std::string_view target, std::string_view body, const Fields& fields = {});
  std::string Metrics();
  // Waits until it holds; fails the test if it does not for long.
  void Await(const std::function<bool()>& condition);

  Config config;
  ServerOptions options;
  MetricsRegistry registry;
  FakeEngine engine;
  std::unique_ptr<Server> server;
};

}  // namespace pagepulse
