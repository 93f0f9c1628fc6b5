// What stands around the changes of a delivery, and what it says of posts.

#include <random>

#include "absl/strings/str_replace.h"
#include "ingest/facebook.h"
#include "tests/ingest/facebook_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

const std::string kLove =
    R"({"field":"feed","value":{"item":"reaction","verb":"add","post_id":"77_1","sender_id":5,)"
    R"("created_time":1700000000,"reaction_type":"love"}})";

std::string Entry(const std::string& id, const std::string& changes) {
  return R"({"id":)" + id + R"(,"time":1700000005,"changes":[)" + changes + "]}";
}
std::string Delivery(const std::string& entries) {
  return R"({"object":"page","entry":[)" + entries + "]}";
}

TEST(FacebookEnvelope, SeveralEntriesPagesAndDeliveries) {
  const std::string one = Delivery(Entry("\"77\"", kLove) + "," + Entry("78", kLove));
  for (const std::string& json :
       {one, "[" + one + "]", " [" + one + ",\n" + one + "] ", "\xef\xbb\xbf" + one}) {
    NaiveStore store;
    const EventBatch batch = MustParse(json);
    store.Take(batch);
    EXPECT_EQ(batch.ignored, 0u);
    EXPECT_THAT(store.Net(), ElementsAre(Pair("77 reaction love", 1), Pair("78 reaction love", 1)));
  }
  const EventBatch twice = MustParse("[" + one + "," + one + "]");
  ASSERT_THAT(twice.events, SizeIs(4));
  EXPECT_EQ(twice.events[3].line, 4u);
}

TEST(FacebookEnvelope, WhatIsIgnored) {
  const std::vector<std::pair<std::string, uint64_t>> ignored = {
      {"{}", 1},
      {"[]", 0},
      {"5", 1},
      {"null", 1},
      {R"("text")", 1},
      {"[[],5,{}]", 3},
      {R"({"object":"page"})", 1},
      {R"({"object":"page","entry":[]})", 1},
      {R"({"object":"page","entry":{}})", 1},
      {Delivery("5,null"), 2},
      {Delivery(R"({"id":"77","time":1})"), 1},
      {Delivery(R"({"id":"77","time":1,"changes":[]})"), 1},
      {Delivery(R"({"id":"77","time":1,"changes":7})"), 1},
      {Delivery(R"({"id":"77","time":1,"changed_fields":["feed","ratings"]})"), 2},
      {Delivery(R"({"id":"77","time":1,"messaging":[{},{}],"standby":[{}]})"), 3},
      {Delivery(Entry("\"0\"", kLove + "," + kLove)), 2},
      {Delivery(Entry("0", kLove)), 1},
      {Delivery(Entry("\"77\"", "1,{},[]")), 3},
      {Delivery(Entry("\"77\"", R"({"field":"feed"},{"field":"feed","value":"x"})")), 2},
      {Delivery(Entry("\"77\"", absl::StrReplaceAll(kLove, {{"feed", "ratings"}}))), 1},
      {Delivery(Entry("\"77\"", absl::StrReplaceAll(kLove, {{"feed", "mention"}}))), 1},
      {absl::StrReplaceAll(Delivery(Entry("\"77\"", kLove)), {{"\"page\"", "\"instagram\""}}), 1},
      {absl::StrReplaceAll(Delivery(Entry("\"77\"", kLove)), {{"\"object\":\"page\",", ""}}), 1}};
  for (const auto& [json, count] : ignored) {
    const EventBatch batch = MustParse(json);
    EXPECT_EQ(batch.received(), 0u) << json;
    EXPECT_THAT(batch.posts, IsEmpty()) << json;
    EXPECT_EQ(batch.ignored, count) << json;
  }
}

TEST(FacebookEnvelope, MessagesBesideChanges) {
  std::string json = Delivery(Entry("\"77\"", kLove));
  json = absl::StrReplaceAll(json, {{R"("changes")", R"("messaging":[{"message":{}}],"changes")"}});
  const EventBatch batch = MustParse(json);
  EXPECT_THAT(batch.events, SizeIs(1));
  EXPECT_EQ(batch.ignored, 1u);
}

