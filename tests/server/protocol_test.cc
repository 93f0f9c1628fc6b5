// HTTP itself: framing, keep-alive, what is malformed, what is slow.

#include <fmt/format.h>

#include <thread>

#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using ProtocolTest = HttpTest;

TEST_F(ProtocolTest, AConnectionIsKept) {
  Start();
  TestClient client(server->port());
  for (int i = 0; i < 5; ++i) {
    const TestResponse response = client.Ask("POST", "/v1/events", {}, ViewLines(1, i));
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.keep_alive);
    EXPECT_EQ(client.Ask("GET", "/healthz").body, "ok\n");
  }
  EXPECT_FALSE(client.Ask("GET", "/healthz", {{"Connection", "close"}}).keep_alive);
  EXPECT_EQ(client.ReceiveAll(), "");
  EXPECT_THAT(Metrics(), HasSubstr("pagepulse_http_connections_total 1\n"));
}

TEST_F(ProtocolTest, Http10IsClosedUnlessItAsks) {
  Start();
  TestClient client(server->port());
  client.Send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(client.Receive().keep_alive);
  client.Send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.ReceiveAll(), StartsWith("HTTP/1.0 200 OK\r\n"));
}

TEST_F(ProtocolTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  TestClient client(server->port());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += RequestText("POST", "/v1/events", {}, ViewLines(i % 3, 100 * i));
    requests += RequestText("GET", fmt::format("/v1/jobs/{}", i), {}, "");
    requests += RequestText("POST", "/v1/events", {{"Transfer-Encoding", "chunked"}},
                            Chunked(ViewLines(2, 100 * i + 50), 30));
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.Receive().body, StartsWith(fmt::format("{{\"received\":{},", i % 3)));
    EXPECT_EQ(client.Receive().body, fmt::format("{{\"job\":\"{}\",\"files\":[]}}\n", i));
    EXPECT_THAT(client.Receive().body, StartsWith("{\"received\":2,\"accepted\":2,"));
  }
}

TEST_F(ProtocolTest, ARequestMayComeInAnyPieces) {
  Start();
  const std::string plain = RequestText("POST", "/v1/events", {}, ViewLines(2));
  const std::string chunked = RequestText("POST", "/v1/events", {{"Transfer-Encoding", "chunked"}},
                                          Chunked(ViewLines(2), 7));
  TestClient client(server->port());
  for (const std::string& text : {plain, chunked}) {
    for (const size_t step : {1, 3, 50}) {
      for (size_t at = 0; at < text.size(); at += step) {
        ASSERT_TRUE(client.Send(std::string_view(text).substr(at, step)));
        if (at % 64 == 0) std::this_thread::sleep_for(milliseconds(1));
      }
      EXPECT_THAT(client.Receive().body, StartsWith("{\"received\":2,"));
    }
  }
}

TEST_F(ProtocolTest, AChunkIsReadBeforeTheNextOneComes) {
  Start();
  TestClient client(server->port());
  client.Send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string lines = ViewLines(2);
  for (int i = 1; i <= 5; ++i) {
    client.Send(fmt::format("{:x}\r\n{}\r\n", lines.size(), lines));
    const std::string counted = fmt::format("body_bytes_total {}\n", i * lines.size());
    Await([&] { return Metrics().find(counted) != std::string::npos; });
  }
  client.Send("0\r\n\r\n");
  EXPECT_THAT(client.Receive().body, StartsWith("{\"received\":10,\"accepted\":2,"));
}

TEST_F(ProtocolTest, ChunkExtensionsAndTrailersAreReadOver) {
  Start();
  TestClient client(server->port());
  client.Send(RequestText("POST", "/v1/events", {{"Transfer-Encoding", "chunked"}},
                          "3;name=\"v\"\r\n{}\n\r\n0\r\nX-Trailer: t\r\n\r\n"));
  EXPECT_THAT(client.Receive().body, StartsWith("{\"received\":1,"));
  EXPECT_EQ(client.Ask("GET", "/healthz").status, 200);
}

TEST_F(ProtocolTest, ContinueIsSaidBeforeTheBody) {
  Start();
  TestClient client(server->port());
  const std::string body = ViewLines(1);
  client.Send(
      fmt::format("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                  "Content-Length: {}\r\n\r\n",
                  body.size()));
  EXPECT_EQ(client.Receive().status, 100);
  client.Send(body);
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_EQ(client.Ask("GET", "/healthz").status, 200);
}

TEST_F(ProtocolTest, ARefusalComesInsteadOfContinue) {
  Start();
  TestClient client(server->port());
  client.Send(
      "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 999999999\r\n\r\n");
  const TestResponse response = client.Receive();
  EXPECT_EQ(response.status, 413);
  EXPECT_FALSE(response.keep_alive);
  EXPECT_EQ(client.ReceiveAll(), "");
}

