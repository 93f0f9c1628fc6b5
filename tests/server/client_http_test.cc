// What clients of other systems send, over a real socket; what it counts as is tested in
// tests/ingest.

#include "absl/strings/escaping.h"
#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "phc_0123456789abcdef";

// HttpTest's clock stands on this day.
std::string PosthogBatch(const std::string& key, int events) {
  std::string body = "{\"api_key\":\"" + key + "\",\"batch\":[";
  for (int i = 0; i < events; ++i) {
    if (i > 0) body += ',';
    body +=
        R"({"event":"$pageview","timestamp":"2025-11-20T09:00:00Z","distinct_id":"u","uuid":")" +
        std::to_string(i) + R"(","properties":{}})";
  }
  return body + "]}";
}

std::string SegmentBatch(const std::string& key) {
  return R"({"batch":[{"type":"page","messageId":"m1","timestamp":"2025-11-20T09:00:00Z",)"
         R"("userId":"u","properties":{"page":"tan-dinh"}}])" +
         (key.empty() ? std::string() : R"(,"writeKey":")" + key + "\"") + "}";
}

std::string Basic(const std::string& user) { return "Basic " + absl::Base64Escape(user + ":"); }

class ClientHttpTest : public HttpTest {
 protected:
  void AddTokens() {
    AddToken(kToken, "web", {FakeEngine::kPage}, kVerbIngest);
    AddToken("only-for-questions", "reader", {"*"}, kVerbQuery);
  }
};

TEST_F(ClientHttpTest, PosthogsKeyIsAToken) {
  AddTokens();
  Start();
  const std::string body = PosthogBatch(kToken, 3);
  for (const char* path : {"/batch/", "/batch", "/capture/", "/e/?ip=0&_=1&ver=1.2", "/i/v0/e/"}) {
    const TestResponse response = Post(path, body);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.body, R"({"status":"Ok"})") << path;
  }
  // An event that names no page is of the token's only one; and told again it is none.
  EXPECT_EQ(engine.counted(), 3u);
  const auto seen = engine.seen();
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_THAT(seen[0].pages, ElementsAre("tan-dinh", "tan-dinh", "tan-dinh"));
  EXPECT_EQ(seen[0].token, "web");
  EXPECT_TRUE(seen[0].caps.has_value());
}

TEST_F(ClientHttpTest, AnotherKeyIsRefused) {
  AddTokens();
  Start();
  EXPECT_EQ(Post("/batch", PosthogBatch("phc_another_token", 1)).code(), "unknown_token");
  EXPECT_EQ(Post("/batch", PosthogBatch("", 1)).code(), "token_needed");
  EXPECT_EQ(Post("/batch", "not json").code(), "token_needed");
  EXPECT_EQ(Post("/batch", PosthogBatch("only-for-questions", 1)).code(), "forbidden_verb");
  EXPECT_EQ(
      Post("/batch", PosthogBatch(kToken, 1), {{"Authorization", "Bearer another-token"}}).code(),
      "unknown_token");
  EXPECT_EQ(Post("/v1/batch", SegmentBatch("another-write-key")).code(), "unknown_token");
  EXPECT_EQ(
      Post("/v1/batch", SegmentBatch(kToken), {{"Authorization", Basic("another-key")}}).code(),
      "unknown_token");
  EXPECT_EQ(Post("/v1/batch", SegmentBatch(kToken), {{"Authorization", "Basic %"}}).code(),
            "token_needed");
  EXPECT_THAT(Post("/v1/batch", SegmentBatch(kToken), {{"Authorization", "Basic %"}}).body,
              HasSubstr("as its writeKey"));
  EXPECT_EQ(engine.counted(), 0u);
}

