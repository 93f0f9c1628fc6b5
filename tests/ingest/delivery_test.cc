// What a file of deliveries may look like, whatever platform they come from.

#include "ingest/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "ingest/event_faults.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Each delivery as its number and JSON; behind them each bad line as its number and text.
std::vector<std::string> Visited(const std::string& text, absl::Status* status) {
  std::vector<std::string> visited;
  Chunk chunk = CopyToChunk(text);
  chunk.offset = 100;
  EventBatch batch;
  uint32_t line = 0;
  *status = ReadDeliveries(chunk, "Nobody", &line, &batch, [&](const simdjson::dom::element& e) {
    visited.push_back(std::to_string(++line) + " " + simdjson::minify(e));
  });
  for (const Rejection& r : batch.rejections) {
    EXPECT_EQ(r.code, RejectCode::kBadJson);
    visited.push_back(std::to_string(r.line) + " bad " + text.substr(r.offset - 100, r.length));
  }
  return visited;
}

std::vector<std::string> Read(const std::string& text) {
  absl::Status status;
  const std::vector<std::string> visited = Visited(text, &status);
  EXPECT_TRUE(status.ok()) << status << "\n" << text;
  return visited;
}

TEST(ReadDeliveries, OneDocument) {
  EXPECT_THAT(Read(R"({"a":1})"), ElementsAre(R"(1 {"a":1})"));
  EXPECT_THAT(Read("\xef\xbb\xbf {\n\"a\":\n1}\r\n\n"), ElementsAre(R"(1 {"a":1})"));
  EXPECT_THAT(Read(R"([{"a":1}, 5,[]])"), ElementsAre(R"(1 {"a":1})", "2 5", "3 []"));
  EXPECT_THAT(Read("[]"), IsEmpty());
  EXPECT_THAT(Read("null"), ElementsAre("1 null"));
}

TEST(ReadDeliveries, OneALine) {
  EXPECT_THAT(Read("{\"a\":1}\n{\"a\":2}"), ElementsAre(R"(1 {"a":1})", R"(2 {"a":2})"));
  EXPECT_THAT(Read("\xef\xbb\xbf\n{\"a\":1}\r\n\r\n \t\n[{\"a\":2},{\"a\":3}]\r\n"),
              ElementsAre(R"(1 {"a":1})", R"(2 {"a":2})", R"(3 {"a":3})"));
  // A line that is not JSON costs no neighbour.
  EXPECT_THAT(
      Read("{}\n{\"a\":\n{\"a\":\xff}\n{} {}\n{\"b\":2}\n"),
      ElementsAre("1 {}", R"(5 {"b":2})", "2 bad {\"a\":", "3 bad {\"a\":\xff}", "4 bad {} {}"));
}

TEST(ReadDeliveries, WhatIsNeitherIsRefusedWhole) {
  for (const char* text : {"", " ", "\n\n", "\xef\xbb\xbf", "{", "{\n}\n{", "no\n{}", "{} {}",
                           "[{}\n,{}", "[{},\n{}]]"}) {
    absl::Status status;
    EXPECT_THAT(Visited(text, &status), IsEmpty()) << text;
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(ErrorCode(status), "bad_json");
    EXPECT_THAT(ErrorHint(status), ::testing::HasSubstr("from Nobody"));
  }
}

TEST(ReadDeliveries, RejectionsSayWhere) {
  Chunk chunk = CopyToChunk("{}\nx\n");
  chunk.offset = 100;
  const Rejection rejection = RejectionOf(chunk, 3, 1, 2, RejectCode::kBadJson);
  EXPECT_EQ(rejection.offset, 103u);
  EXPECT_EQ(rejection.length, 1u);
  EXPECT_EQ(rejection.line, 2u);
  EXPECT_EQ(rejection.code, RejectCode::kBadJson);
}

TEST(DeliveryValues, TextAndTimes) {
  const simdjson::padded_string json = R"({
    "text":"a\u1ebf","id":12345678901234567,"large":18446744073709551615,"minus":-5,
    "float":1.5,"null":null,"list":[1,2],"inner":{"id":"x"},
    "seconds":1700000000,"millis":"1700000000123","iso":"2021-09-08T06:34:04+0000","zero":0,
    "off":false,"none":0,"on":1})"_padded;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  ASSERT_EQ(parser.parse(json).get(object), simdjson::SUCCESS);
  EventBatch batch;
  EXPECT_EQ(TextOf(object, "text", &batch), "aế");
  EXPECT_EQ(TextOf(object, "id", &batch), "12345678901234567");
  EXPECT_EQ(TextOf(object, "large", &batch), "18446744073709551615");
  EXPECT_EQ(TextOf(object, "minus", &batch), "-5");
  EXPECT_EQ(TextOf(object, "inner", "id", &batch), "x");
  for (const char* key : {"float", "null", "list", "inner", "absent"}) {
    EXPECT_EQ(TextOf(object, key, &batch), "") << key;
    if (std::string(key) == "inner") continue;
    EXPECT_EQ(TextOf(object, key, "id", &batch), "") << key;
  }
  EXPECT_EQ(TimeOf(object, "seconds", &batch), 1'700'000'000'000);
  EXPECT_EQ(TimeOf(object, "millis", &batch), 1'700'000'000'123);
  EXPECT_EQ(TimeOf(object, "iso", &batch), 1'631'082'844'000);
  for (const char* key : {"zero", "null", "absent"}) {
    EXPECT_EQ(TimeOf(object, key, &batch), kNoTime) << key;
  }
  for (const char* key : {"text", "float", "list", "off"}) {
    EXPECT_EQ(TimeOf(object, key, &batch), kBadTime) << key;
  }
  EXPECT_FALSE(FlagOf(object, "off"));
  EXPECT_FALSE(FlagOf(object, "none"));
  for (const char* key : {"on", "text", "absent", "null"}) EXPECT_TRUE(FlagOf(object, key)) << key;
  EXPECT_EQ(CountItems(object, "list"), 2u);
  EXPECT_EQ(CountItems(object, "inner"), 0u);
}

}  // namespace
}  // namespace pagepulse
