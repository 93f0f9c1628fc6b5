// A line as a whole: which of its faults names it, what is JSON, and how an event may be written.

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/ingest/native_testing.h"

namespace pagepulse {
namespace {

constexpr RejectCode kNone = RejectCode::kNone;

TEST(EventLineTest, TheFirstFaultOfTheTableNamesTheLine) {
  // A line with every fault; healing them one by one, from the first row on, shows the next.
  std::map<std::string, std::string> fields = {
      {"id", "\"\""},     {"ts", "\"\""},   {"page", "\"*\""},    {"post", "\"\""},
      {"actor", "\"\""},  {"type", "\"\""}, {"reaction", "\"\""}, {"op", "\"\""},
      {"object", "\"\""}, {"count", "0"},   {"source", "\"\""}};
  const std::vector<std::tuple<const char*, const char*, RejectCode>> rows = {
      {"id", "1", RejectCode::kBadId},
      {"ts", "1", RejectCode::kBadTs},
      {"page", "\"p\"", RejectCode::kBadPage},
      {"post", "\"x\"", RejectCode::kBadPost},
      {"actor", "1", RejectCode::kBadActor},
      {"type", "\"comment\"", RejectCode::kBadType},
      {"reaction", "", RejectCode::kBadReaction},
      {"op", "", RejectCode::kBadOp},
      {"object", "\"o\"", RejectCode::kBadObject},
      {"count", "1", RejectCode::kBadCount},
      {"source", "\"s\"", RejectCode::kBadSource}};
  for (const auto& [key, good, code] : rows) {
    EXPECT_EQ(RejectName(CodeOf(EventWith(fields))), RejectName(code));
    std::string twice = EventWith(fields);
    twice.insert(1, "\"id\":1,");  // a repeated key comes before all of them, bad JSON before that
    EXPECT_EQ(CodeOf(twice), RejectCode::kDuplicateKey);
    twice.pop_back();
    EXPECT_EQ(CodeOf(twice), RejectCode::kBadJson);
    fields[key] = good;
    if (std::string_view(key) == "id") fields["x"] = "0";
  }
  EXPECT_EQ(CodeOf(EventWith(fields)), kNone);
  EXPECT_EQ(CodeOf(R"({"ts":1760000300001})"), RejectCode::kFuture);
  EXPECT_EQ(CodeOf(R"({"ts":1,"id":true})"), RejectCode::kBadId);
}

TEST(EventLineTest, AKeyGivenTwice) {
  const std::string rest = R"(,"ts":1,"page":"p","type":"view"})";
  for (const char* twice :
       {R"({"id":1,"id":1)", R"({"id":null,"id":1)", R"({"id":1,"\u0069d":2)",
        R"({"\u0069\u0064":1,"i\u0064":2)", R"({"source":"a","x":1,"source":"a")",
        R"({"reaction":"love","\u0072eaction":"wow")"}) {
    EXPECT_EQ(CodeOf(twice + rest), RejectCode::kDuplicateKey) << twice;
  }
  EXPECT_EQ(CodeOf(R"({"x":1,"x":2)" + rest), kNone);  // unknown keys are ignored
  EXPECT_EQ(CodeOf(R"({"ID":1,"id":2)" + rest), kNone);
  EXPECT_EQ(CodeOf(R"({"\ud800":1,"id":2)" + rest), kNone);
  EXPECT_EQ(CodeOf(R"({"i\q":1,"id":2)" + rest), RejectCode::kBadJson);
  EventBatch plain, escaped;
  EXPECT_EQ(Describe(MustParse(R"({"id":7)" + rest, &plain)),
            Describe(MustParse(R"({"\u0069d":7)" + rest, &escaped)));
}

TEST(EventLineTest, OneObjectALineAndNothingElse) {
  const std::string good = EventWith({});
  for (const std::string& bad : {std::string("{}x"),
                                 good + good,
                                 good + "]",
                                 good + "}",
                                 good + ",",
                                 good.substr(1),
                                 good.substr(0, good.size() - 1),
                                 "[" + good + "]",
                                 std::string("null"),
                                 std::string("7"),
                                 std::string("\"text\""),
                                 std::string("{\"ts\":1,}"),
                                 std::string("{\"ts\" 1}"),
                                 std::string("{ts:1}"),
                                 std::string("{\"ts\":}"),
                                 std::string("{,}"),
                                 good.substr(0, good.size() - 1) + ",\"x\":[1,2}",
                                 good.substr(0, good.size() - 1) + ",\"x\":nul}",
                                 good.substr(0, good.size() - 1) + ",\"x\":\"\\q\"}",
                                 good.substr(0, good.size() - 1) + ",\"x\":1.2.3}",
                                 good.substr(0, good.size() - 1) + ",\"x\":{\"y\":}}",
                                 std::string("{\"a\":\"\xFF\"}")}) {
    EXPECT_EQ(CodeOf(bad), RejectCode::kBadJson) << bad;
  }
  EXPECT_EQ(CodeOf("{}"), RejectCode::kMissingTs);
  EXPECT_EQ(CodeOf("{ }"), RejectCode::kMissingTs);
  EXPECT_EQ(CodeOf(" \t" + good + " \t\r"), kNone);
  EXPECT_EQ(
      CodeOf(good.substr(0, good.size() - 1) + R"(,"x":{"id":[1,{"ts":"}"}]},"y":1e400,"z":""})"),
      kNone);
}

// Neither the order of keys nor white space nor the spelling of text says anything.
TEST(EventLineTest, TheSameEventHoweverItIsWritten) {
  const std::vector<std::pair<std::string, std::string>> fields = {{"id", "b\xC3\xA9"},
                                                                   {"ts", "2025-07-01T00:00:00Z"},
                                                                   {"page", "T\xC3\xA2n \"\\/"},
                                                                   {"post", "x"},
                                                                   {"actor", "an"},
                                                                   {"type", "reaction"},
                                                                   {"reaction", "haha"},
                                                                   {"op", "add"},
                                                                   {"object", "o"},
                                                                   {"source", "\xF0\x9F\x98\x80"},
                                                                   {"other", "{\"id\":2}"}};
  std::mt19937_64 random(9);
  const auto space = [&] {
    return std::string(random() % 4 ? 0 : random() % 3, " \t"[random() % 2]);
  };
  const auto text = [&](const std::string& s) {
    std::string out = "\"";
    for (const char c : s) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", c);
      const bool must = c == '"' || c == '\\';
      out += must || (c > 0 && random() % 5 == 0) ? escaped : std::string(1, c);
    }
    return out + "\"";
  };
  std::string expected;
  for (int round = 0; round < 2000; ++round) {
    auto order = fields;
    std::shuffle(order.begin(), order.end(), random);
    std::string line = space() + "{";
    for (const auto& [key, value] : order) {
      if (line.back() == '"') line += space() + ",";
      line += space() + text(key) + space() + ":" + space() + text(value);
    }
    line += space() + "}" + space();
    EventBatch batch;
    const std::string found = Describe(MustParse(line, &batch));
    if (round == 0) expected = found;
    ASSERT_EQ(found, expected) << line;
  }
}

TEST(EventLineTest, ARejectedOneSaysWhichPageItNamed) {
  const auto page_of = [](const std::string& lines) {
    const EventBatch batch = ParseLines(lines);
    EXPECT_EQ(batch.rejections.size(), 1u) << lines;
    return batch.rejections.empty() ? "" : std::string(batch.rejections[0].page);
  };
  EXPECT_EQ(page_of(EventWith({{"ts", "\"x\""}, {"page", "\"T\\u00e2n\""}})), "T\xC3\xA2n");
  EXPECT_EQ(page_of(EventWith({{"type", ""}})), "p");
  for (const char* page : {"\"*\"", "\"\"", "5", ""})
    EXPECT_EQ(page_of(EventWith({{"page", page}})), "");
  EXPECT_EQ(page_of(EventWith({}) + "\nno event\n"), "") << "is not the line before";
}

}  // namespace
}  // namespace pagepulse
