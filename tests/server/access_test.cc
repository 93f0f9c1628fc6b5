// Who may do what, over a real socket.

#include <fmt/format.h>

#include "server/parse_pipeline.h"
#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class AccessTest : public HttpTest {
 protected:
  AccessTest() {
    AddToken("token-that-ingests", "writer", {FakeEngine::kPage}, kVerbIngest);
    AddToken("token-that-queries", "reader", {FakeEngine::kPage, "no-such"}, kVerbQuery);
    AddToken("token-that-does-all", "owner", {"*"}, kVerbIngest | kVerbQuery);
  }

  static Fields Bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }
};

constexpr char kQuery[] = "/v1/query?page=tan-dinh&metrics=views&from=2025-11-20&to=2025-11-20";

constexpr char kReconcile[] =
    "/v1/reconcile?page=tan-dinh&metrics=views&from=2025-11-20&to=2025-11-20";

constexpr char kLive[] = "/v1/live?page=tan-dinh&metrics=views&from=2025-11-20&to=2025-11-20";

TEST(ForbiddenPages, FiguresAndPostsAreTheirPagesToo) {
  Grant grant;
  grant.all_pages = false;
  grant.pages = {"a"};
  EventBatch batch;
  batch.figures = {{.page = "b", .metric = "views", .line = 4},
                   {.page = "a", .metric = "views", .line = 5},
                   {.page = "b", .metric = "reach", .line = 6}};
  batch.rejections = {{.line = 2, .code = RejectCode::kBadRow},
                      {.line = 5, .code = RejectCode::kBadValue}};
  batch.posts = {{.page = "a", .post = "x"}, {.page = "b", .post = "y"}};
  RejectForbiddenPages(grant, &batch);
  ASSERT_EQ(batch.figures.size(), 1u);
  EXPECT_EQ(batch.figures[0].line, 5u);
  EXPECT_EQ(batch.posts.size(), 1u);
  std::vector<std::pair<uint32_t, RejectCode>> rejected;
  for (const Rejection& r : batch.rejections) rejected.emplace_back(r.line, r.code);
  EXPECT_THAT(
      rejected,
      ElementsAre(std::pair(2u, RejectCode::kBadRow), std::pair(4u, RejectCode::kForbiddenPage),
                  std::pair(5u, RejectCode::kBadValue), std::pair(6u, RejectCode::kForbiddenPage)));
}

