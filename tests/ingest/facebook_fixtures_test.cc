// Captured deliveries that other projects published, against facebook_expected.tsv, which was
// written by hand from docs/facebook.md. Skipped where the captures are not at hand.

#include <simdjson.h>

#include <filesystem>
#include <random>

#include "ingest/facebook_signature.h"
#include "tests/ingest/facebook_testing.h"
#include "tests/ingest/fixtures.h"

namespace pagepulse {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// A comma too many.
constexpr char kNotJson[] = "ker0x__messenger/Callback/invalid_message.json";
constexpr char kExpected[] = "tests/ingest/facebook_expected.tsv";

void ExpectPost(const PostInfo& post, const Expected& want) {
  EXPECT_EQ(post.page, want.at(1));
  EXPECT_EQ(post.post, want.at(2));
  EXPECT_EQ(std::to_string(post.title.size()), want.at(3));
  EXPECT_EQ(post.link, want.at(4));
  EXPECT_EQ(std::to_string(post.published_ms), want.at(5));
}

class FacebookFixtures : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kFixtures / "facebook")) GTEST_SKIP() << "no captured deliveries";
  }
};

TEST_F(FacebookFixtures, EachDeliveryIsWhatTheTableSays) {
  const auto expected = ReadExpected(kExpected);
  const std::vector<std::string> files = FilesOf(kFixtures / "facebook");
  EXPECT_EQ(files.size(), 132u);
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const EventBatch batch = MustParse(ReadFile(kFixtures / "facebook" / file));
    ExpectBatch(batch, file, expected, "facebook");
    size_t posts = 0;
    const auto [begin, end] = expected.equal_range(file);
    for (auto it = begin; it != end; ++it) {
      if (it->second.at(0) != "post") continue;
      ASSERT_LT(posts, batch.posts.size());
      ExpectPost(batch.posts[posts++], it->second);
    }
    EXPECT_EQ(posts, batch.posts.size());
  }
}

// Two comments; a legacy like and a page like. The withdrawals found nothing to withdraw, and the
// rest is the page's own or no interaction.
TEST_F(FacebookFixtures, AllOfThemTwiceInAnyOrder) {
  std::vector<std::string> files = FilesOf(kFixtures / "facebook");
  std::mt19937 random(7);
  for (int round = 0; round < 10; ++round) {
    NaiveStore store;
    for (int twice = 0; twice < (round == 0 ? 1 : 2); ++twice) {
      for (const std::string& file : files) {
        store.Take(MustParse(ReadFile(kFixtures / "facebook" / file)));
      }
      std::shuffle(files.begin(), files.end(), random);
    }
    EXPECT_THAT(store.Net(),
                ElementsAre(Pair("1234567890321 follow", 1), Pair("1234567890321 reaction like", 1),
                            Pair("137542570280222 comment", 2)));
    EXPECT_EQ(store.Engaged("1234567890321"), 1u);
    EXPECT_EQ(store.Engaged("137542570280222"), 2u);
  }
}

TEST_F(FacebookFixtures, WhatIsNotOursCountsNothing) {
  const std::vector<std::string> files = FilesOf(kFixtures / "facebook_ignore");
  EXPECT_FALSE(files.empty());
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    EventBatch batch;
    const absl::Status status = ParseInto(ReadFile(kFixtures / "facebook_ignore" / file), &batch);
    if (file == kNotJson) {
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(batch.events, IsEmpty());
      continue;
    }
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(batch.received(), 0u);
    EXPECT_THAT(batch.posts, IsEmpty());
    EXPECT_GE(batch.ignored, 1u);
  }
}

TEST_F(FacebookFixtures, Signatures) {
  simdjson::dom::parser parser;
  simdjson::dom::element list;
  const std::string path = (kFixtures / "facebook/hub_signatures.open.json").string();
  ASSERT_EQ(parser.load(path).get(list), simdjson::SUCCESS);
  std::string_view text;
  ASSERT_EQ(list["secret"].get(text), simdjson::SUCCESS);
  const std::vector<std::string> right = {"another", std::string(text)}, wrong = {"another"};
  simdjson::dom::array vectors;
  ASSERT_EQ(list["vectors"].get(vectors), simdjson::SUCCESS);
  int verified = 0;
  for (const simdjson::dom::element vector : vectors) {
    std::string_view file, header, sha1;
    ASSERT_EQ(vector["file"].get(file), simdjson::SUCCESS);
    ASSERT_EQ(vector["X-Hub-Signature-256"].get(header), simdjson::SUCCESS);
    ASSERT_EQ(vector["X-Hub-Signature"].get(sha1), simdjson::SUCCESS);
    SCOPED_TRACE(file);
    std::string body = ReadFile(kFixtures / std::string(file));
    ASSERT_FALSE(body.empty());
    EXPECT_TRUE(FacebookSignatureHolds(header, body, right));
    EXPECT_FALSE(FacebookSignatureHolds(header, body, wrong));
    EXPECT_FALSE(FacebookSignatureHolds(sha1, body, right));
    body[body.size() / 2] = static_cast<char>(body[body.size() / 2] ^ 1);
    EXPECT_FALSE(FacebookSignatureHolds(header, body, right));
    ++verified;
  }
  EXPECT_GT(verified, 150);
}

// Not deliveries, mostly not JSON: answered one way or the other, and nothing is counted.
TEST_F(FacebookFixtures, AdversarialJsonCountsNothing) {
  for (const std::string& file : FilesOf(kFixtures / "adversarial")) {
    const std::string text = ReadFile(kFixtures / "adversarial" / file);
    const std::string inside =
        R"({"object":"page","entry":[{"id":"77","time":1,"changes":[{"field":"feed","value":)" +
        text + "}]}]}";
    for (const std::string& json : {text, inside}) {
      EventBatch batch;
      if (!ParseInto(json, &batch).ok()) continue;
      EXPECT_THAT(batch.events, IsEmpty()) << file;
      EXPECT_THAT(batch.posts, IsEmpty()) << file;
      for (const Rejection& rejection : batch.rejections) {  // a line of several
        EXPECT_EQ(rejection.code, RejectCode::kBadJson) << file;
      }
    }
  }
}

}  // namespace
}  // namespace pagepulse
