// The table of docs/events.md, key by key, on single lines.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/ingest/native_testing.h"

namespace pagepulse {
namespace {

constexpr RejectCode kNone = RejectCode::kNone;

std::string Quoted(size_t size) { return "\"" + std::string(size, 'x') + "\""; }

struct Case {
  const char* key;
  const char* value;
  RejectCode code;
};

void Check(const std::vector<Case>& cases, const std::map<std::string, std::string>& rest = {}) {
  for (const Case& c : cases) {
    auto fields = rest;
    fields[c.key] = c.value;
    EXPECT_EQ(RejectName(CodeOf(EventWith(fields))), RejectName(c.code)) << EventWith(fields);
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
    EXPECT_EQ(RejectName(CodeOf(EventWith({{key, value}}))), RejectName(expected)) << key << value;
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
  EXPECT_EQ(CodeOf(EventWith({{"id", std::string(64, '1')}})), kNone);
  EXPECT_EQ(CodeOf(EventWith({{"id", std::string(65, '1')}})), RejectCode::kBadId);
  EXPECT_EQ(CodeOf(EventWith({{"actor", std::string(129, '1')}})), RejectCode::kBadActor);
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
    EXPECT_EQ(Describe(MustParse(EventWith({{"id", a}, {"actor", a}}), &first)),
              Describe(MustParse(EventWith({{"id", b}, {"actor", b}}), &second)))
        << a;
  }
  EventBatch batch;
  EXPECT_EQ(MustParse(EventWith({{"actor", "5"}}), &batch).actor, NativeKey().Actor("5"));
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
  EXPECT_EQ(CodeOf(EventWith({{"ts", "1750000000000"}}), 1750000000000), kNone);
  EXPECT_EQ(CodeOf(EventWith({{"ts", "1749999999999"}}), 1750000000000), RejectCode::kTooOld);
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
  const Event e = MustParse(EventWith({{"type", "\"form\\u005fsent\""}}), &batch);
  EXPECT_EQ(e.type, EventType::kCustom);
  EXPECT_EQ(e.custom_type, "form_sent");
  for (const char* name : {"view", "click", "message", "comment", "share", "follow"}) {
    EventBatch other;
    EXPECT_EQ(
        TypeName(MustParse(EventWith({{"type", "\"" + std::string(name) + "\""}}), &other).type),
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
  EXPECT_EQ(
      MustParse(EventWith({{"type", "\"reaction\""}, {"reaction", "\"sorry\""}}), &a).reaction,
      ReactionKind::kSad);
  EXPECT_EQ(
      MustParse(EventWith({{"type", "\"reaction\""}, {"reaction", "\"anger\""}}), &b).reaction,
      ReactionKind::kAngry);
}

TEST(EventParserTest, AReactionBesideAnotherTypeMeansNothingButMustBeOne) {
  EventBatch batch;
  EXPECT_EQ(MustParse(EventWith({{"reaction", "\"love\""}}), &batch).reaction,
            ReactionKind::kUnknown);
  EXPECT_EQ(CodeOf(EventWith({{"reaction", "\"lovely\""}})), RejectCode::kBadReaction);
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
  EXPECT_EQ(MustParse(EventWith({{"count", "2147483648"}}), &batch).count, 2147483648u);
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

}  // namespace
}  // namespace pagepulse