// A key that stands in a page's source may not say what a platform counts.
TEST_F(AccessTest, OnlyWhoMayReportSaysWhatPlatformsCount) {
  AddToken("token-that-reports", "reporter", {FakeEngine::kPage}, kVerbIngest | kVerbReport);
  Start();
  constexpr char kTarget[] = "/v1/events?format=graph-insights";
  constexpr char kInsight[] =
      R"({"data":[{"name":"page_media_view","period":"day","id":"tan-dinh/insights/page_media_view/day",)"
      R"("values":[{"value":5,"end_time":"2025-11-19T08:00:00+0000"}]}]})";
  const TestResponse refused = Post(kTarget, kInsight, Bearer("token-that-ingests"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "forbidden_verb");
  EXPECT_THAT(refused.body, HasSubstr("both ingest and report"));
  EXPECT_TRUE(engine.seen().empty());
  EXPECT_EQ(Post(kTarget, kInsight, Bearer("token-that-reports")).status, 200);
  EXPECT_EQ(engine.seen().size(), 1u);
}

TEST_F(HttpTest, AnImportIsTheSameWithoutAJob) {
  Start();
  constexpr char kInsight[] = R"({"data":[{"name":"page_media_view","period":"day",)"
                              R"("values":[{"value":5,"end_time":"2025-11-19T08:00:00+0000"}]}]})";
  const auto post = [&](const Fields& fields) {
    return Post("/v1/events?format=graph-insights", kInsight, fields);
  };
  EXPECT_THAT(post({}).body, HasSubstr("missing_page"));
  EXPECT_EQ(post({{"Pagepulse-Page", "tan-dinh"}}).status, 200);
  EXPECT_THAT(post({{"Pagepulse-Page", "tan-dinh"}}).body, Not(HasSubstr("missing_page")));
  const TestResponse zone = post({{"Pagepulse-Page", "tan-dinh"}, {"Pagepulse-Tz", "Moon/Sea"}});
  EXPECT_EQ(zone.status, 400);
  EXPECT_EQ(zone.code(), "unknown_zone");
}

TEST_F(AccessTest, EveryRouteAsksForItsVerb) {
  Start();
  const struct {
    const char* method;
    const char* target;
    int nobody, writer, reader, owner;
  } cases[] = {
      {"POST", "/v1/events", 401, 200, 403, 200},
      {"GET", "/v1/jobs", 401, 200, 403, 200},
      {"GET", "/v1/jobs/x", 401, 200, 403, 200},
      {"POST", "/v1/jobs/x/undo", 401, 404, 403, 404},
      {"GET", "/v1/rejected", 401, 403, 403, 200},
      {"GET", kQuery, 401, 403, 200, 200},
      {"GET", kReconcile, 401, 403, 200, 200},
      {"HEAD", kLive, 401, 403, 200, 200},
      {"GET", "/v1/pages", 401, 403, 200, 200},
      {"GET", "/v1/posts?page=tan-dinh", 401, 403, 200, 200},
      {"GET", "/metrics", 401, 403, 403, 200},
      {"GET", "/healthz", 200, 200, 200, 200},
      {"GET", "/readyz", 200, 200, 200, 200},
      {"GET", "/nope", 404, 404, 404, 404},
      {"GET", "/hooks/facebook", 403, 403, 403, 403},
      {"POST", "/hooks/zalo", 403, 403, 403, 403},
      {"GET", "/zalo_verifierX.html", 404, 404, 404, 404},
  };
  for (const auto& c : cases) {
    TestClient client(server->port());
    EXPECT_EQ(client.Ask(c.method, c.target).status, c.nobody) << c.target;
    EXPECT_EQ(client.Ask(c.method, c.target, Bearer("token-that-ingests")).status, c.writer)
        << c.target;
    EXPECT_EQ(client.Ask(c.method, c.target, Bearer("token-that-queries")).status, c.reader)
        << c.target;
    EXPECT_EQ(client.Ask(c.method, c.target, Bearer("token-that-does-all")).status, c.owner)
        << c.target;
  }
}

TEST_F(AccessTest, A401SaysHow) {
  Start();
  const TestResponse response = Get("/v1/pages");
  EXPECT_EQ(response.code(), "token_needed");
  EXPECT_THAT(response.Field("www-authenticate"), HasSubstr("Bearer"));
  EXPECT_EQ(Get("/v1/pages", Bearer("wrong")).code(), "unknown_token");
}

TEST_F(AccessTest, EventsOfOtherPagesAreRejectedOneByOne) {
  Start();
  const std::string body = ViewLines(1, 0) + ViewLines(2, 10, FakeEngine::kOtherPage) + "{\n" +
                           ViewLines(1, 1) + ViewLines(1, 20, "third");
  const TestResponse response = Post("/v1/events", body, Bearer("token-that-ingests"));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body,
              HasSubstr("{\"received\":6,\"accepted\":2,\"duplicate\":0,\"rejected\":4,"));
  size_t at = 0;
  for (const char* error :
       {R"({"line":2,"code":"forbidden_page")", R"({"line":3,"code":"forbidden)",
        R"({"line":4,"code":"bad_json")", R"({"line":6,"code":"forbidden)"}) {
    const size_t found = response.body.find(error, at);
    ASSERT_NE(found, std::string::npos) << error << response.body;
    at = found;
  }
  const auto seen = engine.seen();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_THAT(seen[0].pages, ElementsAre("tan-dinh", "tan-dinh"));
  EXPECT_EQ(seen[0].token, "writer");
}

TEST_F(AccessTest, AKeyBelongsToItsToken) {
  Start();
  Fields writer = Bearer("token-that-ingests"), owner = Bearer("token-that-does-all");
  writer.emplace_back("Idempotency-Key", "same");
  owner.emplace_back("Idempotency-Key", "same");
  EXPECT_EQ(Post("/v1/events", ViewLines(1), writer).status, 200);
  EXPECT_EQ(Post("/v1/events", ViewLines(2), owner).status, 200);
  const auto seen = engine.seen();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_NE(seen[0].key->key, seen[1].key->key);
}

TEST_F(AccessTest, WhatShowsAllPagesNeedsATokenForAllPages) {
  Start();
  EXPECT_EQ(Get("/metrics", Bearer("token-that-queries")).code(), "forbidden");
  EXPECT_EQ(Get("/v1/rejected", Bearer("token-that-ingests")).code(), "forbidden");
  EXPECT_EQ(Get("/v1/rejected", Bearer("token-that-does-all")).body, "{\"rejected\":[]}\n");
}

