// Scripts of sites in browsers, over a real socket: what a browser asks first, and what it lets a
// script read.

#include "absl/strings/escaping.h"
#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::HasSubstr;

constexpr char kToken[] = "phc_0123456789abcdef";
constexpr char kSite[] = "https://tan-dinh.example", kOther[] = "https://other.example";
constexpr char kAllowOrigin[] = "access-control-allow-origin";

std::string View(const std::string& id) {
  return R"({"type":"page","messageId":")" + id +
         R"(","timestamp":"2025-11-20T09:00:00Z","anonymousId":"a","writeKey":")" + kToken + "\"}";
}

class CorsTest : public HttpTest {
 protected:
  void StartWith(std::vector<std::string> origins) {
    AddToken(kToken, "web", {FakeEngine::kPage}, kVerbIngest);
    config.browsers.origins = std::move(origins);
    Start();
  }

  // As a browser asks: without the token, which is among the fields it asks for.
  TestResponse Preflight(std::string_view target, const std::string& origin,
                         const std::string& fields = "authorization,content-type") {
    return TestClient(server->port())
        .Ask("OPTIONS", target,
             {{"Origin", origin},
              {"Access-Control-Request-Method", "POST"},
              {"Access-Control-Request-Headers", fields}});
  }
};

constexpr const char* kRoutesOfClients[] = {
    "/batch/",    "/capture/", "/e/?ip=0&ver=1.4",
    "/i/v0/e/",   "/v1/batch", "/v1/b",
    "/v1/track",  "/v1/page",  "/v1/screen",
    "/v1/group",  "/v1/alias", "/v1/identify",
    "/v1/t",      "/v1/p",     "/v1/s",
    "/v1/i",      "/v1/g",     "/v1/a",
    "/v1/events",
};

TEST_F(CorsTest, AListedSiteIsToldWhatItMaySend) {
  StartWith({"https://second.example", kSite});
  for (const char* route : kRoutesOfClients) {
    const TestResponse response = Preflight(route, kSite);
    EXPECT_EQ(response.status, 204) << route;
    EXPECT_EQ(response.Field(kAllowOrigin), kSite) << route;
    EXPECT_EQ(response.Field("access-control-allow-methods"), "POST");
    EXPECT_EQ(response.Field("access-control-allow-headers"), "authorization,content-type");
    EXPECT_EQ(response.Field("access-control-max-age"), "7200");
    EXPECT_EQ(response.Field("vary"), "Origin");
    EXPECT_EQ(response.Field("content-length"), "") << "of 204";
    EXPECT_TRUE(response.keep_alive);
  }
  EXPECT_EQ(Preflight("/v1/events", "https://second.example").Field(kAllowOrigin),
            "https://second.example");
}

TEST_F(CorsTest, AnotherSiteIsNot) {
  StartWith({kSite});
  for (const char* origin : {kOther, "http://tan-dinh.example", "https://tan-dinh.example:8443",
                             "https://tan-dinh.example.evil.example", "null", "*"}) {
    const TestResponse response = Preflight("/v1/t", origin);
    EXPECT_EQ(response.status, 403) << origin;
    EXPECT_EQ(response.code(), "forbidden_origin");
    EXPECT_THAT(response.body, HasSubstr("`origins` of [browsers]"));
    EXPECT_EQ(response.Field(kAllowOrigin), "");
    EXPECT_EQ(response.Field("vary"), "Origin");
  }
}

TEST_F(CorsTest, NoSiteIsUnlessListed) {
  StartWith({});
  EXPECT_EQ(Preflight("/e/", kSite).code(), "forbidden_origin");
  const TestResponse sent = Post("/v1/t", View("m1"), {{"Origin", kSite}});
  EXPECT_EQ(sent.status, 200) << "it is the token that says who may send";
  EXPECT_EQ(sent.Field(kAllowOrigin), "");
  EXPECT_EQ(sent.Field("vary"), "");
}

