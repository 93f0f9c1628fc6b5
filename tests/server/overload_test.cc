// More than can be counted: what waits, what is refused, and that nothing refused was counted.

#include <fmt/format.h>

#include <atomic>
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

// Webhooks' size, over more connections than threads, while others die in every part of a request:
// what was answered was counted once, and of the rest each body as a whole or not at all.
TEST_F(OverloadTest, SmallBodiesAmongClientsThatDie) {
  Start();
  constexpr int kClients = 100, kThreads = 4, kRounds = 10, kLines = 5, kDying = 300;
  std::atomic<int> first_id{0};
  const auto body = [&] { return ViewLines(kLines, first_id.fetch_add(kLines)); };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      std::vector<std::unique_ptr<TestClient>> clients;
      for (int c = 0; c < kClients / kThreads; ++c) {
        clients.push_back(std::make_unique<TestClient>(server->port()));
      }
      for (int r = 0; r < kRounds; ++r) {
        for (auto& client : clients) client->Send(RequestText("POST", "/v1/events", {}, body()));
        for (auto& client : clients) EXPECT_EQ(client->Receive().status, 200);
      }
    });
  }
  int whole = 0;
  for (int i = 0; i < kDying; ++i) {
    TestClient client(server->port());
    const std::string text = RequestText("POST", "/v1/events", {}, body());
    const size_t cut = i % 4 == 0 ? text.size() : (i * 37) % text.size();
    whole += cut == text.size();
    client.Send(std::string_view(text).substr(0, cut));
    client.Reset();
  }
  for (std::thread& thread : threads) thread.join();
  Await([&] { return Metrics().find("http_connections 0\n") != std::string::npos; });
  EXPECT_THAT(Metrics(), HasSubstr("in_flight_bytes 0\n"));
  constexpr uint64_t kAnswered = uint64_t{kClients} * kRounds * kLines;
  EXPECT_GE(engine.counted(), kAnswered);
  EXPECT_LE(engine.counted(), kAnswered + whole * kLines);
  EXPECT_EQ(engine.counted() % kLines, 0u);
}

// Answers come from the engine while their clients are gone, and the server while they come.
TEST_F(OverloadTest, ManyDieWhileTheEngineHasTheirBodies) {
  Start();
  engine.Hold();
  constexpr size_t kClients = 60;
  std::vector<std::unique_ptr<TestClient>> clients;
  for (size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<TestClient>(server->port()));
    clients.back()->Send(
        RequestText("POST", "/v1/events", {}, ViewLines(2, 2 * static_cast<int>(i))));
  }
  Await([&] { return engine.held() == kClients; });
  for (size_t i = 0; i < kClients; i += 2) clients[i]->Reset();
  std::thread stopper([&] { server->Stop(); });
  engine.Release();
  for (size_t i = 1; i < kClients; i += 2) EXPECT_EQ(clients[i]->Receive().status, 200);
  clients.clear();
  stopper.join();
  EXPECT_EQ(engine.counted(), 2 * kClients);
}

}  // namespace
}  // namespace pagepulse
