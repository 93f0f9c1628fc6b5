// Start and Stop.

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using std::chrono::milliseconds;

using ShutdownTest = HttpTest;

TEST_F(ShutdownTest, RequestsInFlightAreAnswered) {
  Start();
  engine.Hold();
  TestClient waiting(server->port()), idle(server->port()), reading(server->port());
  EXPECT_EQ(idle.Ask("GET", "/healthz").status, 200);
  waiting.Send(RequestText("POST", "/v1/events", {}, ViewLines(4)));
  const std::string body = ViewLines(2, 100);
  reading.Send(fmt::format(
      "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.size()));
  reading.Send(body.substr(0, 10));
  Await([&] { return engine.held() == 1; });
  Await([&] {
    return Metrics().find(fmt::format("body_bytes_total {}\n", ViewLines(4).size() + 10)) !=
           std::string::npos;
  });

  const uint16_t port = server->port();
  std::thread stopper([&] { server->Stop(); });
  EXPECT_EQ(idle.ReceiveAll(), "") << "an idle connection is closed";
  Await([&] {
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket socket(io);
    boost::system::error_code error;
    socket.connect({boost::asio::ip::address_v4::loopback(), port}, error);
    return bool{error};
  });
  reading.Send(body.substr(10));
  Await([&] { return engine.held() == 2; });
  engine.Release();
  const TestResponse first = waiting.Receive(), second = reading.Receive();
  EXPECT_EQ(first.status, 200);
  EXPECT_FALSE(first.keep_alive);
  EXPECT_EQ(second.status, 200);
  waiting.Close();
  reading.Close();
  stopper.join();
  EXPECT_EQ(engine.counted(), 6u);
}

TEST_F(ShutdownTest, TheDeadlineClosesWhoDoesNotFinish) {
  options.stop_deadline = milliseconds(100);
  Start();
  TestClient stuck(server->port());
  stuck.Send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
  Await([&] { return Metrics().find("body_bytes_total 3\n") != std::string::npos; });
  server->Stop();
  EXPECT_EQ(stuck.ReceiveAll(), "");
  EXPECT_TRUE(engine.seen().empty());
}

TEST_F(ShutdownTest, WhatTheEngineHoldsIsWaitedForBeyondTheDeadline) {
  options.stop_deadline = milliseconds(50);
  Start();
  engine.Hold();
  TestClient client(server->port());
  client.Send(RequestText("POST", "/v1/events", {}, ViewLines(1)));
  Await([&] { return engine.held() == 1; });
  std::thread releaser([&] {
    std::this_thread::sleep_for(milliseconds(300));
    engine.Release();
  });
  server->Stop();
  EXPECT_EQ(engine.counted(), 1u);
  releaser.join();
}

TEST_F(ShutdownTest, StopAndDestructionAreIdempotent) {
  Start();
  EXPECT_EQ(server->url(), fmt::format("http://127.0.0.1:{}", server->port()));
  server->Stop();
  server->Stop();
  server.reset();
  Server never_started(config, &engine, &registry, options);
}

TEST_F(ShutdownTest, ABusyPortIsSaid) {
  Start();
  Config same = config;
  same.listen_port = server->port();
  Server second(same, &engine, &registry, options);
  const absl::Status status = second.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorCode(status), "cannot_listen");
}

TEST_F(ShutdownTest, AnOpenListenerWithoutTokensDoesNotStart) {
  config.listen_address = "0.0.0.0";
  Server open(config, &engine, &registry, options);
  EXPECT_EQ(ErrorCode(open.Start()), "open_listener");
}

}  // namespace
}  // namespace pagepulse
