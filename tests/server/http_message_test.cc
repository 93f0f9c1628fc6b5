#include "server/http_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "server/http_status.h"
#include "server/router.h"

namespace pagepulse {
namespace {

namespace http = boost::beast::http;
using ::testing::HasSubstr;
using ::testing::StartsWith;

RouteMatch Match(http::verb method, const std::string& path) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  return MatchRoute(&request);
}

TEST(HttpMessageTest, TargetIsPathAndDecodedParams) {
  HttpRequest request;
  ASSERT_TRUE(
      ParseTarget("/v1/jobs/a%20b%2Fc?page=T%C3%A2n+x&&empty=&flag&a=b=c#frag", &request).ok());
  EXPECT_EQ(request.path, "/v1/jobs/a b/c");
  const Params want = {{"page", "T\u00e2n x"}, {"empty", ""}, {"flag", ""}, {"a", "b=c"}};
  EXPECT_EQ(request.params, want);
  EXPECT_EQ(FindParam(request.params, "a"), "b=c");
  EXPECT_EQ(FindParam(request.params, "zzz"), "");
}

TEST(HttpMessageTest, APathKeepsItsPlus) {
  HttpRequest request;
  ASSERT_TRUE(ParseTarget("/v1/jobs/a+b", &request).ok());
  EXPECT_EQ(request.path, "/v1/jobs/a+b");
}

TEST(HttpMessageTest, AbsoluteTargetsAreRead) {
  HttpRequest request;
  ASSERT_TRUE(ParseTarget("http://host:1/healthz?x=1", &request).ok());
  EXPECT_EQ(request.path, "/healthz");
  ASSERT_TRUE(ParseTarget("http://host", &request).ok());
  EXPECT_EQ(request.path, "/");
}

TEST(HttpMessageTest, ABadEscapeIsRefused) {
  for (const char* target : {"/%", "/%2", "/%zz", "/x?a=%", "/x?%4=1"}) {
    HttpRequest request;
    EXPECT_EQ(ErrorCode(ParseTarget(target, &request)), "bad_url") << target;
  }
}

TEST(HttpMessageTest, UnknownParamsNameTheNearest) {
  const absl::Status status = CheckParams({{"page", "x"}, {"limt", "1"}}, {"page", "limit"});
  EXPECT_EQ(ErrorCode(status), "unknown_key");
  EXPECT_EQ(ErrorHint(status), "did you mean `limit`?");
  EXPECT_TRUE(CheckParams({}, {}).ok());
}

TEST(HttpStatusTest, StatusesMapInOnePlace) {
  const std::pair<absl::StatusCode, int> cases[] = {
      {absl::StatusCode::kInvalidArgument, 400},    {absl::StatusCode::kOutOfRange, 400},
      {absl::StatusCode::kUnauthenticated, 401},    {absl::StatusCode::kPermissionDenied, 403},
      {absl::StatusCode::kNotFound, 404},           {absl::StatusCode::kAborted, 409},
      {absl::StatusCode::kFailedPrecondition, 422}, {absl::StatusCode::kResourceExhausted, 429},
      {absl::StatusCode::kInternal, 500},           {absl::StatusCode::kDataLoss, 500},
      {absl::StatusCode::kUnavailable, 503},        {absl::StatusCode::kDeadlineExceeded, 504},
  };
  for (const auto& [code, status] : cases) {
    EXPECT_EQ(HttpStatusOf(absl::Status(code, "x")), status) << static_cast<int>(code);
  }
  EXPECT_EQ(HttpStatusOf(BodyTooLarge(1, "")), 413);
  EXPECT_EQ(HttpStatusOf(UnknownEncoding("br", "")), 415);
}

TEST(RouterTest, EveryRouteAnswersItsMethods) {
  EXPECT_TRUE(Match(http::verb::post, "/v1/events").error.ok());
  EXPECT_TRUE(Match(http::verb::head, "/v1/query").error.ok());
  EXPECT_TRUE(Match(http::verb::post, "/v1/query").error.ok());
  EXPECT_TRUE(Match(http::verb::get, "/v1/jobs/x").error.ok());
  EXPECT_EQ(Match(http::verb::get, "/v1/events").allow, "OPTIONS, POST");
  EXPECT_EQ(Match(http::verb::get, "/hooks/zalo").allow, "POST");
  EXPECT_TRUE(Match(http::verb::options, "/v1/events").error.ok());
  EXPECT_EQ(HttpStatusOf(Match(http::verb::options, "/v1/query").error), 405);
  EXPECT_EQ(Match(http::verb::post, "/metrics").allow, "GET, HEAD");
  EXPECT_EQ(HttpStatusOf(Match(http::verb::delete_, "/v1/query").error), 405);
  EXPECT_TRUE(Match(http::verb::get, "/").error.ok());
  EXPECT_TRUE(Match(http::verb::get, "/assets/x.js").error.ok());
  EXPECT_EQ(HttpStatusOf(Match(http::verb::get, "/assets").error), 404);
  EXPECT_EQ(RouteNames().back(), "other");
  EXPECT_EQ(Match(http::verb::get, "/nope").route, RouteNames().size() - 1);
}

TEST(RouterTest, WhoPostsElsewhereIsToldWhereFeedsComeIn) {
  for (const char* path : {"/hooks/telegram", "/2/httpapi", "/events", "/api/v2/write"}) {
    const absl::Status error = Match(http::verb::post, path).error;
    EXPECT_EQ(ErrorCode(error), "unknown_route") << path;
    for (const char* door :
         {"/v1/events", "/hooks/facebook", "/hooks/zalo", "/batch", "/v1/batch", "?format=NAME"}) {
      EXPECT_THAT(ErrorHint(error), HasSubstr(door)) << path;
    }
    EXPECT_EQ(ErrorHint(error).find("/v1/query"), std::string::npos) << path;
  }
  EXPECT_THAT(ErrorHint(Match(http::verb::post, "/v1/event").error),
              StartsWith("did you mean `/v1/events`? feeds come in at /v1/events, "));
}

TEST(RouterTest, AnUnknownPathNamesTheNearest) {
  EXPECT_EQ(ErrorHint(Match(http::verb::get, "/v1/event").error), "did you mean `/v1/events`?");
  EXPECT_EQ(HttpStatusOf(Match(http::verb::get, "/v1/jobx/").error), 404);
  EXPECT_NE(ErrorHint(Match(http::verb::get, "/xyz-nothing-near").error).find("/v1/query"),
            std::string::npos);
}

}  // namespace
}  // namespace pagepulse