TEST_F(AccessTest, ARejectedLineSaysWhoseItWas) {
  Start();
  const std::string later = R"({"ts":"2035-01-01T00:00:00Z","page":"tan-dinh","type":"view"})";
  Post("/v1/events", "{\n" + later + "\n" + ViewLines(1, 0, FakeEngine::kOtherPage),
       Bearer("token-that-ingests"));
  Post("/batch", R"({"batch":[{"event":"$pageview","timestamp":"x","distinct_id":"a"}]})",
       Bearer("token-that-ingests"));
  const std::string body = Get("/v1/rejected", Bearer("token-that-does-all")).body;
  size_t at = 0;
  for (const char* said :
       {R"("code":"bad_json","message":")", R"("format":"native","token":"writer"})",
        R"("code":"future")", R"("format":"native","token":"writer","page":"tan-dinh"})",
        R"("code":"forbidden_page")", R"("token":"writer","page":"p2"})", R"("code":"bad_ts")",
        R"("format":"posthog","token":"writer","page":"tan-dinh"})"}) {
    const size_t found = body.find(said, at);
    ASSERT_NE(found, std::string::npos) << said << "\n" << body;
    at = found;
  }
}

TEST_F(AccessTest, AJobBelongsToItsToken) {
  AddToken("token-of-another", "other", {FakeEngine::kPage}, kVerbIngest);
  Start();
  const auto step = [&](const std::string& token, const std::string& job) {
    Fields fields = Bearer(token);
    const std::string body = ViewLines(1);
    for (const auto& [name, value] : Fields{{"Job", job},
                                            {"File", "00112233445566778899aabbccddeeff"},
                                            {"From", "0"},
                                            {"To", std::to_string(body.size())},
                                            {"Digest-From", "0000000000000000000000000000000a"},
                                            {"Digest", "f000000000000000000000000000000b"},
                                            {"Lines", "1"}}) {
      fields.emplace_back("Pagepulse-" + name, value);
    }
    return Post("/v1/events", body, fields).status;
  };
  const auto files = [&](const std::string& token, const std::string& job) {
    const std::string body = Get("/v1/jobs/" + job, Bearer(token)).body;
    return body.substr(body.find("\"files\""));
  };
  const std::string none = "\"files\":[]}\n";
  EXPECT_EQ(step("token-that-ingests", "j"), 200);
  EXPECT_EQ(step("token-that-ingests", "j"), 409);
  EXPECT_NE(files("token-that-ingests", "j"), none);
  EXPECT_THAT(Get("/v1/jobs/j", Bearer("token-that-ingests")).body,
              ::testing::StartsWith("{\"job\":\"j\","));
  // Neither read nor moved by another, however it is spelt.
  for (const std::string job : {"j", "writer%1Fj", "%1Fj"}) {
    EXPECT_EQ(files("token-of-another", job), none) << job;
    EXPECT_EQ(step("token-of-another", job), 200) << job;
  }
  // Nor listed to another, nor undone.
  const auto list = [&](const std::string& token) { return Get("/v1/jobs", Bearer(token)).body; };
  EXPECT_THAT(list("token-that-ingests"), HasSubstr("{\"jobs\":[{\"job\":\"j\",\"files\":1,"));
  EXPECT_THAT(list("token-that-ingests"), ::testing::Not(HasSubstr("},")));
  EXPECT_THAT(list("token-that-does-all"), HasSubstr("{\"job\":\"other\\u001fj\",\"files\":1,"));
  EXPECT_THAT(list("token-that-does-all"), HasSubstr("{\"job\":\"writer\\u001fj\",\"files\":1,"));
  EXPECT_EQ(step("token-that-ingests", "january"), 200);
  EXPECT_EQ(step("token-of-another", "february"), 200);
  const auto undo = [&](const char* job) {
    return Post(fmt::format("/v1/jobs/{}/undo", job), "", Bearer("token-that-ingests"));
  };
  EXPECT_EQ(undo("other").code(), "unknown_job");
  EXPECT_THAT(undo("januar").body, HasSubstr("did you mean `january`?"));
  EXPECT_THAT(undo("februar").body, Not(HasSubstr("did you mean")));  // is another token's
  EXPECT_EQ(Post("/v1/jobs/other", "", Bearer("token-that-ingests")).code(), "unknown_route");
  EXPECT_EQ(Post("/v1/jobs//undo", "", Bearer("token-that-ingests")).code(), "unknown_route");
  const TestResponse undone = Post("/v1/jobs/j/undo", "", Bearer("token-of-another"));
  EXPECT_THAT(undone.body, HasSubstr("{\"job\":\"j\",\"done\":true,"));
  EXPECT_EQ(files("token-of-another", "j"), none);
  EXPECT_NE(files("token-that-ingests", "j"), none) << "it is another's";
  // Who may do everything sees the engine's names.
  EXPECT_EQ(files("token-that-does-all", "j"), none);
  EXPECT_NE(files("token-that-does-all", "writer%1Fj"), none);
  EXPECT_EQ(step("token-that-does-all", "j"), 200);
  const auto seen = engine.seen();
  EXPECT_EQ(seen.front().job->job, "writer\x1fj");
  EXPECT_EQ(seen.back().job->job, "j");
}

