// More than can be counted: what waits, what is refused, and that nothing refused was counted.

#include <fmt/format.h>

#include <thread>

#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

using OverloadTest = HttpTest;

TEST_F(OverloadTest, AFullEngineIs429BeforeAnythingIsRead) {
  options.queue_wait = milliseconds(100);
  engine.accepting = false;
  Start();
  TestClient client(server->port());
  client.Send(
      "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 100\r\n\r\n");
  const TestResponse response = client.Receive();
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.code(), "busy");
  EXPECT_EQ(response.Field("retry-after"), "1");
  EXPECT_EQ(Post("/v1/events", ViewLines(1)).status, 429);
  EXPECT_TRUE(engine.seen().empty());
}

TEST_F(OverloadTest, AnEngineThatRecoversIsWaitedFor) {
  options.queue_wait = milliseconds(20'000);
  engine.accepting = false;
  Start();
  TestClient client(server->port());
  client.Send(RequestText("POST", "/v1/events", {}, ViewLines(2)));
  std::this_thread::sleep_for(milliseconds(50));
  engine.accepting = true;
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_EQ(engine.counted(), 2u);
}

TEST_F(OverloadTest, AnEngineThatFillsMidwayRefusesTheWhole) {
  options.queue_wait = milliseconds(100);
  Start();
  TestClient client(server->port());
  const std::string lines = ViewLines(10);
  const std::string chunk = fmt::format("{:x}\r\n{}\r\n", lines.size(), lines);
  client.Send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
              chunk);
  Await([&] { return Metrics().find("body_bytes_total 0") == std::string::npos; });
  engine.accepting = false;
  client.Send(chunk + "0\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 429);
  EXPECT_TRUE(engine.seen().empty());
}

TEST_F(OverloadTest, MemoryInFlightIsBounded) {
  options.queue_wait = milliseconds(100);
  config.limits.body_bytes = config.limits.array_bytes = 1 << 20;
  config.limits.in_flight_bytes = 1 << 20;
  Start();
  engine.Hold();
  const std::string large = ViewLines(9000);
  ASSERT_GT(large.size(), size_t{600'000});
  ASSERT_LT(large.size(), size_t{1 << 20});
  TestClient first(server->port());
  first.Send(RequestText("POST", "/v1/events", {}, large));
  Await([&] { return engine.held() == 1; });
  EXPECT_EQ(Post("/v1/events", large).status, 429);
  EXPECT_EQ(Post("/v1/events", Chunked(large, 10'000), {{"Transfer-Encoding", "chunked"}}).status,
            429);
  EXPECT_EQ(Post("/v1/events", Gzip(large), {{"Content-Encoding", "gzip"}}).status, 429);
  EXPECT_EQ(engine.seen().size(), 1u);
  engine.Release();
  EXPECT_EQ(first.Receive().status, 200);
  EXPECT_EQ(Post("/v1/events", large).status, 200);
  Await([&] { return Metrics().find("in_flight_bytes 0\n") != std::string::npos; });
}

TEST_F(OverloadTest, ConnectionsAboveTheCapAreRefused) {
  config.limits.connections = 3;
  Start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<TestClient>(server->port()));
    EXPECT_EQ(clients.back()->Ask("GET", "/healthz").status, 200);
  }
  TestClient refused(server->port());
  refused.Send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const TestResponse response = refused.Receive();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.code(), "too_many_connections");
  EXPECT_EQ(response.Field("retry-after"), "1");
  clients.pop_back();
  Await([&] { return Get("/healthz").status == 200; });
  EXPECT_THAT(Metrics(), HasSubstr("pagepulse_http_connections_refused_total "));
}

TEST_F(OverloadTest, ManyClientsAtOnceAreAllCounted) {
  Start();
  constexpr int kClients = 16, kRequests = 20, kLines = 37;
  std::vector<std::thread> threads;
  for (int c = 0; c < kClients; ++c) {
    threads.emplace_back([&, c] {
      TestClient client(server->port());
      for (int r = 0; r < kRequests; ++r) {
        const std::string body = ViewLines(kLines, (c * kRequests + r) * kLines);
        const bool zip = r % 3 == 0;
        const TestResponse response =
            client.Ask("POST", "/v1/events", zip ? Fields{{"Content-Encoding", "gzip"}} : Fields{},
                       zip ? Gzip(body) : body);
        EXPECT_EQ(response.status, 200);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(engine.counted(), uint64_t{kClients * kRequests * kLines});
}

}  // namespace
}  // namespace pagepulse
