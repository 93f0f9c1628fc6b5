// The vendor's samples, documented shapes and a capture, against zalo_expected.tsv, which was
// written by hand from docs/zalo.md. Skipped where they are not at hand.

#include <simdjson.h>

#include <random>

#include "ingest/zalo_signature.h"
#include "tests/ingest/fixtures.h"
#include "tests/ingest/zalo_testing.h"

namespace pagepulse {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr char kExpected[] = "tests/ingest/zalo_expected.tsv";

class ZaloFixtures : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kFixtures / "zalo")) GTEST_SKIP() << "no captured deliveries";
  }
};

TEST_F(ZaloFixtures, EachDeliveryIsWhatTheTableSays) {
  const auto expected = ReadExpected(kExpected);
  const std::vector<std::string> files = FilesOf(kFixtures / "zalo");
  EXPECT_EQ(files.size(), 32u);
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    ExpectBatch(MustParseZalo(ReadFile(kFixtures / "zalo" / file)), file, expected, "zalo");
  }
}

// Six messages, one of them of an anonymous person; a message that was seen, named twice, and
// another; seven sent. Of the follows the unfollow is the last.
TEST_F(ZaloFixtures, AllOfThemTwiceInAnyOrder) {
  std::vector<std::string> files = FilesOf(kFixtures / "zalo");
  std::mt19937 random(11);
  for (int round = 0; round < 10; ++round) {
    NaiveStore store;
    for (int twice = 0; twice < (round == 0 ? 1 : 2); ++twice) {
      for (const std::string& file : files) {
        store.Take(MustParseZalo(ReadFile(kFixtures / "zalo" / file)));
      }
      std::shuffle(files.begin(), files.end(), random);
    }
    EXPECT_THAT(store.Net(), ElementsAre(Pair("2893352839501541173 messages_delivered", 1),
                                         Pair("388613280878808645 message", 6),
                                         Pair("388613280878808645 messages_delivered", 1),
                                         Pair("388613280878808645 messages_sent", 7),
                                         Pair("388613280878808645 view", 2)));
    EXPECT_EQ(store.Reach("388613280878808645"), 1u);
  }
}

TEST_F(ZaloFixtures, AsLinesAndAsAnArrayTheyAreTheSame) {
  std::string lines, array;
  std::map<std::string, int> one_by_one;
  NaiveStore store;
  for (const std::string& file : FilesOf(kFixtures / "zalo")) {
    const std::string text = ReadFile(kFixtures / "zalo" / file);
    store.Take(MustParseZalo(text));
    lines += text + (text.ends_with('\n') ? "" : "\r\n");
    array += (array.empty() ? "[" : ",") + text;
  }
  for (const std::string& document : {lines, array + "]"}) {
    NaiveStore other;
    const EventBatch batch = MustParseZalo(document);
    other.Take(batch);
    EXPECT_EQ(other.Net(), store.Net());
    EXPECT_EQ(batch.events.size(), 20u);
    EXPECT_EQ(batch.rejections.size(), 2u);
    EXPECT_EQ(batch.ignored, 11u);
  }
}

TEST_F(ZaloFixtures, Signatures) {
  simdjson::dom::parser parser;
  simdjson::dom::array vectors;
  ASSERT_EQ(parser.load((kFixtures / "zalo/signatures.open.json").string()).get(vectors),
            simdjson::SUCCESS);
  int verified = 0;
  for (const simdjson::dom::element vector : vectors) {
    std::string_view file, app_id, secret, timestamp, mac;
    ASSERT_EQ(vector["file"].get(file), simdjson::SUCCESS);
    ASSERT_EQ(vector["app_id"].get(app_id), simdjson::SUCCESS);
    ASSERT_EQ(vector["secret"].get(secret), simdjson::SUCCESS);
    ASSERT_EQ(vector["timestamp"].get(timestamp), simdjson::SUCCESS);
    if (vector["mac"].get(mac) != simdjson::SUCCESS) {
      ASSERT_EQ(vector["header"].get(mac), simdjson::SUCCESS);
      mac.remove_prefix(std::string_view("X-ZEvent-Signature: ").size());
    }
    SCOPED_TRACE(file);
    std::string body = ReadFile(kFixtures / "zalo" / std::string(file));
    for (const std::string_view header : {std::string_view(), timestamp, std::string_view("1")}) {
      const std::vector<std::string> timestamps = ZaloTimestamps(header, body);
      EXPECT_TRUE(ZaloSignatureHolds(mac, app_id, body, timestamps, secret));
      EXPECT_FALSE(ZaloSignatureHolds(mac, "1", body, timestamps, secret));
      EXPECT_FALSE(ZaloSignatureHolds(mac, app_id, body, timestamps, "another"));
    }
    body[body.size() / 2] = static_cast<char>(body[body.size() / 2] ^ 1);
    EXPECT_FALSE(ZaloSignatureHolds(mac, app_id, body, ZaloTimestamps(timestamp, body), secret));
    ++verified;
  }
  EXPECT_EQ(verified, 32);
}

TEST_F(ZaloFixtures, AdversarialJsonCountsNothing) {
  for (const std::string& file : FilesOf(kFixtures / "adversarial")) {
    const std::string text = ReadFile(kFixtures / "adversarial" / file);
    for (const std::string& json : {text, R"({"event_name":)" + text + "}"}) {
      EventBatch batch;
      if (!ParseZalo(json, &batch).ok()) continue;
      EXPECT_TRUE(batch.events.empty()) << file;
    }
  }
}

}  // namespace
}  // namespace pagepulse