TEST_F(CorsTest, NorIsWhatIsNotForClients) {
  StartWith({kSite});
  for (const char* route : {"/v1/query", "/v1/pages", "/v1/live", "/v1/jobs", "/v1/rejected",
                            "/hooks/zalo", "/metrics", "/"}) {
    const TestResponse response = Preflight(route, kSite);
    EXPECT_EQ(response.status, 405) << route;
    EXPECT_EQ(response.Field(kAllowOrigin), "");
  }
  EXPECT_EQ(Get("/healthz", {{"Origin", kSite}}).Field(kAllowOrigin), "");
}

TEST_F(CorsTest, AllSitesAreWithAStar) {
  StartWith({"*"});
  const TestResponse response = Preflight("/v1/batch", kOther);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.Field(kAllowOrigin), "*");
  EXPECT_EQ(response.Field("vary"), "");
}

TEST_F(CorsTest, WhoIsNoBrowserLearnsTheMethods) {
  StartWith({kSite});
  const TestResponse response = TestClient(server->port()).Ask("OPTIONS", "/v1/events");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.Field("allow"), "OPTIONS, POST");
  EXPECT_EQ(response.Field("access-control-allow-methods"), "");
  EXPECT_EQ(Get("/v1/events").Field("allow"), "OPTIONS, POST");
}

// As the vendors' scripts in a browser send them: one call a request, the key in it or in a header.
TEST_F(CorsTest, TheirScriptsAreCountedAndReadTheAnswer) {
  StartWith({kSite});
  const std::string basic = "Basic " + absl::Base64Escape(std::string(kToken) + ":");
  int id = 0;
  for (const char* route : {"/v1/t", "/v1/p", "/v1/s", "/v1/track", "/v1/page", "/v1/screen"}) {
    const TestResponse response =
        Post(route, View(std::to_string(++id)),
             {{"Origin", kSite}, {"Content-Type", "text/plain"}, {"Authorization", basic}});
    EXPECT_EQ(response.body, R"({"success":true})") << route;
    EXPECT_EQ(response.Field(kAllowOrigin), kSite);
    EXPECT_EQ(response.Field("access-control-expose-headers"), "Retry-After");
  }
  EXPECT_EQ(engine.counted(), 6u);
  for (const char* route : {"/v1/i", "/v1/g", "/v1/a", "/v1/identify", "/v1/group", "/v1/alias"}) {
    const std::string call =
        std::string(R"({"type":"identify","userId":"u","writeKey":")") + kToken + "\"}";
    EXPECT_EQ(Post(route, call, {{"Origin", kSite}}).status, 200) << route;
  }
  const std::string batch = R"({"batch":[)" + View("7") + "," + View("8") +
                            R"(],"sentAt":"2025-11-20T09:00:01Z","writeKey":")" + kToken + "\"}";
  EXPECT_EQ(Post("/v1/b", batch, {{"Origin", kSite}}).status, 200);
  EXPECT_EQ(engine.counted(), 8u);
  const std::string posthog = std::string(R"({"token":")") + kToken +
                              R"(","event":"$pageview","uuid":"ph1","distinct_id":"a",)"
                              R"("timestamp":"2025-11-20T09:00:00Z"})";
  const TestResponse gzip = Post("/e/?ip=0&ver=1.4&_=1", Gzip(posthog),
                                 {{"Origin", kSite}, {"Content-Type", "text/plain"}});
  EXPECT_EQ(gzip.body, R"({"status":"Ok"})");
  EXPECT_EQ(gzip.Field(kAllowOrigin), kSite);
  EXPECT_EQ(engine.counted(), 9u);
}

TEST_F(CorsTest, AScriptReadsItsErrorsToo) {
  StartWith({kSite});
  const TestResponse unknown = Post("/v1/events", ViewLines(1), {{"Origin", kSite}});
  EXPECT_EQ(unknown.code(), "token_needed");
  EXPECT_EQ(unknown.Field(kAllowOrigin), kSite);
  EXPECT_EQ(Post("/v1/events", ViewLines(1), {{"Origin", kOther}}).Field(kAllowOrigin), "");
}

}  // namespace
}  // namespace pagepulse
