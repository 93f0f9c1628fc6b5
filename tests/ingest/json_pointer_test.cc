#include "ingest/json_pointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "ingest/chunk.h"
#include "ingest/json_index.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What each pointer finds in the document, as it is written there: "" nothing; or a fault's name.
std::vector<std::string> Look(const std::string& json, const std::vector<std::string>& pointers) {
  PointerSet set;
  std::vector<size_t> places;
  for (const std::string& pointer : pointers) places.push_back(*set.Add(pointer));
  const Chunk chunk = CopyToChunk(json);
  JsonIndex index;
  EXPECT_EQ(index.Build(chunk.text()), IndexResult::kOk);
  JsonCursor cursor = {chunk.block.get(), index.tokens(), static_cast<uint32_t>(chunk.size)};
  PointerSet::Found found;
  const RejectCode code = set.Read(&cursor, false, &found);
  if (code != RejectCode::kNone) return {std::string(RejectName(code))};
  if (!cursor.done()) return {"not done"};
  std::vector<std::string> values;
  for (const size_t place : places) {
    const uint32_t* token = found[place];
    JsonCursor at = {chunk.block.get(), token, cursor.limit};
    values.emplace_back(token == nullptr ? "" : at.Token());
  }
  return values;
}

TEST(JsonPointerTest, StepsAreUnescaped) {
  EXPECT_THAT(*ParseJsonPointer(""), IsEmpty());
  EXPECT_THAT(*ParseJsonPointer("/"), ElementsAre(""));
  EXPECT_THAT(*ParseJsonPointer("/a/b~1c/m~0n/0"), ElementsAre("a", "b/c", "m~n", "0"));
  EXPECT_THAT(*ParseJsonPointer("/~01"), ElementsAre("~1"));
  for (const char* bad : {"a", "a/b", "/~", "/~2", "/a~/b", "/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h"}) {
    EXPECT_EQ(ErrorCode(ParseJsonPointer(bad).status()), "bad_pointer") << bad;
  }
  EXPECT_FALSE(PointerSet().Add("").ok());
}

TEST(JsonPointerTest, ValuesAreFoundInOnePass) {
  const std::string json =
      R"({ "x" : {"deep":[1,{"y":[]}],"b":"no"}, "a" : {"b": 7 , "c":null,"d":{"e":"E"}}, "f":true })";
  EXPECT_THAT(Look(json, {"/a/b", "/a/c", "/a/d/e", "/f", "/b", "/a/d/e/f", "/a/b/c", "/x/b"}),
              ElementsAre("7", "null", "\"E\"", "true", "", "", "", "\"no\""));
  EXPECT_THAT(Look("{}", {"/a"}), ElementsAre(""));
  EXPECT_THAT(Look(R"({"a":{},"b":[]})", {"/a/x", "/b/0"}), ElementsAre("", ""));
  // A value and what is in it; the same pointer twice.
  EXPECT_THAT(Look(R"({"a":{"b":1}})", {"/a", "/a/b", "/a/b"}), ElementsAre("{", "1", "1"));
}

TEST(JsonPointerTest, ArraysAreCountedFromZero) {
  const std::string json = R"({"v":[{"id":1},{"id":2},[3]],"w":{"0":"key"}})";
  EXPECT_THAT(Look(json, {"/v/0/id", "/v/1/id", "/v/2/0", "/v/3", "/v/01", "/w/0"}),
              ElementsAre("1", "2", "3", "", "", "\"key\""));
  EXPECT_THAT(Look(R"([{"k":"t"}])", {"/0/k"}), ElementsAre("\"t\""));
}

TEST(JsonPointerTest, KeysAreComparedUnescaped) {
  EXPECT_THAT(Look(R"({"\u0061":1,"b\/c":2,"":3})", {"/a", "/b~1c", "/"}),
              ElementsAre("1", "2", "3"));
  const std::string long_key(70, 'k');
  EXPECT_THAT(Look("{\"" + long_key + "\":1,\"" + long_key + "x\":2}", {"/" + long_key + "x"}),
              ElementsAre("2"));
}

TEST(JsonPointerTest, AKeyGivenTwiceIsAFaultWhereItLeadsSomewhere) {
  EXPECT_THAT(Look(R"({"a":1,"\u0061":2})", {"/a"}), ElementsAre("duplicate_key"));
  EXPECT_THAT(Look(R"({"a":{"b":1},"a":{"c":2}})", {"/a/b", "/a/c"}), ElementsAre("duplicate_key"));
  EXPECT_THAT(Look(R"({"x":1,"x":2,"a":3})", {"/a"}), ElementsAre("3"));
  EXPECT_THAT(Look(R"([{"a":1},{"a":2}])", {"/0/a", "/1/a"}), ElementsAre("1", "2"));
}

TEST(JsonPointerTest, WhatIsNotJsonIsFoundOutWhereverItStands) {
  for (const char* bad :
       {R"({"a":1)", R"({"a":})", R"({"a" 1})", R"({"a":1,})", R"({"a":1 "b":2})", R"({"x":nul})",
        R"({"x":{"y":01}})", R"({"x":[1,]})", R"({"a":[1,]})", R"({"a":{"b":1]})", R"({"a":1]})",
        R"({"\q":1})", R"({"x":"\q"})", R"({"a":"\q"})", R"({1:2})", R"({"a":[1 2]})", "", "nul"}) {
    EXPECT_THAT(Look(bad, {"/a/b", "/a/0"}), ElementsAre("bad_json")) << bad;
  }
}

TEST(JsonPointerTest, TheFirstTextOfADocument) {
  PointerSet set;
  for (const char* pointer : {"/api_key", "/properties/token", "/0/api_key"}) {
    ASSERT_TRUE(set.Add(pointer).ok());
  }
  const auto text = [&](std::string_view json) {
    const Chunk chunk = CopyToChunk(json);
    return JsonTextAt(chunk.text(), set);
  };
  EXPECT_EQ(text(R"({"api_key":"k\u0031","batch":[{}]})"), "k1");
  EXPECT_EQ(text(R"({"properties":{"token":"t"},"api_key":""})"), "t");
  EXPECT_EQ(text(R"([{"api_key":"a"}])"), "a");
  EXPECT_EQ(text(R"({"api_key":5})"), "");
  EXPECT_EQ(text(R"({"api_key":"k")"), "");
  EXPECT_EQ(text(""), "");
}

}  // namespace
}  // namespace pagepulse
