// GET / and /assets/…. Built without the board, the one page there is must be served as well.

#include <gmock/gmock.h>

#include <string>

#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class BoardTest : public HttpTest {
 protected:
  // The path of the page's script; empty: built without the board.
  std::string Script() {
    const std::string page = Get("/").body;
    const size_t begin = page.find("/assets/index-");
    const size_t end = page.find(".js\"", begin);
    return begin == std::string::npos ? "" : page.substr(begin, end + 3 - begin);
  }
};

TEST_F(BoardTest, ThePageIsServedUnderAStrictPolicy) {
  Start();
  const TestResponse page = Get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.Field("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.body, StartsWith("<!doctype html>"));
  EXPECT_EQ(page.Field("cache-control"), "no-cache");
  EXPECT_THAT(page.Field("content-security-policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(page.Field("content-security-policy"), Not(HasSubstr("unsafe")));
  EXPECT_EQ(page.Field("x-content-type-options"), "nosniff");
  EXPECT_EQ(Post("/", "x").status, 405);
  TestClient client(server->port());
  const TestResponse head = client.Ask("HEAD", "/");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Field("content-length"), std::to_string(page.body.size()));
}

TEST_F(BoardTest, AKnownTagIs304WithoutABody) {
  Start();
  const std::string etag = Get("/").Field("etag");
  ASSERT_THAT(etag, StartsWith("\""));
  TestClient client(server->port());
  for (const std::string& tag : {etag, "W/" + etag, "\"other\", " + etag}) {
    const TestResponse known = client.Ask("GET", "/", {{"If-None-Match", tag}});
    EXPECT_EQ(known.status, 304);
    EXPECT_EQ(known.body, "");
    EXPECT_EQ(known.Field("etag"), etag);
    EXPECT_TRUE(known.keep_alive);
  }
  EXPECT_EQ(Get("/", {{"If-None-Match", "\"other\""}}).status, 200);
}

TEST_F(BoardTest, ItNeedsNoTokenAndTakesAnyHost) {
  AddToken("0123456789abcdef", "office", {"*"}, kVerbQuery);
  Start();
  EXPECT_EQ(Get("/", {{"Host", "board.example"}}).status, 200);
  EXPECT_EQ(Get("/v1/pages").status, 401);
}

TEST_F(BoardTest, AnUnknownAssetIs404) {
  Start();
  EXPECT_EQ(Get("/assets/none.js").code(), "unknown_route");
  EXPECT_EQ(Get("/assets/../index.html").status, 404);
}

TEST_F(BoardTest, AssetsAreKeptForeverInTheCodingThatIsTaken) {
  Start();
  const std::string path = Script();
  if (path.empty()) GTEST_SKIP() << "built without the board";
  const TestResponse plain = Get(path);
  ASSERT_EQ(plain.status, 200);
  EXPECT_EQ(plain.Field("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(plain.Field("content-encoding"), "");
  EXPECT_EQ(plain.Field("vary"), "Accept-Encoding");
  const auto coding = [&](const std::string& accepted) {
    const TestResponse response = Get(path, {{"Accept-Encoding", accepted}});
    if (!response.Field("content-encoding").empty()) {
      EXPECT_LT(response.body.size(), plain.body.size() / 2);
    }
    return response.Field("content-encoding");
  };
  EXPECT_EQ(coding("gzip, deflate"), "gzip");
  EXPECT_EQ(coding("gzip, deflate, br, zstd"), "br");
  EXPECT_EQ(coding("br;q=0, GZIP;q=0.5"), "gzip");
  EXPECT_EQ(coding("br;q=x, identity"), "");
  EXPECT_EQ(coding("brotli, xgzip"), "");
}

}  // namespace
}  // namespace pagepulse
