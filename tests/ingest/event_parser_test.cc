// The table of docs/events.md, row by row, on single lines.

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/ingest/native_testing.h"

namespace pagepulse {
namespace {

constexpr RejectCode kNone = RejectCode::kNone;

// A whole event but for the keys given, each as `"key":value`; an empty value leaves a key out.
std::string With(const std::map<std::string, std::string>& changes) {
  std::map<std::string, std::string> fields = {
      {"ts", "1751328000"}, {"page", "\"p\""}, {"type", "\"view\""}};
  for (const auto& [key, value] : changes) fields[key] = value;
  std::string line;
  for (const auto& [key, value] : fields) {
    if (value.empty()) continue;
    line += (line.empty() ? "{\"" : ",\"") + key + "\":" + value;
  }
  return line + "}";
}

std::string Quoted(size_t size) { return "\"" + std::string(size, 'x') + "\""; }

Event MustParse(const std::string& line, EventBatch* batch) {
  *batch = ParseLines(line);
  EXPECT_EQ(batch->events.size(), 1u) << line;
  return batch->events.empty() ? Event() : batch->events[0];
}

struct Case {
  const char* key;
  const char* value;
  RejectCode code;
};

void Check(const std::vector<Case>& cases, const std::map<std::string, std::string>& rest = {}) {
  for (const Case& c : cases) {
    auto fields = rest;
    fields[c.key] = c.value;
    EXPECT_EQ(RejectName(CodeOf(With(fields))), RejectName(c.code)) << With(fields);
  }
}

// Every way in which a value can be no text of one to `max` bytes.
void CheckText(const std::string& key, size_t max, RejectCode code) {
  std::vector<std::pair<std::string, RejectCode>> cases = {{"\"x\"", kNone},
                                                           {"null", kNone},
                                                           {Quoted(max), kNone},
                                                           {"\"\"", code},
                                                           {Quoted(max + 1), code},
                                                           {"true", code},
                                                           {"1.5", code},
                                                           {"1e3", code},
                                                           {"[]", code},
                                                           {"{\"a\":1}", code},
                                                           {"\"\\u0000\"", code},
                                                           {"\"a\\n\"", code},
                                                           {"\"\x7F\"", code},
                                                           {"\"\\u007f\"", code},
                                                           {"\"\\u0085\"", code},
                                                           {"\"\xC2\x85\"", code},
                                                           {"\"\\ud800\"", code},
                                                           {"\"\\udc00x\"", code},
                                                           {"\"\xC2\xA0\"", kNone},
                                                           {"\"\\u00e9\"", kNone},
                                                           {"\"\\ud83d\\ude00\"", kNone},
                                                           {"\"\\q\"", RejectCode::kBadJson},
                                                           {"nul", RejectCode::kBadJson},
                                                           {"\"\x01\"", RejectCode::kBadJson}};
  for (const auto& [value, expected] : cases) {
    if (key == "page" && value == "null") continue;  // missing_page
    EXPECT_EQ(RejectName(CodeOf(With({{key, value}}))), RejectName(expected)) << key << value;
  }
}

TEST(EventParserTest, ReadsEveryKey) {
  EventBatch batch;
  const Event e = MustParse(
      R"({"id":"i1","ts":"2025-07-01T07:00:00.25+07:00","page":"tan-dinh","post":"p1","actor":"an",)"
      R"("type":"reaction","reaction":"love","op":"edit","object":"o1","count":1,"source":"zalo"})",
      &batch);
  EXPECT_EQ(e.ts_ms, 1751328000250);
  EXPECT_EQ(e.page, "tan-dinh");
  EXPECT_EQ(e.post, "p1");
  EXPECT_EQ(e.source, "zalo");
  EXPECT_EQ(e.custom_type, "");
  EXPECT_EQ(e.page_hash, NativeKey().Page("tan-dinh"));
  EXPECT_EQ(e.post_hash, NativeKey().Within128(e.page_hash, "p1"));
  EXPECT_EQ(e.id_fingerprint, NativeKey().Within(e.page_hash, "i1"));
  EXPECT_EQ(e.actor, NativeKey().Actor("an"));
  EXPECT_EQ(e.fact, NativeKey().Within128(e.page_hash, "ro\x02o1an"));
  EXPECT_EQ(e.type, EventType::kReaction);
  EXPECT_EQ(e.op, Op::kEdit);
  EXPECT_EQ(e.reaction, ReactionKind::kLove);
  EXPECT_EQ(e.count, 1u);
  EXPECT_EQ(e.line, 1u);
  EXPECT_TRUE(e.has_actor && e.has_id && e.followed);
}

TEST(EventParserTest, TheLeastEvent) {
  EventBatch batch;
  const Event e = MustParse(R"({"ts":0,"page":"p","type":"view"})", &batch);
  EXPECT_EQ(e.ts_ms, 0);
  EXPECT_EQ(e.count, 1u);
  EXPECT_EQ(e.op, Op::kAdd);
  EXPECT_FALSE(e.has_actor || e.has_id || e.followed);
}

TEST(EventParserTest, TextOfEveryKeyIsChecked) {
  CheckText("id", 64, RejectCode::kBadId);
  CheckText("page", 128, RejectCode::kBadPage);
  CheckText("post", 128, RejectCode::kBadPost);
  CheckText("actor", 128, RejectCode::kBadActor);
  CheckText("object", 128, RejectCode::kBadObject);
  CheckText("source", 32, RejectCode::kBadSource);
}

TEST(EventParserTest, Ids) {
  Check({{"id", "1", kNone},
         {"id", "-5", kNone},
         {"id", "123456789012345678901234567890", kNone},
         {"id", "01", RejectCode::kBadJson},
         {"id", "1.0", RejectCode::kBadId},
         {"actor", "5", kNone},
         {"actor", "5.0", RejectCode::kBadActor},
         {"page", "5", RejectCode::kBadPage},
         {"post", "5", RejectCode::kBadPost},
         {"object", "5", RejectCode::kBadObject},
         {"source", "5", RejectCode::kBadSource}});
  EXPECT_EQ(CodeOf(With({{"id", std::string(64, '1')}})), kNone);
  EXPECT_EQ(CodeOf(With({{"id", std::string(65, '1')}})), RejectCode::kBadId);
  EXPECT_EQ(CodeOf(With({{"actor", std::string(129, '1')}})), RejectCode::kBadActor);
}

TEST(EventParserTest, AnIntegerIsTheTextOfItsDigits) {
  const std::vector<std::pair<std::string, std::string>> same = {
      {"123", "\"123\""},
      {"-7", "\"-7\""},
      {"-0", "\"0\""},
      {"18446744073709551616", "\"18446744073709551616\""},
      {"\"a\\u0062\"", "\"ab\""},
      {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""}};
  for (const auto& [a, b] : same) {
    EventBatch first, second;
    EXPECT_EQ(Describe(MustParse(With({{"id", a}, {"actor", a}}), &first)),
              Describe(MustParse(With({{"id", b}, {"actor", b}}), &second)))
        << a;
  }
  EventBatch batch;
  EXPECT_EQ(MustParse(With({{"actor", "5"}}), &batch).actor, NativeKey().Actor("5"));
}

TEST(EventParserTest, Ts) {
  Check({{"ts", "", RejectCode::kMissingTs},
         {"ts", "null", RejectCode::kMissingTs},
         {"ts", "\"\"", RejectCode::kBadTs},
         {"ts", "-1", RejectCode::kBadTs},
         {"ts", "1751328000.5", RejectCode::kBadTs},
         {"ts", "1e9", RejectCode::kBadTs},
         {"ts", "\"1751328000\"", RejectCode::kBadTs},
         {"ts", "\"2025-07-01T00:00:00\"", RejectCode::kBadTs},
         {"ts", "\"2025\\u002d07-01T00:00:00Z\"", kNone},
         {"ts", "true", RejectCode::kBadTs},
         {"ts", "[]", RejectCode::kBadTs},
         {"ts", "1760000300000", kNone},
         {"ts", "1760000300001", RejectCode::kFuture},
         {"ts", "253402300800000", RejectCode::kBadTs}});
  EXPECT_EQ(CodeOf(With({{"ts", "1750000000000"}}), 1750000000000), kNone);
  EXPECT_EQ(CodeOf(With({{"ts", "1749999999999"}}), 1750000000000), RejectCode::kTooOld);
}

TEST(EventParserTest, Pages) {
  Check({{"page", "", RejectCode::kMissingPage},
         {"page", "null", RejectCode::kMissingPage},
         {"page", "\"*\"", RejectCode::kBadPage},
         {"page", "\"\\u002a\"", RejectCode::kBadPage},
         {"page", "\"**\"", kNone},
         {"page", "\"T\xC3\xA2n \xC4\x90\xE1\xBB\x8Bnh\"", kNone}});
}
TEST(EventParserTest, Types) {
  const std::string longest = "\"" + std::string(32, 'a') + "\"",
                    longer = "\"" + std::string(33, 'a') + "\"";
  Check({{"type", "", RejectCode::kMissingType},
         {"type", "null", RejectCode::kMissingType},
         {"type", "\"\"", RejectCode::kBadType},
         {"type", "3", RejectCode::kBadType},
         {"type", "\"View\"", RejectCode::kBadType},
         {"type", "\"9lives\"", RejectCode::kBadType},
         {"type", "\"a-b\"", RejectCode::kBadType},
         {"type", longest.c_str(), kNone},
         {"type", longer.c_str(), RejectCode::kBadType},
         {"type", "\"custom\"", kNone},
         {"type", "\"form.sent_2\"", kNone},
         {"type", "\"views\"", RejectCode::kReservedType},
         {"type", "\"reach\"", RejectCode::kReservedType},
         {"type", "\"time\"", RejectCode::kReservedType},
         {"type", "\"reported.reach\"", RejectCode::kReservedType}});
  EventBatch batch;
  const Event e = MustParse(With({{"type", "\"form\\u005fsent\""}}), &batch);
  EXPECT_EQ(e.type, EventType::kCustom);
  EXPECT_EQ(e.custom_type, "form_sent");
  for (const char* name : {"view", "click", "message", "comment", "share", "follow"}) {
    EventBatch other;
    EXPECT_EQ(TypeName(MustParse(With({{"type", "\"" + std::string(name) + "\""}}), &other).type),
              name);
  }
}

TEST(EventParserTest, Reactions) {
  const std::map<std::string, std::string> reaction = {{"type", "\"reaction\""}};
  Check({{"reaction", "", RejectCode::kMissingReaction},
         {"reaction", "null", RejectCode::kMissingReaction},
         {"reaction", "\"\"", RejectCode::kBadReaction},
         {"reaction", "\"unknown\"", RejectCode::kBadReaction},
         {"reaction", "\"Love\"", RejectCode::kBadReaction},
         {"reaction", "1", RejectCode::kBadReaction},
         {"reaction", "\"angry\"", kNone}},
        reaction);
  Check({{"op", "\"edit\"", RejectCode::kMissingReaction},
         {"op", "\"remove\"", kNone},
         {"op", "\"hide\"", kNone},
         {"op", "\"unhide\"", kNone},
         {"op", "\"undo\"", RejectCode::kBadOp}},
        reaction);
  EventBatch a, b;
  EXPECT_EQ(MustParse(With({{"type", "\"reaction\""}, {"reaction", "\"sorry\""}}), &a).reaction,
            ReactionKind::kSad);
  EXPECT_EQ(MustParse(With({{"type", "\"reaction\""}, {"reaction", "\"anger\""}}), &b).reaction,
            ReactionKind::kAngry);
}

TEST(EventParserTest, AReactionBesideAnotherTypeMeansNothingButMustBeOne) {
  EventBatch batch;
  EXPECT_EQ(MustParse(With({{"reaction", "\"love\""}}), &batch).reaction, ReactionKind::kUnknown);
  EXPECT_EQ(CodeOf(With({{"reaction", "\"lovely\""}})), RejectCode::kBadReaction);
}

TEST(EventParserTest, OnlyAddOnAnOccurrence) {
  for (const char* type : {"\"view\"", "\"click\"", "\"message\"", "\"custom.one\""}) {
    Check({{"op", "\"add\"", kNone},
           {"op", "null", kNone},
           {"op", "\"edit\"", RejectCode::kBadOp},
           {"op", "\"remove\"", RejectCode::kBadOp},
           {"op", "\"hide\"", RejectCode::kBadOp},
           {"op", "\"unhide\"", RejectCode::kBadOp}},
          {{"type", type}});
  }
  for (const char* type : {"\"comment\"", "\"share\"", "\"follow\""}) {
    Check({{"op", "\"edit\"", kNone},
           {"op", "\"unhide\"", kNone},
           {"op", "\"\"", RejectCode::kBadOp},
           {"op", "\"Add\"", RejectCode::kBadOp},
           {"op", "7", RejectCode::kBadOp}},
          {{"type", type}});
  }
}

TEST(EventParserTest, Counts) {
  Check({{"count", "1", kNone},
         {"count", "2147483648", kNone},
         {"count", "null", kNone},
         {"count", "0", RejectCode::kBadCount},
         {"count", "-1", RejectCode::kBadCount},
         {"count", "2147483649", RejectCode::kBadCount},
         {"count", "4294967297", RejectCode::kBadCount},
         {"count", "99999999999999999999", RejectCode::kBadCount},
         {"count", "1.0", RejectCode::kBadCount},
         {"count", "\"1\"", RejectCode::kBadCount}});
  EventBatch batch;
  EXPECT_EQ(MustParse(With({{"count", "2147483648"}}), &batch).count, 2147483648u);
}

TEST(EventParserTest, AFactThatIsFollowedIsOne) {
  const std::map<std::string, std::string> complete = {{"type", "\"comment\""},
                                                       {"object", "\"c\""}};
  Check({{"count", "1", kNone}, {"count", "2", RejectCode::kBadCount}}, complete);
  Check({{"count", "2", kNone}}, {{"type", "\"comment\""}, {"actor", "\"a\""}, {"id", "\"i\""}});
  Check({{"count", "2", kNone}},
        {{"type", "\"reaction\""}, {"reaction", "\"like\""}, {"post", "\"x\""}});
  Check({{"count", "2", RejectCode::kBadCount}}, {{"type", "\"share\""}, {"id", "\"i\""}});
}

TEST(EventParserTest, TheFirstFaultOfTheTableNamesTheLine) {
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
    EXPECT_EQ(RejectName(CodeOf(With(fields))), RejectName(code));
    std::string twice = With(fields);
    twice.insert(1, "\"id\":1,");  // a repeated key comes before all of them, bad JSON before that
    EXPECT_EQ(CodeOf(twice), RejectCode::kDuplicateKey);
    twice.pop_back();
    EXPECT_EQ(CodeOf(twice), RejectCode::kBadJson);
    fields[key] = good;
    if (std::string_view(key) == "id") fields["x"] = "0";
  }
  EXPECT_EQ(CodeOf(With(fields)), kNone);
  EXPECT_EQ(CodeOf(R"({"ts":1760000300001})"), RejectCode::kFuture);
  EXPECT_EQ(CodeOf(R"({"ts":1,"id":true})"), RejectCode::kBadId);
}

TEST(EventParserTest, AKeyGivenTwice) {
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

TEST(EventParserTest, OneObjectALineAndNothingElse) {
  const std::string good = With({});
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
TEST(EventParserTest, TheSameEventHoweverItIsWritten) {
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

}  // namespace
}  // namespace pagepulse