TEST(FacebookEnvelope, WhatIsNotJsonIsRefusedWhole) {
  const std::string good = Delivery(Entry("\"77\"", kLove));
  for (const std::string& bad : std::vector<std::string>{
           "", " ", "\xef\xbb\xbf", "{", "not json", good + good, good + "x", "{'a':1}",
           good.substr(0, good.size() - 1), absl::StrReplaceAll(good, {{"love", "\xff"}}),
           std::string(5000, '[')}) {
    EventBatch batch;
    const absl::Status status = ParseInto(bad, &batch);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(FacebookEnvelope, AThousandChangesOfOneDelivery) {
  std::string changes;
  for (int i = 0; i < 1000; ++i) {
    changes +=
        (i ? "," : "") + absl::StrReplaceAll(kLove, {{":5", ":" + std::to_string(i + 1000)}});
  }
  NaiveStore store;
  const EventBatch batch = MustParse(Delivery(Entry("\"77\"", changes)));
  store.Take(batch);
  store.Take(batch);
  EXPECT_THAT(store.Net(), ElementsAre(Pair("77 reaction love", 1000)));
  EXPECT_EQ(store.Engaged("77"), 1000u);
}

// Cuts, flips and repeats bytes: whatever comes of it is answered, and what counts is whole.
TEST(FacebookEnvelope, DamagedDeliveriesDoNoHarm) {
  const std::string good = Delivery(Entry("\"77\"", kLove + "," + kLove) + "," +
                                    R"({"id":"78","messaging":[{}],"changed_fields":["a"]})");
  std::mt19937 random(20250701);
  int parsed = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string json = good;
    for (int change = random() % 3; change >= 0; --change) {
      const size_t at = random() % json.size();
      switch (random() % 3) {
        case 0:
          json[at] = static_cast<char>(random());
          break;
        case 1:
          json.erase(at, random() % 20);
          break;
        default:
          json.insert(at, json.substr(random() % json.size(), random() % 40));
      }
      if (json.empty()) json = "x";
    }
    EventBatch batch;
    if (!ParseInto(json, &batch).ok()) continue;
    ++parsed;
    for (const Event& event : batch.events) {
      EXPECT_FALSE(event.page.empty());
      EXPECT_TRUE(event.followed || event.has_id);
      EXPECT_GT(event.ts_ms, 0);
    }
  }
  EXPECT_GT(parsed, 100);
}

// --- posts

std::string Content(std::string value) {
  std::string change = R"({"field":"feed","value":{)" + value + "}}";
  std::replace(change.begin(), change.end(), '\'', '"');
  return Delivery(Entry("\"77\"", change));
}

const std::string kStatus =
    "'item':'status','verb':'add','post_id':'77_1','from':{'id':'77'},"
    "'created_time':1700000000,";

TEST(FacebookPosts, TitleLinkAndTime) {
  // As Meta sends it: escaped, with \/.
  const EventBatch batch = MustParse(Content(
      kStatus + R"('message':'T\u00e2n \u0110\u1ecbnh g\u1eafn k\u1ebft\nand more',)"
                R"('link':'https:\/\/a.example\/x','permalink_url':'https:\/\/b.example\/1')"));
  EXPECT_EQ(batch.received(), 0u);
  EXPECT_EQ(batch.ignored, 0u);
  ASSERT_THAT(batch.posts, SizeIs(1));
  const PostInfo& post = batch.posts[0];
  EXPECT_EQ(post.page, "77");
  EXPECT_EQ(post.post, "77_1");
  EXPECT_EQ(post.title, "Tân Định gắn kết");
  EXPECT_EQ(post.link, "https://b.example/1");
  EXPECT_EQ(post.published_ms, 1700000000000);
}

TEST(FacebookPosts, AScheduledPostIsOnePostOnceItIsPublished) {
  for (const char* no : {"0", "false"}) {
    const EventBatch batch =
        MustParse(Content(kStatus + "'message':'soon','published':" + std::string(no)));
    EXPECT_THAT(batch.posts, IsEmpty());
    EXPECT_EQ(batch.ignored, 1u);
  }
  for (const char* yes : {"1", "true"}) {
    const EventBatch batch =
        MustParse(Content(kStatus + "'message':'now','published':" + std::string(yes)));
    ASSERT_THAT(batch.posts, SizeIs(1));
    EXPECT_EQ(batch.posts[0].post, "77_1");
  }
}

TEST(FacebookPosts, VisitorsPostsAndPeoplesSharesAreContentToo) {
  const std::string visitor =
      absl::StrReplaceAll(kStatus, {{"'id':'77'", "'id':'5'"}}) + "'message':'hello'";
  const EventBatch post = MustParse(Content(visitor));
  EXPECT_THAT(post.events, IsEmpty());
  ASSERT_THAT(post.posts, SizeIs(1));
  EXPECT_EQ(post.posts[0].title, "hello");
  const EventBatch share = MustParse(Content(absl::StrReplaceAll(visitor, {{"status", "share"}})));
  EXPECT_THAT(share.events, SizeIs(1));
  EXPECT_THAT(share.posts, SizeIs(1));
}

TEST(FacebookPosts, ChangesOfAPost) {
  const auto changed = [](std::string_view verb) {
    return MustParse(
        Content(absl::StrReplaceAll(kStatus, {{"'add'", "'" + std::string(verb) + "'"}}) +
                "'message':'again'"));
  };
  for (const char* verb : {"edit", "edited", "update", "unhide"}) {
    const EventBatch batch = changed(verb);
    ASSERT_THAT(batch.posts, SizeIs(1)) << verb;
    EXPECT_EQ(batch.posts[0].title, "again");
    EXPECT_EQ(batch.posts[0].published_ms, 0) << verb;
  }
  for (const char* verb : {"hide", "remove", "delete", "block", "mute"}) {
    EXPECT_THAT(changed(verb).posts, IsEmpty()) << verb;
    EXPECT_EQ(changed(verb).ignored, 1u) << verb;
  }
}

TEST(FacebookPosts, ACommentBringsTheLinkOfItsPost) {
  const std::string comment =
      "'item':'comment','verb':'add','post_id':'77_1','comment_id':'1_2','sender_id':5,"
      "'message':'not a title','post':{'permalink_url':'https://b.example/1','is_published':true}";
  const EventBatch batch = MustParse(Content(comment));
  EXPECT_THAT(batch.events, SizeIs(1));
  ASSERT_THAT(batch.posts, SizeIs(1));
  EXPECT_EQ(batch.posts[0].link, "https://b.example/1");
  EXPECT_EQ(batch.posts[0].title, "");
  const EventBatch ad = MustParse(Content(absl::StrReplaceAll(comment, {{"true", "false"}})));
  EXPECT_THAT(ad.events, SizeIs(1));
  EXPECT_THAT(ad.posts, IsEmpty());
}

TEST(FacebookPosts, OnlyLinksOfTheWeb) {
  for (const char* bad :
       {"javascript:alert(1)", "http:/x", "ftp://a", "", "https://a b", "https://a\\u0000b"}) {
    EXPECT_THAT(MustParse(Content(kStatus + "'link':'" + bad + "'")).posts[0].link, IsEmpty());
  }
  const std::string long_link = "https://" + std::string(2041, 'a');
  EXPECT_THAT(MustParse(Content(kStatus + "'link':'" + long_link + "'")).posts[0].link, IsEmpty());
  EXPECT_EQ(MustParse(Content(kStatus + "'link':'HTTP://a'")).posts[0].link, "HTTP://a");
}

TEST(FacebookPosts, Titles) {
  EXPECT_EQ(FacebookTitle(""), "");
  EXPECT_EQ(FacebookTitle(" \r\n\t\n first \r\nsecond"), "first");
  EXPECT_EQ(FacebookTitle("a\tb\x7f"
                          "c\xc2\x85"
                          "d\xc2\xa0"
                          "e"),
            "a b c d\xc2\xa0"
            "e");
  EXPECT_EQ(FacebookTitle(std::string(240, 'x')), std::string(240, 'x'));
  EXPECT_EQ(FacebookTitle(std::string(241, 'x')), std::string(237, 'x') + "…");
  // Four-byte characters: 59 of them are 236 bytes.
  std::string smiles, kept;
  for (int i = 0; i < 70; ++i) smiles += "\xf0\x9f\x98\x80";
  for (int i = 0; i < 59; ++i) kept += "\xf0\x9f\x98\x80";
  EXPECT_EQ(FacebookTitle(smiles), kept + "…");
  // Between words where one ends in the second half.
  EXPECT_EQ(FacebookTitle(std::string(200, 'x') + " " + std::string(200, 'y')),
            std::string(200, 'x') + "…");
  EXPECT_EQ(FacebookTitle("a " + std::string(300, 'y')), "a " + std::string(235, 'y') + "…");
}

// --- any order, repetition and cutting into deliveries

// Reactions with and without a twin, comments and shares of eight people on four posts. Each has a
// second of its own: two taps of one person within a second cannot be told apart.
std::vector<std::string> RandomChanges(std::mt19937& random) {
  constexpr const char* kKinds[] = {"like", "love", "care", "haha", "wow", "sorry", "anger"};
  constexpr const char* kVerbs[] = {"add", "add", "add", "edit", "remove", "hide", "unhide"};
  std::vector<std::string> changes;
  const auto add = [&](std::string value) {
    std::string change = R"({"field":"feed","value":{)" + value + "}}";
    std::replace(change.begin(), change.end(), '\'', '"');
    changes.push_back(change);
  };
  const auto below = [&](uint32_t n) { return std::to_string(random() % n); };
  for (int i = 0; i < 400; ++i) {
    const std::string base = "'verb':'" + std::string(kVerbs[random() % 7]) + "','post_id':'77_" +
                             below(4) + "','sender_id':1" + below(8) +
                             ",'created_time':" + std::to_string(1700000000 + i) + ",'item':";
    switch (random() % 4) {
      case 0:
        add(base + "'comment','comment_id':'c" + below(40) + "'");
        break;
      case 1:
        add(base + "'share','share_id':" + below(40));
        break;
      default:
        if (random() % 3 == 0) add(base + "'like'");
        add(base + "'reaction','reaction_type':'" + kKinds[random() % 7] + "'");
    }
  }
  return changes;
}

NaiveStore CountedInCuts(const std::vector<std::string>& changes, size_t most,
                         std::mt19937& random) {
  NaiveStore store;
  for (size_t i = 0; i < changes.size();) {
    std::string joined;
    for (size_t n = random() % most + 1; n > 0 && i < changes.size(); --n, ++i) {
      joined += (joined.empty() ? "" : ",") + changes[i];
    }
    store.Take(MustParse(Delivery(Entry("\"77\"", joined))));
  }
  return store;
}

TEST(FacebookProperty, OrderAndRepetitionAndCutsDoNotMatter) {
  for (const uint32_t seed : {1u, 2u, 3u, 4u, 5u}) {
    std::mt19937 random(seed);
    std::vector<std::string> changes = RandomChanges(random);
    const NaiveStore sorted = CountedInCuts(changes, 1, random);
    EXPECT_THAT(sorted.Net(), Not(IsEmpty()));
    for (int round = 0; round < 8; ++round) {
      for (int again = 0; again < 50; ++again) {
        const std::string repeated = changes[random() % changes.size()];
        changes.push_back(repeated);
      }
      std::shuffle(changes.begin(), changes.end(), random);
      const NaiveStore shuffled = CountedInCuts(changes, 30, random);
      EXPECT_EQ(shuffled.Net(), sorted.Net()) << "seed " << seed << " round " << round;
      EXPECT_EQ(shuffled.Engaged("77"), sorted.Engaged("77"));
    }
  }
}

}  // namespace
}  // namespace pagepulse
