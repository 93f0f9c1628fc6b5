#include "ingest/json_cursor.h"

#include <simdjson.h>

#include "ingest/json_index.h"
#include "ingest/json_text.h"
#include "tests/ingest/native_testing.h"

namespace pagepulse {
namespace {

// Whether the whole text is one JSON value.
bool IsJson(const std::string& text) {
  const Chunk chunk = CopyToChunk(text);
  JsonIndex& index = JsonIndex::OfThisThread();
  if (index.Build(chunk.text()) != IndexResult::kOk) return false;
  JsonCursor cursor = {chunk.block.get(), index.tokens(), static_cast<uint32_t>(text.size())};
  return cursor.SkipValue() && cursor.done();
}

std::string Unescaped(const std::string& raw, TextFault expected = TextFault::kNone) {
  std::string out;
  EXPECT_EQ(Unescape(raw, &out), expected) << raw;
  return out;
}

TEST(JsonCursorTest, TakesJsonAndNothingElse) {
  for (const char* good : {"0",
                           "-0",
                           "1",
                           "-1.5e+3",
                           "1E2",
                           "true",
                           "false",
                           "null",
                           "\"\"",
                           "\"a\\u0000b\"",
                           "{}",
                           "[]",
                           "[[]]",
                           "[{}]",
                           "{\"a\":[]}",
                           " [ 1 , 2 ] ",
                           "{\"a\":{\"b\":[1,{}]},\"c\":null}",
                           "\"\\ud800\"",
                           "123456789012345678901234567890",
                           "1e400",
                           "[\"]\",\"}\"]"}) {
    EXPECT_TRUE(IsJson(good)) << good;
  }
  for (const char* bad : {"",
                          " ",
                          "-",
                          "01",
                          "1.",
                          ".5",
                          "1e",
                          "1e+",
                          "+1",
                          "0x1",
                          "1a",
                          "tru",
                          "truex",
                          "nul",
                          "NaN",
                          "\"",
                          "\"\\q\"",
                          "\"\\u12g4\"",
                          "\"\\u123\"",
                          "{",
                          "}",
                          "[",
                          "]",
                          "[1",
                          "[1,",
                          "[1,]",
                          "[,1]",
                          "[1 2]",
                          "[1}",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{,}",
                          "{\"a\" 1}",
                          "{1:2}",
                          "{\"a\":1]",
                          "{\"a\":1 \"b\":2}",
                          "{\"\\q\":1}",
                          "{}{}",
                          "[][]",
                          "1 2",
                          "\"a\"b",
                          "\"a\"\"b\"",
                          "{\"a\"\"b\":1}",
                          "{\"a\"x:1}",
                          "[1\x0c]",
                          "[1\x0c,2]",
                          "[\x1a]",
                          "'a'",
                          "\"\x01\"",
                          "\"\x80\"",
                          "\"\xED\xA0\x80\"",
                          "\xEF\xBB\xBF{}",
                          "{\"a\"::1}",
                          "[1,,2]",
                          "{\"a\":1:2}"}) {
    EXPECT_FALSE(IsJson(bad)) << bad;
  }
  EXPECT_FALSE(IsJson(std::string("[\0]", 3)));
}

TEST(JsonCursorTest, NoDepthIsTooDeep) {
  const int depth = 200000;
  EXPECT_TRUE(IsJson(std::string(depth, '[') + std::string(depth, ']')));
  EXPECT_FALSE(IsJson(std::string(depth, '[') + std::string(depth - 1, ']')));
}

TEST(JsonCursorTest, JudgesTheTestSuiteAsItIsMeant) {
  int judged = 0;
  for (const auto& path : FixtureFiles("adversarial/nst__JSONTestSuite")) {
    const std::string name = path.filename().string();
    const bool good = name.find("__y_") != std::string::npos;
    const bool bad = name.find("__n_") != std::string::npos;
    if (!good && !bad) continue;
    EXPECT_EQ(IsJson(ReadFile(path)), good) << name;
    ++judged;
  }
  if (judged == 0) GTEST_SKIP() << "no fixtures";
  EXPECT_GT(judged, 150);
}

TEST(JsonCursorTest, AgreesWithTheDomOnMutatedText) {
  const std::string seed =
      R"({"id":"a\n","ts":12,"k":[1.5,{"x":null,"y":[true,false,""]},-3e2],"z":{}} )";
  const std::string alphabet = "{}[]:,\"\\ \n0123456789.eE+-truefalsn\x01\xC3\xA9";
  std::mt19937_64 random(3);
  simdjson::dom::parser parser;
  int good = 0;
  for (int i = 0; i < 300000; ++i) {
    std::string text = seed;
    for (int edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1);
      }
    }
    const auto error = parser.parse(text).error();
    // What the DOM has no number for is JSON all the same.
    if (error == simdjson::NUMBER_ERROR) continue;
    ASSERT_EQ(IsJson(text), error == simdjson::SUCCESS) << text << " " << error;
    good += error == simdjson::SUCCESS;
  }
  EXPECT_GT(good, 10000);
}

TEST(JsonTextTest, Unescapes) {
  EXPECT_EQ(Unescaped(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(Unescaped(R"(a\u0062c)"), "abc");
  EXPECT_EQ(Unescaped(R"(\u00e9\u1EA1)"), "\xC3\xA9\xE1\xBA\xA1");
  EXPECT_EQ(Unescaped(R"(\ud83d\ude00)"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(Unescaped(R"(\uDBFF\uDFFF)"), "\xF4\x8F\xBF\xBF");
  EXPECT_EQ(Unescaped(R"(\uD800\uDC00)"), "\xF0\x90\x80\x80");
  EXPECT_EQ(Unescaped(R"(\u0000)"), std::string(1, '\0'));
  Unescaped(R"(\ud83d)", TextFault::kNotText);
  Unescaped(R"(\ude00)", TextFault::kNotText);
  Unescaped(R"(\ud83dx)", TextFault::kNotText);
  Unescaped(R"(\ud83d\n)", TextFault::kNotText);
  Unescaped(R"(\ud83d\ud83d\ude00)", TextFault::kNotText);
  Unescaped(R"(\ude00\ud83d)", TextFault::kNotText);
  for (const char* bad :
       {"\\", "\\q", "\\u", "\\u12", "\\u123g", "\\ud83d\\u12", "\\ud83d\\q", "a\\x41"}) {
    Unescaped(bad, TextFault::kBadEscape);
  }
}

TEST(JsonTextTest, FindsControlCharacters) {
  EXPECT_FALSE(HasControl("T\xC3\xA2n \xC4\x90\xE1\xBB\x8Bnh \xC2\xA0"));
  EXPECT_TRUE(HasControl(std::string("a\0", 2)));
  EXPECT_TRUE(HasControl("\x1F"));
  EXPECT_TRUE(HasControl("\x7F"));
  EXPECT_TRUE(HasControl("a\xC2\x80"));
  EXPECT_TRUE(HasControl("\xC2\x9F z"));
}

TEST(JsonTextTest, PlainTextHasNeitherEscapeNorControl) {
  for (size_t size = 0; size < 40; ++size) {
    for (size_t at = 0; at < size + 7; ++at) {
      for (const char c : {'\\', '\x7F', '\xC2', ']', '[', '~', '\xC3'}) {
        std::string text(size + 8, 'a');  // what follows the text must not matter
        text[at] = c;
        const bool hit = at < size && (c == '\\' || c == '\x7F' || c == '\xC2');
        ASSERT_EQ(IsPlain(std::string_view(text).substr(0, size)), !hit) << size << " " << at;
      }
    }
  }
}

}  // namespace
}  // namespace pagepulse
