#include "ingest/event_identity.h"

#include <set>
#include <string>
#include <utility>

#include "tests/ingest/native_testing.h"

namespace pagepulse {
namespace {

Event Finish(EventType type, const EventParts& parts, std::string_view post = "",
             std::string_view page = "p") {
  Event event;
  event.type = type;
  event.page = page;
  event.post = post;
  FinishEvent(NativeKey(), parts, &event);
  return event;
}

using Fact = std::pair<uint64_t, uint64_t>;
Fact FactOf(const Event& e) { return {absl::Uint128High64(e.fact), absl::Uint128Low64(e.fact)}; }

TEST(EventIdentityTest, HashesAreTheKeysOwn) {
  const Event e = Finish(EventType::kView, {.id = "i", .actor = "a"}, "x");
  EXPECT_EQ(e.page_hash, NativeKey().Page("p"));
  EXPECT_EQ(e.post_hash, NativeKey().Within128(e.page_hash, "x"));
  EXPECT_EQ(e.id_fingerprint, NativeKey().Within(e.page_hash, "i"));
  EXPECT_EQ(e.actor, NativeKey().Actor("a"));
  EXPECT_TRUE(e.has_id && e.has_actor);
  EXPECT_FALSE(e.followed);
  const Event bare = Finish(EventType::kView, {});
  EXPECT_FALSE(bare.has_id || bare.has_actor || bare.followed);
  EXPECT_EQ(bare.post_hash, 0u);
}

// Written by hand from the encoding: kind, what names it, the name with its length, the person.
TEST(EventIdentityTest, TheBytesOfAFactAreFixed) {
  const uint64_t page = NativeKey().Page("p");
  const auto golden = [&](std::string_view bytes) { return NativeKey().Within128(page, bytes); };
  EXPECT_EQ(Finish(EventType::kReaction, {.actor = "an", .object = "o1"}, "x").fact,
            golden("ro\x02o1an"));
  EXPECT_EQ(Finish(EventType::kReaction, {.actor = "an"}, "x").fact, golden("rp\x01xan"));
  EXPECT_EQ(Finish(EventType::kComment, {.actor = "an", .object = "c1"}).fact, golden("co\x02"
                                                                                      "c1"));
  EXPECT_EQ(Finish(EventType::kShare, {.id = "i", .object = "s1"}).fact, golden("so\x02s1"));
  EXPECT_EQ(Finish(EventType::kShare, {.id = "i"}).fact, golden("si\x01i"));
  EXPECT_EQ(Finish(EventType::kFollow, {.actor = "an"}).fact, golden("fa\x02"
                                                                     "an"));
  const std::string longest(128, 'o');
  EXPECT_EQ(Finish(EventType::kReaction, {.actor = "an", .object = longest}).fact,
            golden("ro\x80\x01" + longest + "an"));
}

TEST(EventIdentityTest, WhatDoesNotNameAFactDoesNotMatter) {
  const Fact reaction = FactOf(Finish(EventType::kReaction, {.actor = "a", .object = "o"}, "x"));
  EXPECT_EQ(reaction,
            FactOf(Finish(EventType::kReaction, {.id = "i", .actor = "a", .object = "o"})));
  const Fact comment = FactOf(Finish(EventType::kComment, {.object = "c"}));
  EXPECT_EQ(comment,
            FactOf(Finish(EventType::kComment, {.id = "i", .actor = "a", .object = "c"}, "x")));
  const Fact follow = FactOf(Finish(EventType::kFollow, {.actor = "a"}));
  EXPECT_EQ(follow,
            FactOf(Finish(EventType::kFollow, {.id = "i", .actor = "a", .object = "c"}, "x")));
}

TEST(EventIdentityTest, FactsThatDifferHaveIdentitiesThatDiffer) {
  std::set<Fact> facts;
  int made = 0;
  for (const char* page : {"p", "q"}) {
    for (const char* a : {"a", "ab", "b", "ba"}) {
      facts.insert(FactOf(Finish(EventType::kComment, {.object = a}, "", page)));
      facts.insert(FactOf(Finish(EventType::kShare, {.object = a}, "", page)));
      facts.insert(FactOf(Finish(EventType::kShare, {.id = a}, "", page)));
      facts.insert(FactOf(Finish(EventType::kFollow, {.actor = a}, "", page)));
      made += 4;
      for (const char* b : {"a", "ab", "b", "ba"}) {
        facts.insert(FactOf(Finish(EventType::kReaction, {.actor = a, .object = b}, "", page)));
        facts.insert(FactOf(Finish(EventType::kReaction, {.actor = a}, b, page)));
        made += 2;
      }
    }
  }
  EXPECT_EQ(facts.size(), static_cast<size_t>(made));
}

TEST(EventIdentityTest, OnlyACompleteIdentityIsFollowed) {
  const auto followed = [](EventType type, EventParts parts, std::string_view post = "") {
    return Finish(type, parts, post).followed;
  };
  EXPECT_TRUE(followed(EventType::kReaction, {.actor = "a", .object = "o"}));
  EXPECT_TRUE(followed(EventType::kReaction, {.actor = "a"}, "x"));
  EXPECT_FALSE(followed(EventType::kReaction, {.id = "i", .actor = "a"}));
  EXPECT_FALSE(followed(EventType::kReaction, {.id = "i", .object = "o"}, "x"));
  EXPECT_TRUE(followed(EventType::kComment, {.object = "o"}));
  EXPECT_FALSE(followed(EventType::kComment, {.id = "i", .actor = "a"}, "x"));
  EXPECT_TRUE(followed(EventType::kShare, {.object = "o"}));
  EXPECT_TRUE(followed(EventType::kShare, {.id = "i"}));
  EXPECT_FALSE(followed(EventType::kShare, {.actor = "a"}, "x"));
  EXPECT_TRUE(followed(EventType::kFollow, {.actor = "a"}));
  EXPECT_FALSE(followed(EventType::kFollow, {.id = "i", .object = "o"}, "x"));
  for (const EventType type :
       {EventType::kView, EventType::kClick, EventType::kMessage, EventType::kCustom}) {
    EXPECT_FALSE(followed(type, {.id = "i", .actor = "a", .object = "o"}, "x"));
  }
}

TEST(EventIdentityTest, AnIdThatNamesAShareDoesNotDeduplicate) {
  EXPECT_FALSE(Finish(EventType::kShare, {.id = "i"}).has_id);
  EXPECT_TRUE(Finish(EventType::kShare, {.id = "i", .object = "o"}).has_id);
}

TEST(EventIdentityTest, HashesThatAreKnownAreKept) {
  Event event;
  event.page = "p";
  event.page_hash = 17;
  FinishEvent(NativeKey(), {.id = "i"}, &event);
  EXPECT_EQ(event.page_hash, 17u);
  EXPECT_EQ(event.id_fingerprint, NativeKey().Within(17, "i"));
}

}  // namespace
}  // namespace pagepulse
