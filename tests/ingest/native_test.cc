// Many lines at once, and arrays: that no line and no element costs a neighbour.

#include <string>
#include <vector>

#include "base/error.h"
#include "tests/ingest/native_testing.h"

namespace pagepulse {
namespace {

std::string View(const std::string& id) {
  return R"({"id":")" + id + R"(","ts":1751328000,"page":"p","type":"view"})";
}

// What each line is when it stands alone.
std::vector<std::pair<uint32_t, std::string>> OneByOne(const std::string& text) {
  std::vector<std::pair<uint32_t, std::string>> all;
  uint32_t number = 1;
  for (size_t at = 0; at < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', at), text.size());
    for (const auto& [line, outcome] : Outcomes(ParseLines(text.substr(at, end - at)))) {
      all.emplace_back(number, outcome);
    }
    at = end + 1;
  }
  return all;
}

EventBatch ParseInChunks(std::vector<Chunk> chunks) {
  EventBatch batch;
  for (Chunk& chunk : chunks) {
    EXPECT_TRUE(NativeLines().Parse(std::move(chunk), {}, NativeContext(), &batch).ok());
  }
  return batch;
}

bool HasView(const EventBatch& batch, const std::string& id) {
  const uint64_t fingerprint = NativeKey().Within(NativeKey().Page("p"), id);
  return std::any_of(batch.events.begin(), batch.events.end(),
                     [&](const Event& e) { return e.has_id && e.id_fingerprint == fingerprint; });
}

TEST(NativeLinesTest, NumbersLinesAndSkipsBlankOnes) {
  const EventBatch batch = ParseLines("\n" + View("a") + "\r\n \t\r\n\r\nbad\r\n" + View("b"));
  ASSERT_EQ(batch.events.size(), 2u);
  EXPECT_EQ(batch.events[0].line, 2u);
  EXPECT_EQ(batch.events[1].line, 6u);
  ASSERT_EQ(batch.rejections.size(), 1u);
  EXPECT_EQ(batch.rejections[0].line, 5u);
  EXPECT_EQ(batch.rejections[0].offset, 1 + View("a").size() + 2 + 4 + 2);
  EXPECT_EQ(batch.rejections[0].length, 3u);
}

TEST(NativeLinesTest, AMarkOfJoinedFilesIsIgnored) {
  const std::string mark = "\xEF\xBB\xBF";
  const EventBatch batch =
      ParseLines(mark + View("a") + "\n" + mark + View("b") + "\n" + mark + "\n" + mark + " \n");
  EXPECT_EQ(batch.events.size(), 2u);
  EXPECT_EQ(batch.rejections.size(), 0u);
  EXPECT_EQ(CodeOf(mark + mark + View("a")), RejectCode::kBadJson);
  EXPECT_EQ(CodeOf(mark + "x" + View("a")), RejectCode::kBadJson);
  EXPECT_EQ(CodeOf(mark + "x " + View("a")), RejectCode::kBadJson);
  EXPECT_EQ(CodeOf(mark + "\"x\"" + View("a")), RejectCode::kBadJson);
  EXPECT_EQ(CodeOf(View("a") + mark), RejectCode::kBadJson);
}

TEST(NativeLinesTest, AnObjectDoesNotSpanLines) {
  const EventBatch batch =
      ParseLines("{\"ts\":1,\"page\":\"p\",\n\"type\":\"view\"}\n" + View("a"));
  EXPECT_EQ(batch.rejections.size(), 2u);
  EXPECT_TRUE(HasView(batch, "a"));
}

TEST(NativeLinesTest, LinesThatAreTooLongAreNumberedAmongTheOthers) {
  const std::string text = View("a") + "\n" + std::string(70000, 'x') + "\n" + View("b") + "\n" +
                           std::string(65537, '[') + "\n";
  std::mt19937_64 random(1);
  const EventBatch cut = ParseInChunks(CutAtRandom(text, kChunkBytes, &random, 5000));
  const auto outcomes = Outcomes(cut);
  ASSERT_EQ(outcomes.size(), 4u);
  EXPECT_EQ(outcomes[1].second, "rejected too_long 70000");
  EXPECT_EQ(outcomes[3].second, "rejected too_long 65537");
  EXPECT_EQ(cut.rejections[0].offset, View("a").size() + 1);
  EXPECT_EQ(outcomes, Outcomes(ParseLines(text)));  // also where no cutter has stood before
  std::string longest = View("c");
  longest.insert(1, std::string(65536 - longest.size(), ' '));
  EXPECT_EQ(CodeOf(longest), RejectCode::kNone);
  EXPECT_EQ(CodeOf(longest + "\r"), RejectCode::kNone);
  EXPECT_EQ(CodeOf(" " + longest), RejectCode::kTooLong);
}

TEST(NativeLinesTest, ALineIsTheSameInAnyCompany) {
  const std::vector<std::string> kinds = {
      View("a"),
      View("b\\u0062"),
      View("\xC2\xA0"),
      "",
      " ",
      "{}",
      "nonsense",
      "{\"id\":\"unclosed",
      "{\"id\":\"\xFF\"}",
      "{\"a\":[",
      "]}",
      "\"",
      "\\",
      "{\"id\":\"\\",
      View("c") + View("d"),
      "\xEF\xBB\xBF" + View("e"),
      std::string("{\"\0\":1}", 7),
      "\xE1\xBA",
      View("f") + "\r",
      R"({"ts":1,"page":"p","type":"reaction","reaction":"love","actor":"a","post":"x"})",
      std::string(65537, ' ')};
  std::mt19937_64 random(21);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = random() % 60; i >= 0; --i) {
      // Most lines are good, so that windows with no, one and several faults all occur.
      const size_t kind = random() % 8 ? 0 : random() % kinds.size();
      text += random() % 40 ? kinds[kind] : std::string(40000, ' ') + kinds[kind];
      if (i > 0 || random() % 2) text += '\n';
    }
    const auto expected = OneByOne(text);
    ASSERT_EQ(Outcomes(ParseLines(text)), expected);
    ASSERT_EQ(Outcomes(ParseInChunks(CutAtRandom(text, 1 + random() % 100000, &random, 9000))),
              expected);
  }
}

