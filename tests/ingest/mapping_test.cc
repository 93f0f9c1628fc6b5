// A mapped event is the native event that its mapping says it is: each case stands beside that
// event, written by hand.

#include "ingest/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/ingest/mapping_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<Adapter> Make(const MappingSpec& spec) {
  absl::StatusOr<Mapping> mapping = MakeMapping("m", spec);
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return MakeMappedAdapter(*std::move(mapping));
}

// An app's log.
MappingSpec App() {
  MappingSpec spec;
  spec.fields = {
      {"id", {"/uuid"}},
      {"ts", {"/at", "/time/sent"}},
      {"page", {"/ward", "=tan-dinh"}},
      {"post", {"/article/id"}},
      {"actor", {"/user/id", "/device"}},
      {"type", {"/what"}},
      {"reaction", {"/emotion"}},
      {"op", {"/how"}},
      {"object", {"/comment"}},
      {"count", {"/n"}},
      {"source", {"=app"}},
  };
  spec.types = {{"opened", "view"},      {"liked", "reaction like"},
                {"reacted", "reaction"}, {"unliked", "reaction remove"},
                {"wrote", "comment"},    {"raised", "sos_alert"},
                {"noise", "-"},          {"own*", "*"}};
  return spec;
}

TEST(MappingTest, AnEventIsTheNativeEventThatTheTableSays) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"uuid":"a1","at":"2025-07-01T08:00:00+07:00","what":"opened","article":{"id":"p9"},)"
       R"("user":{"id":"u1"}})",
       R"({"id":"a1","ts":"2025-07-01T08:00:00+07:00","page":"tan-dinh","type":"view","post":"p9",)"
       R"("actor":"u1","source":"app"})"},
      // The first that there is; null and an empty text are not.
      {R"({"at":null,"time":{"sent":1751331600},"what":"opened","user":{"id":""},"device":"d"})",
       R"({"ts":1751331600,"page":"tan-dinh","type":"view","actor":"d","source":"app"})"},
      // Integers are their digits, above 2^53 too; digits in a text are a time and a count.
      {R"({"at":"1751331600123","what":"opened","ward":10201978818232600,"article":{"id":7},)"
       R"("user":{"id":-0},"n":"3"})",
       R"({"ts":1751331600123,"page":"10201978818232600","type":"view","post":"7","actor":"0",)"
       R"("count":3,"source":"app"})"},
      {R"({"at":1751331600.9876,"what":"opened"})",
       R"({"ts":1751331600987,"page":"tan-dinh","type":"view","source":"app"})"},
      {R"({"at":"1751331600.5","what":"opened"})",
       R"({"ts":1751331600500,"page":"tan-dinh","type":"view","source":"app"})"},
      // Names.
      {R"({"at":1751331600,"what":"LIKED","article":{"id":"p"},"device":"d","emotion":"love"})",
       R"({"ts":1751331600,"page":"tan-dinh","type":"reaction","reaction":"like","post":"p",)"
       R"("actor":"d","source":"app"})"},
      {R"({"at":1751331600,"what":"reacted","article":{"id":"p"},"device":"d","emotion":"wow",)"
       R"("how":"edit"})",
       R"({"ts":1751331600,"page":"tan-dinh","type":"reaction","reaction":"wow","op":"edit",)"
       R"("post":"p","actor":"d","source":"app"})"},
      {R"({"at":1751331600,"what":"unliked","article":{"id":"p"},"device":"d","how":"add"})",
       R"({"ts":1751331600,"page":"tan-dinh","type":"reaction","op":"remove","post":"p",)"
       R"("actor":"d","source":"app"})"},
      {R"({"at":1751331600,"what":"wrote","comment":55})",
       R"({"ts":1751331600,"page":"tan-dinh","type":"comment","object":"55","source":"app"})"},
      {R"({"at":1751331600,"what":"raised","emotion":"panic","how":"loudly"})",
       R"({"ts":1751331600,"page":"tan-dinh","type":"sos_alert","source":"app"})"},
      {R"({"at":1751331600,"what":"Own Thing.Done"})", "ignored 1"},
      {R"({"at":1751331600,"what":"own Thing.Done"})",
       R"({"ts":1751331600,"page":"tan-dinh","type":"own_thing.done","source":"app"})"},
      {R"({"what":"noise"})", "ignored 1"},
      {R"({"what":"unheard of"})", "ignored 1"},
      // Faults, in the order of the native ones.
      {R"({"at":1751331600})", "missing_type"},
      {R"({"at":1751331600,"what":{"a":1}})", "bad_type"},
      {R"({"what":"opened"})", "missing_ts"},
      {R"({"what":"opened","at":"yesterday"})", "bad_ts"},
      {R"({"what":"opened","at":true})", "bad_ts"},
      {R"({"what":"opened","at":1e9})", "bad_ts"},
      {R"({"what":"opened","at":4751331600})", "future"},
      {R"({"what":"opened","at":1751331600,"ward":"*"})", "bad_page"},
      {R"({"what":"opened","at":1751331600,"ward":1.5})", "bad_page"},
      {R"({"what":"opened","at":1751331600,"article":{"id":["x"]}})", "bad_post"},
      {R"({"what":"opened","at":1751331600,"device":"a\u0007b"})", "bad_actor"},
      {R"({"what":"opened","at":1751331600,"n":0})", "bad_count"},
      {R"({"what":"reacted","at":1751331600})", "missing_reaction"},
      {R"({"what":"reacted","at":1751331600,"emotion":"heart"})", "bad_reaction"},
      {R"({"what":"reacted","at":1751331600,"emotion":"love","how":"delete"})", "bad_op"},
      {R"({"what":"own views!","at":1751331600})",
       R"({"ts":1751331600,"page":"tan-dinh","type":"own_views","source":"app"})"},
      {R"({"what":"opened","at":1,"at":2})", "duplicate_key"},
      {R"({"what":"opened","at":1)", "bad_json"},
      {R"(["what"])", "bad_json"},
      {R"({"what":"opened","x":"\q","at":1751331600})", "bad_json"},
  };
  const auto adapter = Make(App());
  for (const auto& [foreign, native] : cases) {
    EXPECT_EQ(Meanings(ParseAs(*adapter, foreign)), Native(native)) << foreign;
  }
}