TEST_F(ClientHttpTest, SegmentsKeyIsInTheBodyAndRuddersInTheHeader) {
  AddTokens();
  Start();
  EXPECT_EQ(Post("/v1/batch", SegmentBatch(kToken)).body, R"({"success":true})");
  EXPECT_EQ(engine.counted(), 1u);
  const TestResponse rudder = Post("/v1/batch", Gzip(SegmentBatch("")),
                                   {{"Authorization", Basic(kToken)},
                                    {"Content-Encoding", "gzip"},
                                    {"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(rudder.status, 200);
  EXPECT_EQ(engine.seen().size(), 2u);
  EXPECT_EQ(
      Post("/v1/batch", SegmentBatch(""), {{"Authorization", std::string("Bearer ") + kToken}})
          .status,
      200);
}

TEST_F(ClientHttpTest, WithoutTokensAnyKeyWillDoButNoOtherSite) {
  Start();
  EXPECT_EQ(Post("/v1/batch", SegmentBatch("any")).status, 200);
  EXPECT_EQ(engine.counted(), 1u);
  const TestResponse other =
      Post("/v1/batch", SegmentBatch("any"), {{"Origin", "https://example.org"}});
  EXPECT_EQ(other.code(), "cross_origin");
  TestClient client(server->port());
  const std::string body = SegmentBatch("any");
  client.Send("POST /v1/batch HTTP/1.1\r\nHost: evil.example\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(client.Receive().code(), "bad_host");
  EXPECT_EQ(engine.seen().size(), 1u);
}

TEST_F(ClientHttpTest, BodiesComeInAnyCoding) {
  AddTokens();
  Start();
  const std::string body = PosthogBatch(kToken, 2);
  EXPECT_EQ(Post("/batch", Gzip(body), {{"Content-Encoding", "gzip"}}).status, 200);
  EXPECT_EQ(Post("/e/?compression=gzip-js", Gzip(body)).status, 200);
  EXPECT_EQ(Post("/batch", Chunked(body, 7), {{"Transfer-Encoding", "chunked"}}).status, 200);
  EXPECT_EQ(Post("/batch", body, {{"Content-Type", "text/plain"}}).status, 200);
  // PostHog's script in a browser says nothing of it.
  EXPECT_EQ(Post("/e/", Gzip(body), {{"Content-Type", "text/plain"}}).status, 200);
  EXPECT_EQ(Post("/e/", Chunked(Gzip(body), 9), {{"Transfer-Encoding", "chunked"}}).status, 200);
  EXPECT_EQ(Post("/e/?compression=gzip-js", body).status, 200);
  EXPECT_EQ(Post("/e/", Gzip(body).substr(0, 60)).code(), "bad_encoding");
  EXPECT_EQ(Post("/e/", Gzip(std::string((4 << 20) + 1, ' '))).status, 413);
  EXPECT_EQ(Post("/v1/batch", Gzip(body)).code(), "looks_compressed");
  EXPECT_EQ(Post("/batch", body, {{"Content-Encoding", "br"}}).code(), "unknown_encoding");
  TestClient client(server->port());
  client.Send(
      "POST /batch HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_THAT(client.ReceiveSome(std::chrono::seconds(10)), HasSubstr("100 Continue"));
  client.Send(body);
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_EQ(engine.counted(), 2u);
}

TEST_F(ClientHttpTest, WhatIsNoBatchIsRefusedAndTheRestOfOneCounts) {
  AddTokens();
  Start();
  const Fields authorized = {{"Authorization", std::string("Bearer ") + kToken}};
  EXPECT_EQ(Post("/batch", "{", authorized).code(), "bad_json");
  EXPECT_EQ(Post("/batch", "", authorized).code(), "bad_json");
  EXPECT_EQ(Post("/batch", std::string((4 << 20) + 1, ' '), authorized).status, 413);
  EXPECT_THAT(Post("/batch", "{", authorized).body, Not(HasSubstr("NDJSON")));
  EXPECT_THAT(Post("/batch", std::string((4 << 20) + 1, ' '), authorized).body,
              HasSubstr("fewer events"));
  EXPECT_EQ(Get("/batch").status, 405);
  EXPECT_EQ(engine.seen().size(), 0u);
  const std::string mixed =
      R"({"batch":[{"event":"$identify"},{"event":"view","timestamp":"never"},)"
      R"({"event":"view","timestamp":"2025-11-20T09:00:00Z","properties":{"page":"p2"}},)"
      R"({"event":"view","timestamp":"2025-11-20T09:00:00Z"}]})";
  EXPECT_EQ(Post("/batch", mixed, authorized).status, 200);  // a token for one page, and not p2
  EXPECT_EQ(engine.counted(), 1u);
  EXPECT_THAT(Metrics(), HasSubstr("pagepulse_parse_ignored_total 1"));
}

TEST_F(ClientHttpTest, ABusyOrStoppingEngineIsNoSuccess) {
  Start();
  engine.unavailable = true;
  EXPECT_EQ(Post("/v1/batch", SegmentBatch("any")).status, 503);
}

TEST_F(ClientHttpTest, EventsAreInTheFormatThatIsAskedFor) {
  MappingSpec app;
  app.fields = {{"ts", {"/at"}}, {"page", {"=tan-dinh"}}, {"type", {"/what"}}};
  app.types = {{"opened", "view"}};
  config.mappings = {{"app", app}};
  Start();
  const std::string line = R"({"at":1763629200,"what":"opened"})",
                    noise = R"({"at":1763629200,"what":"noise"})";
  EXPECT_EQ(Post("/v1/events?format=app", line + "\n" + noise + "\n{}\n").body,
            R"({"received":2,"accepted":1,"duplicate":0,"rejected":1,"errors":[{"line":3,)"
            R"("code":"missing_ts","message":")" +
                std::string(RejectMessage(RejectCode::kMissingTs)) + "\"}],\"ignored\":1}\n");
  EXPECT_EQ(Post("/v1/events", "[" + line + "]", {{"Pagepulse-Format", "app"}}).status, 200);
  EXPECT_EQ(Post("/v1/events?format=native", ViewLines(1)).status, 200);
  EXPECT_EQ(engine.counted(), 3u);

  const TestResponse unknown = Post("/v1/events?format=amplitude", line);
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.code(), "unknown_format");
  EXPECT_THAT(unknown.body, HasSubstr("native, facebook,"));
  EXPECT_THAT(unknown.body, HasSubstr("app"));
  EXPECT_EQ(Post("/v1/events?format=app", line, {{"Pagepulse-Format", "native"}}).code(),
            "two_formats");
  EXPECT_EQ(Post("/v1/events?fromat=app", line).code(), "unknown_key");
  EXPECT_EQ(engine.counted(), 3u);
}

TEST_F(ClientHttpTest, CloudEventsAreKnownByTheirHeaders) {
  Start();
  const std::string event =
      "{\n\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/pages/"
      "tan-dinh\",\"type\":\"x.view\",\n"
      "\"time\":\"2025-11-20T09:00:00Z\"}";
  EXPECT_EQ(
      Post("/v1/events", event, {{"Content-Type", "application/cloudevents+json; charset=utf-8"}})
          .status,
      200);
  EXPECT_EQ(engine.counted(), 1u);
  const TestResponse batch = Post("/v1/events", "[" + event + "," + event + "]",
                                  {{"Content-Type", "application/cloudevents-batch+json"}});
  EXPECT_THAT(batch.body, HasSubstr(R"("duplicate":2)"));
  const TestResponse binary = Post("/v1/events", Chunked("{\"actor\":\"u\"}", 3),
                                   {{"Content-Type", "application/json"},
                                    {"ce-specversion", "1.0"},
                                    {"ce-id", "1"},
                                    {"ce-source", "/pages/tan-dinh"},
                                    {"ce-type", "x.view"},
                                    {"ce-time", "2025-11-20T09:00:00Z"},
                                    {"Transfer-Encoding", "chunked"}});
  EXPECT_THAT(binary.body, HasSubstr(R"("duplicate":1)"));
  EXPECT_EQ(engine.counted(), 1u);
}

TEST_F(ClientHttpTest, ABadMappingKeepsTheServerFromStarting) {
  config.mappings["app"].fields = {{"ts", {"at"}}};
  Server refused(config, &engine, &registry, options);
  const absl::Status status = refused.Start();
  EXPECT_THAT(std::string(status.message()), HasSubstr("mapping `app`, `ts`"));
}

}  // namespace
}  // namespace pagepulse