TEST(NativeLinesTest, GoodLinesCountBesideEveryAdversarialFile) {
  const auto files = FixtureFiles("adversarial");
  if (files.empty()) GTEST_SKIP() << "no fixtures";
  std::mt19937_64 random(5);
  for (const auto& path : files) {
    const std::string bytes = ReadFile(path);
    const std::string text = View("first") + "\n" + bytes + "\n" + View("last") + "\n";
    const EventBatch batch =
        ParseInChunks(CutAtRandom(text, kChunkBytes, &random, 1 + random() % 3000));
    EXPECT_TRUE(HasView(batch, "first") && HasView(batch, "last")) << path;
    if (bytes.size() > 200000) continue;
    ASSERT_EQ(Outcomes(batch), OneByOne(text)) << path;
  }
}

TEST(NativeArrayTest, ReadsElements) {
  const std::string text = "\xEF\xBB\xBF \n[" + View("a") + ", 7,{\"ts\":1},\n" + View("b") + ",[" +
                           View("c") + "]]\r\n";
  EventBatch batch;
  ASSERT_TRUE(NativeArray().Parse(CopyToChunk(text), {}, NativeContext(), &batch).ok());
  ASSERT_EQ(batch.events.size(), 2u);
  EXPECT_EQ(batch.events[0].line, 1u);
  EXPECT_EQ(batch.events[1].line, 4u);
  ASSERT_EQ(batch.rejections.size(), 3u);
  EXPECT_EQ(batch.rejections[0].line, 2u);
  EXPECT_EQ(batch.rejections[0].code, RejectCode::kBadJson);
  EXPECT_EQ(batch.rejections[0].offset, text.find("7,"));
  EXPECT_EQ(batch.rejections[0].length, 1u);
  EXPECT_EQ(batch.rejections[1].code, RejectCode::kMissingPage);
  EXPECT_EQ(batch.rejections[1].length, 8u);
  EXPECT_EQ(batch.rejections[2].code, RejectCode::kBadJson);
  EXPECT_EQ(batch.rejections[2].length, View("c").size() + 2);
}

TEST(NativeArrayTest, AnEmptyArrayIsNoEvents) {
  for (const char* text : {"[]", " [ ] "}) {
    EventBatch batch;
    EXPECT_TRUE(NativeArray().Parse(CopyToChunk(text), {}, NativeContext(), &batch).ok());
    EXPECT_EQ(batch.received(), 0u);
  }
}