TEST_F(ProtocolTest, ASmallUnreadBodyDoesNotCostTheConnection) {
  Start();
  TestClient client(server->port());
  EXPECT_EQ(client.Ask("POST", "/nope", {}, std::string(60'000, 'x')).status, 404);
  EXPECT_EQ(client.Ask("POST", "/healthz", {}, "x").status, 405);
  EXPECT_EQ(client.Ask("GET", "/healthz").status, 200);
  EXPECT_FALSE(client.Ask("POST", "/nope", {}, std::string(200'000, 'x')).keep_alive);
}

TEST_F(ProtocolTest, HeadIsGetWithoutABody) {
  Start();
  TestClient client(server->port());
  const TestResponse get = client.Ask("GET", "/v1/pages");
  const TestResponse head = client.Ask("HEAD", "/v1/pages");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.Field("content-length"), std::to_string(get.body.size()));
  EXPECT_EQ(head.Field("content-type"), get.Field("content-type"));
  EXPECT_EQ(client.Ask("GET", "/healthz").status, 200);
}

TEST_F(ProtocolTest, UnknownRoutesAndMethodsSayWhatThereIs) {
  Start();
  const TestResponse unknown = Get("/v1/querry");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body,
            "{\"error\":{\"code\":\"unknown_route\",\"message\":\"there is nothing at "
            "`/v1/querry`\",\"hint\":\"did you mean `/v1/query`?\"}}\n");
  EXPECT_THAT(Get("/xyz-nothing-near").body, HasSubstr("/v1/events, "));
  const TestResponse wrong = Get("/v1/events");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.Field("allow"), "OPTIONS, POST");
  EXPECT_EQ(TestClient(server->port()).Ask("DELETE", "/v1/query").Field("allow"),
            "GET, HEAD, POST");
}

TEST_F(ProtocolTest, WhatIsNotHttpIs400) {
  Start();
  for (const char* text :
       {"nonsense\r\n\r\n", "GET / HTTP/7.0\r\n\r\n", "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"
        "\r\n\r\n"}) {
    TestClient client(server->port());
    client.Send(text);
    const TestResponse response = client.Receive();
    EXPECT_EQ(response.status, 400) << text;
    EXPECT_EQ(response.code(), "bad_request") << text;
    EXPECT_FALSE(response.keep_alive);
  }
  EXPECT_EQ(Get("/%zz").code(), "bad_url");
}

TEST_F(ProtocolTest, AHeaderAbove8KiBIs431) {
  Start();
  EXPECT_EQ(Get("/healthz", {{"X-Large", std::string(7000, 'x')}}).status, 200);
  const TestResponse response = Get("/healthz", {{"X-Large", std::string(9000, 'x')}});
  EXPECT_EQ(response.status, 431);
  EXPECT_EQ(response.code(), "header_too_large");
  EXPECT_EQ(Get("/" + std::string(100'000, 'x')).status, 431);
}

TEST_F(ProtocolTest, AnswersCarryWhatHttpWants) {
  Start();
  const TestResponse response = Get("/v1/pages");
  EXPECT_EQ(response.Field("server"), "pagepulse");
  EXPECT_EQ(response.Field("x-content-type-options"), "nosniff");
  EXPECT_EQ(response.Field("cache-control"), "no-store");
  EXPECT_THAT(response.Field("date"),
              ::testing::MatchesRegex("[A-Z][a-z]+, [0-9][0-9] [A-Z][a-z]+ [0-9]+ [0-9:]+ GMT"));
}

TEST_F(ProtocolTest, WhoSaysNothingIsClosed) {
  options.header_timeout = milliseconds(100);
  options.body_idle_timeout = milliseconds(100);
  Start();
  TestClient silent(server->port()), half(server->port()), stuck(server->port());
  half.Send("GET /heal");
  stuck.Send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(silent.ReceiveAll(), "");
  EXPECT_EQ(half.ReceiveAll(), "");
  EXPECT_EQ(stuck.ReceiveAll(), "");
  EXPECT_TRUE(engine.seen().empty());
  EXPECT_EQ(Get("/healthz").status, 200);
}

TEST_F(ProtocolTest, ABodyThatDripsIs408) {
  options.slow_body_grace = milliseconds(200);
  options.min_body_rate = 1'000'000;
  Start();
  TestClient client(server->port());
  client.Send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 60 && client.Send("x"); ++i) std::this_thread::sleep_for(milliseconds(10));
  const TestResponse response = client.Receive();
  EXPECT_EQ(response.status, 408);
  EXPECT_EQ(response.code(), "body_too_slow");
}

TEST_F(ProtocolTest, AClientThatGoesTakesNobodyWithIt) {
  Start();
  for (int i = 0; i < 50; ++i) {
    TestClient client(server->port());
    const std::string text = RequestText("POST", "/v1/events", {}, ViewLines(100));
    client.Send(std::string_view(text).substr(0, (i * 211) % text.size()));
    client.Close();
  }
  TestClient gone(server->port());
  gone.Send(RequestText("POST", "/v1/events", {}, ViewLines(3, 5000)));
  gone.Close();
  EXPECT_EQ(Get("/healthz").status, 200);
}

}  // namespace
}  // namespace pagepulse
