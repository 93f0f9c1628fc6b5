// Requests that real clients sent to a capture server, against what docs/clients.md says of them,
// written by hand. Skipped where the captures are not at hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/ingest/mapping_testing.h"

namespace pagepulse {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const fs::path kCaptures = "../shared/fixtures/client_wire";
constexpr int64_t kAfterAll = 1'800'000'000'000;  // 2027-01-15

struct Captured {
  std::string body;
  Headers headers;
};

std::vector<Captured> Read(const std::string& file) {
  std::vector<Captured> requests;
  simdjson::dom::parser parser;
  std::ifstream in(kCaptures / file);
  for (std::string line; std::getline(in, line);) {
    simdjson::dom::element request;
    if (parser.parse(line).get(request) != simdjson::SUCCESS) continue;
    Captured captured;
    captured.body = std::string_view(request["body"]);
    for (const simdjson::dom::element field : simdjson::dom::array(request["headers"])) {
      std::string name(std::string_view(field.at(0)));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      captured.headers.fields.emplace_back(name, std::string_view(field.at(1)));
    }
    requests.push_back(std::move(captured));
  }
  return requests;
}

const AdapterRegistry& Registry() {
  static const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make({});
  return *registry;
}

EventBatch Parse(const Adapter& adapter, const Captured& request) {
  ParseContext context = NativeContext();
  context.now_ms = kAfterAll;
  EventBatch batch;
  const absl::Status status =
      adapter.Parse(CopyToChunk(request.body), request.headers, context, &batch);
  EXPECT_TRUE(status.ok()) << status;
  return batch;
}

std::vector<std::string> MeaningsThen(const std::vector<std::string>& native_lines) {
  ParseContext context = NativeContext();
  context.now_ms = kAfterAll;
  std::vector<std::string> meanings;
  for (const std::string& line : native_lines) {
    EventBatch batch;
    EXPECT_TRUE(NativeLines().Parse(CopyToChunk(line), {}, context, &batch).ok());
    meanings.push_back(Describe(batch.events.at(0)));
  }
  return meanings;
}

class ClientFixtures : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kCaptures)) GTEST_SKIP() << "no captured requests";
  }
};

TEST_F(ClientFixtures, Posthog) {
  const std::vector<Captured> requests = Read("posthog.ndjson");
  ASSERT_EQ(requests.size(), 1u);
  const EventBatch batch = Parse(**Registry().Find("posthog"), requests[0]);
  // The fourth names no page.
  std::vector<std::string> want = MeaningsThen(
      {R"({"id":"01a20c1f-5653-7fcd-90a8-3d6ce66cfae0","ts":"2026-01-02T03:04:05.000Z","page":"p1",)"
       R"("post":"p1_2","actor":"u1","type":"reaction","reaction":"love","source":"posthog"})",
       R"({"id":"01a20c1f-5655-78dc-98a9-fcaf0a4b0bb3","ts":"2026-11-24T05:55:10.036Z","page":"p1",)"
       R"("actor":"u2","type":"comment","source":"posthog"})"});
  want.insert(want.end(), {"missing_page", "ignored 1"});
  EXPECT_EQ(Meanings(batch), want);
  EXPECT_EQ(batch.rejections.at(0).line, 4u);
}

TEST_F(ClientFixtures, CloudEvents) {
  const std::vector<Captured> requests = Read("cloudevents.ndjson");
  ASSERT_EQ(requests.size(), 2u);  // one event: in the binary mode, and in the structured one
  std::set<uint64_t> ids;
  for (const Captured& request : requests) {
    EventBatch batch = Parse(*(*Registry().Find("cloudevents"))->document(), request);
    ASSERT_EQ(batch.events.size(), 1u);
    Event& event = batch.events[0];
    EXPECT_TRUE(event.has_id);
    EXPECT_EQ(event.id_fingerprint, NativeKey().Within(NativeKey().Page("p1"),
                                                       "/pages/p1\x1f"
                                                       "evt-1"));
    ids.insert(event.id_fingerprint);
    event.has_id = false;
    event.id_fingerprint = 0;
    EXPECT_EQ(Describe(event),
              MeaningsThen({R"({"ts":"2026-01-02T03:04:05.000Z","page":"p1","post":"p1_2",)"
                            R"("type":"reaction","reaction":"love","source":"cloudevents"})"})[0]);
  }
  EXPECT_EQ(ids.size(), 1u);
}

// Whatever comes again counts nothing more: three events, each known by its id or its fact.
TEST_F(ClientFixtures, TwiceInAnyOrderIsOnce) {
  std::vector<std::pair<const Adapter*, Captured>> requests;
  for (int twice = 0; twice < 2; ++twice) {
    for (const Captured& request : Read("posthog.ndjson")) {
      requests.emplace_back(*Registry().Find("posthog"), request);
    }
    for (const Captured& request : Read("cloudevents.ndjson")) {
      requests.emplace_back((*Registry().Find("cloudevents"))->document(), request);
    }
  }
  std::mt19937 random(11);
  for (int round = 0; round < 20; ++round) {
    std::set<std::string> facts;
    std::set<std::pair<uint64_t, uint64_t>> ids;
    std::map<std::string, int> counted;
    for (const auto& [adapter, request] : requests) {
      const EventBatch batch = Parse(*adapter, request);
      for (const Event& event : batch.events) {
        if (event.has_id && !ids.insert({event.page_hash, event.id_fingerprint}).second) continue;
        if (event.followed && !facts.insert(FormatHash(event.fact)).second) continue;
        ++counted[std::string(event.source) + " " + std::string(TypeName(event.type))];
      }
    }
    EXPECT_THAT(counted,
                ElementsAre(std::pair("cloudevents reaction", 1), std::pair("posthog comment", 1),
                            std::pair("posthog reaction", 1)));
    std::shuffle(requests.begin(), requests.end(), random);
  }
}

// What has no adapter is refused by name; and given to another client's format it counts nothing.
TEST_F(ClientFixtures, OthersAreToldWhichFormatsThereAre) {
  int others = 0;
  for (const auto& entry : fs::directory_iterator(kCaptures)) {
    const std::string file = entry.path().filename().string();
    if (entry.path().extension() != ".ndjson" || file == "posthog.ndjson" ||
        file == "cloudevents.ndjson" || file == "facebook.ndjson") {
      continue;
    }
    const absl::Status status = Registry().Find(entry.path().stem().string()).status();
    EXPECT_EQ(ErrorCode(status), "unknown_format") << file;
    EXPECT_THAT(ErrorHint(status), HasSubstr("native, facebook,")) << file;
    for (const Captured& request : Read(file)) {
      for (const char* format : {"posthog", "segment", "cloudevents"}) {
        const Adapter* adapter = *Registry().Find(format);
        adapter = ByFirstByte(*adapter, request.body);
        EventBatch batch;
        if (adapter == nullptr) continue;
        if (!adapter->Parse(CopyToChunk(request.body), request.headers, NativeContext(), &batch)
                 .ok()) {
          continue;
        }
        EXPECT_TRUE(batch.events.empty()) << file << " as " << format;
      }
    }
    ++others;
  }
  EXPECT_GE(others, 7);
}

}  // namespace
}  // namespace pagepulse
