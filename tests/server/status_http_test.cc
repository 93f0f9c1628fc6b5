// /metrics, /healthz, /readyz, /v1/pages, /v1/posts.

#include <fmt/format.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::HasSubstr;

using StatusHttpTest = HttpTest;

TEST_F(StatusHttpTest, HealthIsTheStores) {
  Start();
  EXPECT_EQ(Get("/healthz").body, "ok\n");
  EXPECT_EQ(Get("/readyz").body, "ok\n");
  engine.is_healthy = false;
  EXPECT_EQ(Get("/healthz").status, 503);
  EXPECT_EQ(Get("/healthz").code(), "store_failed");
  EXPECT_EQ(Get("/readyz").status, 503);
}

TEST_F(StatusHttpTest, MetricsCountWhatHappened) {
  Start();
  TestClient client(server->port());
  for (int i = 0; i < 3; ++i) client.Ask("POST", "/v1/events", {}, ViewLines(10));
  client.Ask("POST", "/v1/events", {}, "[");
  client.Ask("GET", "/nope");
  const TestResponse response = client.Ask("GET", "/metrics");
  EXPECT_EQ(response.Field("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const std::string& line :
       {std::string("pagepulse_http_requests_total{route=\"/v1/events\",status=\"200\"} 3\n"),
        std::string("pagepulse_http_requests_total{route=\"/v1/events\",status=\"400\"} 1\n"),
        std::string("pagepulse_http_requests_total{route=\"other\",status=\"404\"} 1\n"),
        std::string("pagepulse_http_request_seconds_count{route=\"/v1/events\"} 4\n"),
        std::string("pagepulse_http_connections 1\n"),
        std::string("pagepulse_http_in_flight_bytes 0\n"),
        fmt::format("pagepulse_http_body_bytes_total {}\n", 3 * ViewLines(10).size() + 1)}) {
    EXPECT_THAT(response.body, HasSubstr(line));
  }
}

TEST_F(StatusHttpTest, ARefusedRequestIsLoggedWithItsCodeAndPath) {
  std::ostringstream log;
  const auto before = spdlog::default_logger();
  const auto logger = std::make_shared<spdlog::logger>(
      "captured", std::make_shared<spdlog::sinks::ostream_sink_mt>(log));
  logger->set_level(spdlog::level::info);
  spdlog::set_default_logger(logger);
  Start();
  Get("/v1/query?page=secret&metrcs=views");
  Get("/nope%20here?secret");
  Get("/healthz");
  server.reset();  // what is logged is logged
  spdlog::set_default_logger(before);
  EXPECT_THAT(log.str(), HasSubstr(" path=/v1/query status=400 code=unknown_key ms="));
  EXPECT_THAT(log.str(), HasSubstr(" path=\"/nope here\" status=404 code=unknown_route ms="));
  EXPECT_THAT(log.str(), ::testing::Not(HasSubstr("secret")));
  EXPECT_THAT(log.str(), ::testing::Not(HasSubstr("healthz")));
}

TEST_F(StatusHttpTest, PromtoolAcceptsTheMetrics) {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no promtool";
  Start();
  Post("/v1/events", ViewLines(10));
  Get("/nope");
  const std::string path = ::testing::TempDir() + fmt::format("/metrics_{}.txt", getpid());
  std::ofstream(path) << Get("/metrics").body;
  EXPECT_EQ(std::system(fmt::format("promtool check metrics < {}", path).c_str()), 0);
  std::remove(path.c_str());
}

TEST_F(StatusHttpTest, PagesAreListedByName) {
  config.pages[FakeEngine::kPage].name = "T\u00e2n \u0110\u1ecbnh";
  Start();
  EXPECT_EQ(Get("/v1/pages").body,
            "{\"pages\":[{\"page\":\"p2\",\"name\":\"p2\",\"tz\":\"Asia/Ho_Chi_Minh\"},"
            "{\"page\":\"tan-dinh\",\"name\":\"T\u00e2n \u0110\u1ecbnh\",\"tz\":"
            "\"Asia/Ho_Chi_Minh\"}],\"meta\":{\"matching\":2,\"truncated\":false}}\n");
  EXPECT_EQ(Get("/v1/pages?search=P2").body,
            "{\"pages\":[{\"page\":\"p2\",\"name\":\"p2\",\"tz\":\"Asia/Ho_Chi_Minh\"}],"
            "\"meta\":{\"matching\":1,\"truncated\":false}}\n");
  for (const char* search : {"dinh", "T%C3%82N+%C4%90%E1%BB%8ANH", "tan%20d"}) {
    EXPECT_THAT(Get(std::string("/v1/pages?search=") + search).body, HasSubstr("\"matching\":1,"))
        << search;
  }
  EXPECT_THAT(Get("/v1/pages?limit=1").body,
              HasSubstr("\"meta\":{\"matching\":2,\"truncated\":true}"));
  EXPECT_EQ(Get("/v1/pages?limit=0").code(), "bad_limit");
  EXPECT_EQ(Get("/v1/pages?serch=x").code(), "unknown_key");
}

TEST_F(StatusHttpTest, PagesHaveTheDaysOfTheirEvents) {
  Start();
  // Days of the page's zone: the last one is 23:30 UTC.
  ASSERT_EQ(
      Post("/v1/events", R"({"ts":"2025-11-20T09:00:00Z","page":"tan-dinh","type":"view"})"
                         "\n"
                         R"({"ts":"2025-07-01T00:10:00+07:00","page":"tan-dinh","type":"view"})"
                         "\n"
                         R"({"ts":"2025-11-18T23:30:00Z","page":"p2","type":"view"})")
          .status,
      200);
  const std::string body = Get("/v1/pages").body;
  EXPECT_THAT(body, HasSubstr(R"("first":"2025-11-19","last":"2025-11-19"},{"page":"tan-dinh")"));
  EXPECT_THAT(body, HasSubstr(R"("first":"2025-07-01","last":"2025-11-20"}])"));
}

TEST_F(StatusHttpTest, PostsAreListedNewestFirst) {
  engine.posts = {{"a", "First", "https://example.org/a", 1'763'600'000'000},
                  {"b", "", "", 0},
                  {"c", "Say \"hi\"", "", 1'763'610'000'000}};
  Start();
  EXPECT_EQ(
      Get("/v1/posts?page=tan-dinh").body,
      "{\"page\":\"tan-dinh\",\"posts\":["
      "{\"post\":\"c\",\"title\":\"Say \\\"hi\\\"\",\"published\":\"2025-11-20T10:40:00+07:00\"},"
      "{\"post\":\"a\",\"title\":\"First\",\"link\":\"https://example.org/a\",\"published\":"
      "\"2025-11-20T07:53:20+07:00\"},{\"post\":\"b\"}],"
      "\"meta\":{\"matching\":3,\"truncated\":false}}\n");
  EXPECT_THAT(Get("/v1/posts?page=tan-dinh&search=first").body, HasSubstr("\"matching\":1,"));
  EXPECT_EQ(Get("/v1/posts").code(), "missing_page");
  const TestResponse unknown = Get("/v1/posts?page=tan-din");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("did you mean `tan-dinh`?"));
}

}  // namespace
}  // namespace pagepulse
