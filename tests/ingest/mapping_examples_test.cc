// docs/mappings.example.toml, as an operator would use it: its own examples, and captured GitHub
// events counted apart.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>

#include "config/config.h"
#include "tests/ingest/mapping_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;

const Adapter& Format(std::string_view name) {
  static const absl::StatusOr<Config> config = LoadConfig("docs/mappings.example.toml");
  EXPECT_TRUE(config.ok()) << config.status();
  static const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make(config->mappings);
  EXPECT_TRUE(registry.ok()) << registry.status();
  return **registry->Find(name);
}

std::vector<std::string> NativeLinesOf(const std::vector<std::string>& lines) {
  std::vector<std::string> meanings;
  for (const std::string& line : lines) meanings.push_back(Native(line)[0]);
  return meanings;
}

TEST(MappingExamplesTest, TheCitizenApp) {
  const std::string lines =
      R"({"uuid":"7c9","at":"2025-07-01T08:30:00+07:00","user":{"id":"u77"},)"
      R"("what":"Article Opened","article":{"id":42}})"
      "\n"
      R"({"uuid":"8d1","at":1751331630.25,"device":"d-19","what":"SOS raised",)"
      R"("district":{"ward":"tan-dinh"}})"
      "\n"
      R"({"uuid":"9e2","at":1751331631,"what":"Debug: cache"})";
  EXPECT_EQ(Meanings(ParseAs(Format("citizen"), lines)),
            NativeLinesOf({R"({"id":"7c9","ts":"2025-07-01T08:30:00+07:00","page":"tan-dinh-app",)"
                           R"("post":"42","actor":"u77","type":"view","source":"app"})",
                           R"({"id":"8d1","ts":1751331630250,"page":"tan-dinh","actor":"d-19",)"
                           R"("type":"sos_alert","source":"app"})",
                           "ignored 1"}));
}

TEST(MappingExamplesTest, TheSosApp) {
  const std::string document = R"({"sent":1751331600,"alerts":[
    {"id":918,"state":"raised","ward":"wards/tan-dinh","created_at":1751331590.25,
     "reporter":{"phone_hash":"9f2"}},
    {"id":918,"state":"test drill","created_at":1}]})";
  const EventBatch batch = ParseAs(Format("sos"), document);
  ASSERT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(batch.ignored, 1u);
  const Event& event = batch.events[0];
  EXPECT_EQ(event.id_fingerprint, NativeKey().Within(event.page_hash, "918\x1fraised"));
  EXPECT_EQ(event.page, "tan-dinh");
  EXPECT_EQ(event.post, "918");
  EXPECT_EQ(event.custom_type, "sos.raised");
  EXPECT_EQ(event.ts_ms, 1'751'331'590'250);
  EXPECT_EQ(event.actor, NativeKey().Actor("9f2"));
}

TEST(MappingExamplesTest, AnHourOfGithub) {
  const std::filesystem::path folder = "../shared/fixtures/streams/quickwit-oss__tantivy";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no captured events";
  std::string text;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().string().find("gh") != std::string::npos) text = ReadWhole(entry.path());
  }
  ASSERT_FALSE(text.empty());

  // By what docs/mappings.example.toml says, from the events as simdjson reads them.
  std::map<std::string, int> want, found;
  simdjson::dom::parser parser;
  simdjson::dom::document_stream stream;
  ASSERT_EQ(parser.parse_many(text, 1 << 20).get(stream), simdjson::SUCCESS);
  for (auto event : stream) {
    std::string_view type, action;
    ASSERT_EQ(event["type"].get(type), simdjson::SUCCESS);
    if (event["payload"]["action"].get(action) != simdjson::SUCCESS) action = "";
    std::string name = "ignored";
    if (type == "PushEvent") name = "push";
    if (type == "WatchEvent") name = "follow";
    if (type == "ForkEvent") name = "share";
    if (type.ends_with("CommentEvent")) name = "comment";
    if (type == "ReleaseEvent") name = "message";
    for (const char* kind : {"Issues", "PullRequest"}) {
      if (type != std::string(kind) + "Event") continue;
      const std::string what = *kind == 'I' ? "issue." : "pull.";
      if (action == "opened" || action == "closed") name = what + std::string(action);
    }
    ++want[name];
  }
  const EventBatch batch = ParseAs(Format("github"), text);
  for (const Event& event : batch.events) {
    ++found[event.type == EventType::kCustom ? std::string(event.custom_type)
                                             : std::string(TypeName(event.type))];
    EXPECT_TRUE(event.has_actor);
    EXPECT_NE(std::string_view(event.page).find('/'), std::string_view::npos);
    EXPECT_EQ(event.source, "github");
    const bool fact = event.type == EventType::kFollow || event.type == EventType::kComment ||
                      event.type == EventType::kShare;
    EXPECT_EQ(event.followed, fact);
  }
  found["ignored"] = static_cast<int>(batch.ignored);
  EXPECT_TRUE(batch.rejections.empty());
  EXPECT_EQ(found, want);
  EXPECT_GT(want["push"], 100);
}

}  // namespace
}  // namespace pagepulse