TEST(MappingTest, ANameThatIsNoTypeIsNamedAsSuch) {
  MappingSpec spec;
  spec.fields = {{"ts", {"/t"}}, {"page", {"=p"}}, {"type", {"/k"}}};
  const auto adapter = Make(spec);
  const std::pair<const char*, const char*> cases[] = {
      {"view", R"({"ts":1,"page":"p","type":"view"})"},
      {"Sign Up!", R"({"ts":1,"page":"p","type":"sign_up"})"},
      {"Views", "reserved_type"},
      {"reach", "reserved_type"},
      {"7 wonders", "bad_type"},
      {"xem bài", "bad_type"},
      {"a_name_of_more_than_thirty_two_bytes", "bad_type"},
      {"?!", "bad_type"},
  };
  for (const auto& [name, native] : cases) {
    const std::string foreign = std::string(R"({"t":1,"k":")") + name + "\"}";
    EXPECT_EQ(Meanings(ParseAs(*adapter, foreign)), Native(native)) << foreign;
  }
}

// What is written once holds for each value: a part of it, several joined, a constant.
TEST(MappingTest, ValuesAreMadeOfPartsAndConstants) {
  const std::string path = "/tin-tuc/" + std::string(70, 'x') + "à" + std::string(70, 'y');
  const struct {
    std::string source, foreign, page;
  } cases[] = {
      {"/u | host", R"({"u":"https://an@Tan-Dinh.vn:8080/a?b=c://d"})", "Tan-Dinh.vn"},
      {"/u | host", R"({"u":"localhost:3000"})", "localhost"},
      {"/u | host", R"({"u":"http://[::1]:80/x"})", "[::1]"},
      {"/u | path", R"({"u":"https://tan-dinh.vn/tin-tuc/1?utm=x#y"})", "/tin-tuc/1"},
      {"/u | path", R"({"u":"https://tan-dinh.vn"})", "/"},
      {"/u | path", R"({"u":"https://tan-dinh.vn?a=/b"})", "/"},
      {"/u | path", R"({"u":"/tin?x=http://y/z"})", "/tin"},
      {"/u | last", R"({"u":"/pages/p1/"})", "p1"},
      {"/u | last", R"({"u":"urn:p1"})", "urn:p1"},
      {"/u | last", R"({"u":7})", "7"},
      {"/a + /b | last", R"({"a":"x","b":"y/z"})", "x z"},
      {"/a + /b", R"({"b":3})", "3"},
      {"/a + /b", R"({"a":1})", "1"},
      {"=an = /x", "{}", "an = /x"},
      {"/a~1b/ c", R"({"a/b":{" c":"v"}})", "v"},
  };
  for (const auto& c : cases) {
    MappingSpec spec;
    spec.fields = {{"ts", {"=1"}}, {"page", {c.source}}, {"type", {"=view"}}};
    EXPECT_EQ(Meanings(ParseAs(*Make(spec), c.foreign)),
              Native(R"({"ts":1,"page":")" + c.page + R"(","type":"view"})"))
        << c.source;
  }
  // A long path stays a name: its beginning, not cut within a character, and a hash.
  MappingSpec spec;
  spec.fields = {{"ts", {"=1"}}, {"page", {"/u | path"}}, {"type", {"=view"}}};
  const EventBatch batch = ParseAs(*Make(spec), R"({"u":")" + path + R"(?q"})");
  ASSERT_EQ(batch.events.size(), 1u);
  const std::string name(batch.events[0].page);
  EXPECT_LE(name.size(), 128u);
  EXPECT_EQ(name.substr(0, 111), path.substr(0, 111));
  EXPECT_EQ(name[name.size() - 17], '~');
  const EventBatch other = ParseAs(*Make(spec), R"({"u":")" + path + R"(z"})");
  EXPECT_NE(std::string(other.events.at(0).page), name);
}

TEST(MappingTest, AnIdOfPartsIsOfThemAll) {
  MappingSpec spec;
  spec.fields = {{"id", {"/s + /i"}}, {"ts", {"=1"}}, {"page", {"=p"}}, {"type", {"=view"}}};
  const auto adapter = Make(spec);
  const auto id = [&](const std::string& foreign) {
    const EventBatch batch = ParseAs(*adapter, foreign);
    EXPECT_TRUE(batch.events.at(0).has_id);
    return batch.events.at(0).id_fingerprint;
  };
  const uint64_t page = NativeKey().Page("p");
  EXPECT_EQ(id(R"({"s":"/a","i":"b"})"), NativeKey().Within(page,
                                                            "/a\x1f"
                                                            "b"));
  EXPECT_EQ(id(R"({"s":"/a","i":"b"})"), id(R"({"i":"b","x":1,"s":"\/a"})"));
  EXPECT_NE(id(R"({"s":"a","i":"b c"})"), id(R"({"s":"a b","i":"c"})"));
  EXPECT_EQ(id(R"({"i":5})"), NativeKey().Within(page, "5"));
  const std::string long_uri(300, 'u');
  EXPECT_EQ(id(R"({"s":")" + long_uri + R"(","i":"1"})"), NativeKey().Within(page, long_uri + "\x1f"
                                                                                              "1"));
  EXPECT_EQ(Meanings(ParseAs(*adapter, R"({"i":")" + std::string(513, 'x') + "\"}")),
            Native("bad_id"));
}

TEST(MappingTest, TheSendersPageAndTheArrivalStandIn) {
  MappingSpec spec;
  spec.fields = {
      {"ts", {"/t", "@arrival"}}, {"page", {"/p", "@page"}}, {"type", {"=reaction love"}}};
  const auto adapter = Make(spec);
  const std::string now = std::to_string(kNow);
  EXPECT_EQ(Meanings(ParseAs(*adapter, "{}", {}, "mine")),
            Native(R"({"ts":)" + now + R"(,"page":"mine","type":"reaction","reaction":"love"})"));
  EXPECT_EQ(Meanings(ParseAs(*adapter, R"({"t":1,"p":"q"})", {}, "mine")),
            Native(R"({"ts":1,"page":"q","type":"reaction","reaction":"love"})"));
  EXPECT_EQ(Meanings(ParseAs(*adapter, "{}")), Native("missing_page"));
}

TEST(MappingTest, LinesAndDocumentsAreOneFormat) {
  const std::string a = R"({"at":1751331600,"what":"opened","uuid":"a"})",
                    b = R"({"at":1751331600,"what":"noise"})", c = R"({"what":"opened"})";
  MappingSpec spec = App();
  const auto lines = Make(spec);
  ASSERT_NE(lines->document(), nullptr);
  EXPECT_EQ(lines->framing(), Framing::kLines);
  const std::string view =
      Native(R"({"id":"a","ts":1751331600,"page":"tan-dinh","type":"view","source":"app"})")[0];
  EXPECT_THAT(Meanings(ParseAs(*lines, a + "\r\n\n" + b + "\nnot json\n" + c)),
              ElementsAre(view, "bad_json", "missing_ts", "ignored 1"));
  const std::vector<std::string> good = {view, "missing_ts", "ignored 1"};
  EXPECT_EQ(Meanings(ParseAs(*lines->document(), "[" + a + " ,\n" + b + "," + c + "]")), good);
  EXPECT_EQ(Meanings(ParseAs(*lines->document(),
                             "\xEF\xBB\xBF{ \"at\":1751331600,\n"
                             "\"what\":\"opened\",\"uuid\":\"a\" }")),
            std::vector<std::string>{view});

  spec.items = "/data/events";
  const auto document = Make(spec);
  EXPECT_EQ(document->framing(), Framing::kWhole);
  EXPECT_EQ(document->document(), nullptr);
  const std::string inside = "[" + a + "," + b + "," + c + "]";
  for (const std::string& whole :
       {R"({"x":[1,{"events":[]}],"data":{"y":{},"events":)" + inside + R"(,"z":"\n"},"w":1})",
        R"({"d\u0061ta":{"events":)" + inside + "}}", inside}) {
    EXPECT_EQ(Meanings(ParseAs(*document, whole)), good) << whole;
  }
  EXPECT_THAT(Meanings(ParseAs(*document, a)), ElementsAre(view));
  EXPECT_THAT(Meanings(ParseAs(*document, R"({"data":{"events":)" + a + "}}")), ElementsAre(view));
  EXPECT_THAT(Meanings(ParseAs(*document, R"({"data":{"events":[]}})")), IsEmpty());
}

TEST(MappingTest, ADocumentThatIsNotJsonIsRefusedWhole) {
  MappingSpec spec = App();
  spec.items = "/batch";
  const auto adapter = Make(spec);
  const std::string event = R"({"at":1751331600,"what":"opened"})";
  for (const std::string& bad : std::vector<std::string>{
           "", "{", "{\"batch\":[" + event + "]", "{\"batch\":[" + event + ",]}",
           "{\"batch\":[" + event + "]}{}", "{\"batch\":[" + event + "],\"x\":nul}",
           "{\"batch\":[" + event + "],\"\\q\":1}", "{\"x\" 1}", "{\"batch\":[\"\xFF\"]}"}) {
    EventBatch batch;
    const absl::Status status = adapter->Parse(CopyToChunk(bad), {}, NativeContext(), &batch);
    EXPECT_EQ(ErrorCode(status), "bad_json") << bad;
    EXPECT_EQ(batch.received(), 0u) << bad;
  }
}

// The native keys mapped to themselves: every line is what it is without a mapping, in any cut.
TEST(MappingTest, TheIdentityIsTheNativeFormat) {
  MappingSpec spec;
  for (const char* key : {"id", "ts", "page", "post", "actor", "type", "reaction", "op", "object",
                          "count", "source"}) {
    spec.fields[key] = {std::string("/") + key};
  }
  const auto adapter = Make(spec);
  const std::vector<std::string> lines = {
      R"({"id":"a","ts":1751331600,"page":"p","type":"view","actor":"u","x":{"y":[1,2]}})",
      R"({"ts":"2025-07-01T08:30:00.25+07:00","page":"\u0070","type":"sos.alert","id":5})",
      R"({"ts":1751331600,"page":"p","type":"reaction","reaction":"love","post":"q","actor":5})",
      R"({"ts":1751331600,"page":"p","type":"comment","object":"c","op":"remove"})",
      R"({"ts":1751331600,"page":"p","type":"share","id":"s"})",
      R"({"ts":1751331600,"page":"p","type":"views"})",
      R"({"ts":1751331600,"page":"p"})",
      R"({"page":"p","type":"view"})",
      "{\"ts\":1,\"page\":\"p\",\"type\":\"view\",\"post\":\"a\xC2\x85\"}",
      "not json",
      "",
      "{}"};
  std::mt19937 random(5);
  for (int round = 0; round < 100; ++round) {
    std::string text;
    for (int i = random() % 300; i > 0; --i) text += lines[random() % lines.size()] + "\n";
    EXPECT_EQ(Meanings(ParseAs(*adapter, text)), Meanings(ParseLines(text)));
  }
}

TEST(MappingTest, WhatIsWrittenWronglyIsNamed) {
  const struct {
    const char* key;
    const char* source;
    const char* message;
  } cases[] = {
      {"page", "ward", "`page`: `ward` says neither where a value is nor what it is"},
      {"page", "", "says neither"},
      {"page", "=", "constant without text"},
      {"page", "/a~", "not a JSON Pointer"},
      {"page", "/a | hots", "asks for the part `hots`"},
      {"post", "@page", "of `page` alone"},
      {"page", "@arrival", "of `ts` alone"},
      {"type", "=Views", "`type`: `Views` is no type of event"},
      {"type", "=reaction liked", "no op or reaction"},
      {"pages", "/a", "`pages`: events have no such key"},
  };
  for (const auto& c : cases) {
    MappingSpec spec = App();
    spec.fields[c.key] = {c.source};
    const absl::Status status = MakeMapping("m", spec).status();
    EXPECT_EQ(ErrorCode(status), "bad_mapping") << c.source;
    EXPECT_THAT(std::string(status.message()), HasSubstr("mapping `m`, ")) << c.source;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message)) << c.source;
  }
  MappingSpec spec = App();
  spec.fields.erase("ts");
  EXPECT_THAT(std::string(MakeMapping("m", spec).status().message()),
              HasSubstr("`ts`: every event"));
  spec = App();
  spec.types["x"] = "View";
  EXPECT_THAT(std::string(MakeMapping("m", spec).status().message()), HasSubstr("`types`: `View`"));
  spec = App();
  spec.items = "events";
  EXPECT_THAT(std::string(MakeMapping("m", spec).status().message()),
              HasSubstr("`items`: `events`"));
}

}  // namespace
}  // namespace pagepulse