TEST_F(AccessTest, QueriesSeeTheTokensPagesAlone) {
  Start();
  Post("/v1/events", ViewLines(3) + ViewLines(4, 100, FakeEngine::kOtherPage),
       Bearer("token-that-does-all"));
  const auto ask = [&](const std::string& page, const std::string& token) {
    return Get(fmt::format("/v1/query?page={}&metrics=views&from=2025-11-20&to=2025-11-20", page),
               Bearer(token));
  };
  EXPECT_THAT(ask("*", "token-that-does-all").body, HasSubstr("\"views\":7"));
  EXPECT_THAT(ask("*", "token-that-queries").body, HasSubstr("\"views\":3"));
  EXPECT_THAT(ask("tan-dinh", "token-that-queries").body, HasSubstr("\"views\":3"));
  // Whether a page that it may not see exists is nobody's business.
  const TestResponse there = ask("p2", "token-that-queries");
  const TestResponse absent = ask("p3", "token-that-queries");
  EXPECT_EQ(there.status, 403);
  EXPECT_EQ(absent.status, 403);
  EXPECT_EQ(there.code(), absent.code());
  EXPECT_EQ(ask("no-such", "token-that-queries").status, 403);
  EXPECT_THAT(Get("/v1/pages", Bearer("token-that-queries")).body, ::testing::Not(HasSubstr("p2")));
  EXPECT_EQ(Get("/v1/posts?page=p2", Bearer("token-that-queries")).status, 404);
}

TestResponse AskHost(uint16_t port, const std::string& host, const std::string& target) {
  TestClient client(port);
  client.Send(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", target, host));
  return client.Receive();
}

TEST_F(HttpTest, WithoutTokensOnlyLoopbackNamesAreAnswered) {
  config.facebook.verify_tokens = {"v"};
  Start();
  for (const char* host : {"localhost", "localhost:9", "127.0.0.1:8080", "[::1]:8080"}) {
    EXPECT_EQ(AskHost(server->port(), host, "/v1/pages").status, 200) << host;
  }
  for (const char* host : {"rebound.example.org", "rebound.example.org:8080", "192.168.1.2"}) {
    for (const char* target : {"/v1/pages", "/metrics", kQuery}) {
      const TestResponse response = AskHost(server->port(), host, target);
      EXPECT_EQ(response.status, 403) << host << target;
      EXPECT_EQ(response.code(), "bad_host") << host << target;
    }
    EXPECT_EQ(AskHost(server->port(), host, "/healthz").status, 200);
  }
  // The platform comes through a proxy, and is known by what it sends.
  EXPECT_EQ(AskHost(server->port(), "hooks.example.org",
                    "/hooks/facebook?hub.mode=subscribe&hub.verify_token=v&hub.challenge=7")
                .body,
            "7");
  EXPECT_EQ(AskHost(server->port(), "hooks.example.org", "/zalo_verifierX.html").status, 404);
}

TEST_F(AccessTest, WithTokensAnyHostWillDo) {
  Start();
  EXPECT_EQ(AskHost(server->port(), "pulse.example.org\r\nAuthorization: Bearer token-that-queries",
                    "/v1/pages")
                .status,
            200);
}

TEST_F(HttpTest, WithoutTokensAnotherSitesPageMayNotWrite) {
  Start();
  EXPECT_EQ(Post("/v1/events", ViewLines(1), {{"Origin", "https://example.org"}}).code(),
            "cross_origin");
  EXPECT_TRUE(engine.seen().empty());
  EXPECT_EQ(Post("/v1/events", ViewLines(1), {{"Origin", "http://localhost"}}).status, 200);
}

}  // namespace
}  // namespace pagepulse
