#include <gtest/gtest.h>

#include "query/query.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

QueryResult Small() {
  QueryResult result;
  result.query = *ParseQueryWords("page=a metrics=views,engagement_rate by=source last=1d tz=UTC");
  result.groupings = {"source"};
  result.metrics = {{.name = "views"}, {.name = "engagement_rate", .kind = MetricKind::kRatio}};
  result.rows = {{.labels = {"x"}, .values = {int64_t{-5}, 0.25}},
                 {.labels = {std::nullopt}, .values = {int64_t{7}, Value()}}};
  result.totals = {int64_t{2}, 1.0 / 3};
  result.matching_rows = 2;
  return result;
}

std::string Csv(const std::string& label) {
  QueryResult result = Small();
  result.rows.resize(1);
  result.rows[0].labels[0] = label;
  return FormatResult(result, OutputFormat::kCsv, false);
}

TEST(FormatCsv, LinesAndByteOrderMark) {
  EXPECT_EQ(FormatResult(Small(), OutputFormat::kCsv, false),
            "source,views,engagement_rate\r\nx,-5,0.25\r\n,7,\r\n");
  EXPECT_EQ(FormatResult(Small(), OutputFormat::kCsv, true).substr(0, 9), "\xEF\xBB\xBFsource");
}

TEST(FormatCsv, CellsThatWouldRunOrBreak) {
  const std::string head = "source,views,engagement_rate\r\n", tail = ",-5,0.25\r\n";
  EXPECT_EQ(Csv("=1+1"), head + "'=1+1" + tail);
  EXPECT_EQ(Csv("+1"), head + "'+1" + tail);
  EXPECT_EQ(Csv("-1"), head + "'-1" + tail);
  EXPECT_EQ(Csv("@x"), head + "'@x" + tail);
  EXPECT_EQ(Csv("\tx"), head + "'\tx" + tail);
  EXPECT_EQ(Csv("\rx"), head + "\"'\rx\"" + tail);
  EXPECT_EQ(Csv("a=b"), head + "a=b" + tail);
  EXPECT_EQ(Csv("a,b"), head + "\"a,b\"" + tail);
  EXPECT_EQ(Csv("say \"x\""), head + "\"say \"\"x\"\"\"" + tail);
  EXPECT_EQ(Csv("a\nb"), head + "\"a\nb\"" + tail);
  EXPECT_EQ(Csv("=\"x\""), head + "\"'=\"\"x\"\"\"" + tail);
}

TEST(FormatNdjson, RowsAlone) {
  EXPECT_EQ(FormatResult(Small(), OutputFormat::kNdjson, false),
            "{\"source\":\"x\",\"views\":-5,\"engagement_rate\":0.25}\n"
            "{\"source\":null,\"views\":7,\"engagement_rate\":null}\n");
}

TEST(FormatJson, EstimatesAndTruncation) {
  QueryResult result = Small();
  result.metrics[0] = {.name = "reach",
                       .kind = MetricKind::kDistinct,
                       .exact = false,
                       .relative_standard_error = 0.012222};
  result.matching_rows = 9;
  result.query.offset = 3;
  const std::string json = FormatResult(result, OutputFormat::kJson, false);
  EXPECT_NE(
      json.find(R"("reach":{"kind":"distinct","exact":false,"relative_standard_error":0.01222})"),
      std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("truncated":{"rows":2,"of":9,"next":{"offset":5},"hint":")"),
            std::string::npos)
      << json;
}

TEST(FormatTable, WidthsOfVietnameseAndControlCharacters) {
  QueryResult result = Small();
  result.rows[0].labels[0] = "Tân Định";                      // composed
  result.rows[1].labels[0] = "Ta\xCC\x82n Đi\xCC\xA3nh\x1b";  // decomposed, and an escape
  EXPECT_EQ(FormatResult(result, OutputFormat::kTable, false),
            "source     views  engagement_rate\n"
            "Tân Định      -5           0.2500\n"
            "Ta\xCC\x82n Đi\xCC\xA3nh?      7                -\n"
            "total          2           0.3333\n");
}

TEST(Format, ContentTypes) {
  EXPECT_EQ(ContentType(OutputFormat::kJson), "application/json");
  EXPECT_EQ(ContentType(OutputFormat::kCsv), "text/csv; charset=utf-8");
  EXPECT_EQ(ContentType(OutputFormat::kNdjson), "application/x-ndjson");
  EXPECT_EQ(ContentType(OutputFormat::kTable), "text/plain; charset=utf-8");
}

}  // namespace
}  // namespace pagepulse