TEST(NativeArrayTest, WhatIsNotJsonIsRefusedWhole) {
  const std::string good = View("a");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[" + good, "at byte " + std::to_string(good.size() + 1)},
      {"[" + good + ",]", "at byte " + std::to_string(good.size() + 2)},
      {"[" + good + "]x", "at byte " + std::to_string(good.size() + 2)},
      {"[" + good + " " + good + "]", "at byte " + std::to_string(good.size() + 2)},
      {"[" + good + ",{\"x\":nul}]", "at byte " + std::to_string(good.size() + 7)},
      {"[" + good + ",{\"x\":\"\\q\"}]", "at byte"},
      {"[", "at byte 1"},
      {"", "at byte 0"},
      {"{}", "at byte 0"},
      {"[\"unclosed]", "not closed"},
      {"[\"\xFF\"]", "UTF-8"}};
  for (const auto& [text, where] : cases) {
    EventBatch batch;
    const absl::Status status = NativeArray().Parse(CopyToChunk(text), {}, NativeContext(), &batch);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(ErrorCode(status), "bad_json");
    EXPECT_NE(std::string(status.message()).find(where), std::string::npos) << text << status;
    EXPECT_EQ(batch.received(), 0u);
  }
}

TEST(NativeArrayTest, AFaultOfOneEventIsItsOwn) {
  // JSON, all of it, though a lone surrogate is no text and 1e400 no double.
  const std::string text =
      R"([{"id":"\ud800"},{"ts":1e400},{"x":1e400,"ts":1,"page":"p","type":"view"},)"
      R"({"ts":1,"ts":1},)" +
      View(std::string(66000, 'x')) + "," + View("z") + "]";
  EventBatch batch;
  ASSERT_TRUE(NativeArray().Parse(CopyToChunk(text), {}, NativeContext(), &batch).ok());
  ASSERT_EQ(batch.rejections.size(), 4u);
  EXPECT_EQ(batch.rejections[0].code, RejectCode::kBadId);
  EXPECT_EQ(batch.rejections[1].code, RejectCode::kBadTs);
  EXPECT_EQ(batch.rejections[2].code, RejectCode::kDuplicateKey);
  EXPECT_EQ(batch.rejections[3].code, RejectCode::kTooLong);
  EXPECT_EQ(batch.events.size(), 2u);
  EXPECT_TRUE(HasView(batch, "z"));
}

TEST(NativeArrayTest, AnElementIsWhatItIsAsALine) {
  const std::vector<std::string> elements = {View("a"),
                                             "{}",
                                             "null",
                                             "[1,{}]",
                                             R"({"ts":1,"page":"p","type":"follow","actor":5})",
                                             R"({"ts":1,"page":"\u0070","type":"share","id":"\n"})",
                                             R"({ "ts" : 1 , "page" : "*" } )"};
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    std::string lines, array = "[";
    for (int i = 1 + random() % 900; i > 0; --i) {
      const std::string& element = elements[random() % elements.size()];
      lines += element + "\n";
      array += (array.size() > 1 ? " ,\n" : "") + element;
    }
    EventBatch batch;
    ASSERT_TRUE(NativeArray().Parse(CopyToChunk(array + "]"), {}, NativeContext(), &batch).ok());
    const auto strip = [](auto outcomes) {  // white space behind an element is not its own
      for (auto& [line, outcome] : outcomes) {
        if (outcome.rfind("rejected", 0) == 0) outcome.resize(outcome.rfind(' '));
      }
      return outcomes;
    };
    ASSERT_EQ(strip(Outcomes(batch)), strip(Outcomes(ParseLines(lines))));
  }
}

TEST(AdapterTest, TheFirstByteDecides) {
  EXPECT_EQ(ByFirstByte(NativeLines(), " \r\n\t[{"), &NativeArray());
  EXPECT_EQ(ByFirstByte(NativeLines(), "\xEF\xBB\xBF["), &NativeArray());
  EXPECT_EQ(ByFirstByte(NativeLines(), "\n{\"id\":1}"), &NativeLines());
  EXPECT_EQ(ByFirstByte(NativeLines(), "garbage"), &NativeLines());
  EXPECT_EQ(ByFirstByte(NativeLines(), " \n"), nullptr);
  EXPECT_EQ(ByFirstByte(NativeLines(), ""), nullptr);
  EXPECT_EQ(ByFirstByte(FacebookWebhook(), "["), &FacebookWebhook());
  EXPECT_EQ(NativeLines().framing(), Framing::kLines);
  EXPECT_EQ(NativeArray().framing(), Framing::kWhole);
}

TEST(AdapterTest, HeadersAreFoundByName) {
  Headers headers;
  headers.fields = {{"content-type", "application/json"}, {"x", ""}};
  EXPECT_EQ(headers.Get("content-type"), "application/json");
  EXPECT_EQ(headers.Get("x"), "");
  EXPECT_EQ(headers.Get("y"), "");
}

}  // namespace
}  // namespace pagepulse
