// GET and POST /v1/query over a real socket.

#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class QueryHttpTest : public HttpTest {
 protected:
  void StartWithViews() {
    Start();
    ASSERT_EQ(Post("/v1/events", ViewLines(7)).status, 200);
  }
};

constexpr char kRange[] = "&metrics=views&from=2025-11-20&to=2025-11-20";

TEST_F(QueryHttpTest, TheThreeDoorsGiveTheSameAnswer) {
  StartWithViews();
  const TestResponse get = Get(std::string("/v1/query?page=tan-dinh&by=time:day") + kRange);
  EXPECT_EQ(get.status, 200);
  EXPECT_THAT(get.body, HasSubstr("\"views\":7"));
  EXPECT_THAT(get.Field("content-type"), StartsWith("application/json"));
  const TestResponse json =
      Post("/v1/query",
           " {\"page\":\"tan-dinh\",\"metrics\":[\"views\"],\"by\":[\"time:day\"],"
           "\"from\":\"2025-11-20\",\"to\":\"2025-11-20\"}");
  EXPECT_EQ(json.body, get.body);
  const TestResponse form =
      Post("/v1/query", "page=tan-dinh&by=time%3Aday&metrics=views&from=2025-11-20&to=2025-11-20",
           {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(form.body, get.body);
}

TEST_F(QueryHttpTest, FormatsHaveTheirTypes) {
  StartWithViews();
  const std::string target = std::string("/v1/query?page=tan-dinh&by=time:day") + kRange;
  const TestResponse csv = Get(target + "&format=csv");
  EXPECT_THAT(csv.Field("content-type"), StartsWith("text/csv"));
  EXPECT_EQ(csv.Field("content-disposition"), "attachment; filename=\"pagepulse-tan-dinh.csv\"");
  EXPECT_THAT(csv.body, HasSubstr(",7\r\n"));
  EXPECT_THAT(Get(target + "&format=csv&bom=1").body, StartsWith("\xEF\xBB\xBF"));
  EXPECT_THAT(Get(target + "&format=ndjson").Field("content-type"),
              StartsWith("application/x-ndjson"));
  EXPECT_EQ(Get(target + "&format=json").Field("content-disposition"), "");
  EXPECT_EQ(
      Get(std::string("/v1/query?page=*&tz=UTC&format=csv") + kRange).Field("content-disposition"),
      "attachment; filename=\"pagepulse.csv\"");
}

TEST_F(QueryHttpTest, ErrorsKeepTheirCodeAndHint) {
  StartWithViews();
  const TestResponse page = Get(std::string("/v1/query?page=tan-din") + kRange);
  EXPECT_EQ(page.status, 404);
  EXPECT_THAT(page.body, HasSubstr("tan-dinh"));
  const TestResponse metric = Get("/v1/query?page=tan-dinh&metrics=vews&last=7d");
  EXPECT_EQ(metric.status, 400);
  EXPECT_THAT(metric.body, HasSubstr("views"));
  EXPECT_EQ(Get("/v1/query?page=tan-dinh&metrcs=views&last=7d").status, 400);
  EXPECT_EQ(Get("/v1/query").status, 400);
  EXPECT_EQ(Post("/v1/query", "{\"page\":").status, 400);
  EXPECT_EQ(Post("/v1/query", "").status, 400);
  EXPECT_EQ(Post("/v1/query?format=csv", "{}").code(), "params_twice");
  EXPECT_EQ(Post("/v1/query", "{}", {{"Content-Encoding", "gzip"}}).status, 415);
  EXPECT_EQ(Post("/v1/query", std::string((1 << 20) + 1, ' ')).status, 413);
}

TEST_F(QueryHttpTest, AQuestionThatIsTooLargeIs400) {
  StartWithViews();
  const TestResponse response =
      Get("/v1/query?page=tan-dinh&metrics=views&by=time:hour&from=2000-01-01&to=2025-11-20");
  EXPECT_EQ(response.code(), "too_large");
  EXPECT_EQ(response.status, 400);
}

TEST_F(QueryHttpTest, AnOffsetInTheUrlNeedsNoEscape) {
  StartWithViews();
  EXPECT_THAT(Get("/v1/query?page=tan-dinh&metrics=views&from=2025-11-20T16:00:00+07:00&to="
                  "2025-11-20T16:01:00%2B07:00")
                  .body,
              HasSubstr("\"views\":7"));
}

TEST_F(QueryHttpTest, AFileNameIsHarmless) {
  StartWithViews();
  const TestResponse response =
      Get(std::string("/v1/query?page=a%22%0D%0Ab") + kRange + "&format=csv");
  EXPECT_EQ(response.status, 404);
}

TEST_F(QueryHttpTest, ReconcilingHasItsDefaultsWhateverWayItIsAsked) {
  Start();
  const TestResponse asked = Get("/v1/reconcile?page=tan-dinh&from=2025-11-20&to=2025-11-20");
  EXPECT_EQ(asked.status, 200) << asked.body;
  const TestResponse sent =
      Post("/v1/reconcile", R"({"page":"tan-dinh","from":"2025-11-20","to":"2025-11-20"})",
           {{"Content-Type", "application/json"}});
  EXPECT_EQ(sent.status, 200);
  EXPECT_EQ(sent.body, asked.body);
}

}  // namespace
}  // namespace pagepulse
