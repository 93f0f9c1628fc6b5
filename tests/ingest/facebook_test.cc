// The mapping table of docs/facebook.md, case by case, on deliveries written here.

#include "ingest/facebook.h"

#include "absl/strings/str_replace.h"
#include "tests/ingest/facebook_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// `value`: the inside of the braces; ' stands for ".
std::string Change(std::string value) {
  std::string json = R"({"field":"feed","value":{)" + value + "}}";
  std::replace(json.begin(), json.end(), '\'', '"');
  return json;
}

std::string Delivery(const std::vector<std::string>& changes) {
  std::string json = R"({"object":"page","entry":[{"id":"77","time":1700000005,"changes":[)";
  for (size_t i = 0; i < changes.size(); ++i) json += (i ? "," : "") + changes[i];
  return json + "]}]}";
}

std::string One(std::string value) { return Delivery({Change(std::move(value))}); }

std::string Reaction(std::string_view kind, std::string_view more = "") {
  return "'item':'reaction','verb':'add','post_id':'77_1','from':{'id':'5'},"
         "'created_time':1700000000,'reaction_type':'" +
         std::string(kind) + "'" + std::string(more);
}

const std::string kLike =
    "'item':'like','verb':'add','post_id':'77_1','sender_id':5,'created_time':1700000000";

Event OnlyEvent(const std::string& json) {
  const EventBatch batch = MustParse(json);
  EXPECT_THAT(batch.events, SizeIs(1)) << json;
  EXPECT_THAT(batch.rejections, IsEmpty()) << json;
  if (batch.events.empty()) return Event();
  Event event = batch.events[0];
  event.page = event.post = "";  // they die with the batch
  return event;
}

void ExpectIgnored(const std::string& json, uint64_t times = 1) {
  const EventBatch batch = MustParse(json);
  EXPECT_EQ(batch.received(), 0u) << json;
  EXPECT_THAT(batch.posts, IsEmpty()) << json;
  EXPECT_EQ(batch.ignored, times) << json;
}

RejectCode FaultOf(const std::string& json, int64_t oldest_ms = 0) {
  EventBatch batch;
  EXPECT_TRUE(ParseInto(json, &batch, oldest_ms).ok());
  EXPECT_THAT(batch.events, IsEmpty()) << json;
  EXPECT_EQ(batch.ignored, 0u) << json;
  return batch.rejections.empty() ? RejectCode::kNone : batch.rejections[0].code;
}

std::map<std::string, int> NetOf(const std::vector<std::string>& deliveries) {
  NaiveStore store;
  for (const std::string& delivery : deliveries) store.Take(MustParse(delivery));
  return store.Net();
}

TEST(Facebook, ReactionOnPost) {
  const EventBatch batch = MustParse(One(Reaction("love")));
  ASSERT_THAT(batch.events, SizeIs(1));
  const Event& e = batch.events[0];
  EXPECT_EQ(e.type, EventType::kReaction);
  EXPECT_EQ(e.op, Op::kAdd);
  EXPECT_EQ(e.reaction, ReactionKind::kLove);
  EXPECT_EQ(e.page, "77");
  EXPECT_EQ(e.post, "77_1");
  EXPECT_EQ(e.source, "facebook");
  EXPECT_EQ(e.ts_ms, 1700000000001);
  EXPECT_EQ(e.line, 1u);
  EXPECT_EQ(e.count, 1u);
  EXPECT_EQ(e.page_hash, TestKey().Page("77"));
  EXPECT_EQ(e.actor, TestKey().Actor("5"));
  EXPECT_TRUE(e.has_actor);
  EXPECT_TRUE(e.followed);
  EXPECT_FALSE(e.has_id);
  EXPECT_EQ(batch.ignored, 0u);
}

TEST(Facebook, ReactionsOnAPostACommentAndAReplyAreApart) {
  const Event post = OnlyEvent(One(Reaction("wow", ",'comment_id':null")));
  const Event comment = OnlyEvent(One(Reaction("wow", ",'comment_id':'1_2'")));
  const Event reply = OnlyEvent(One(Reaction("wow", ",'comment_id':'1_3','parent_id':'1_2'")));
  EXPECT_NE(post.fact, comment.fact);
  EXPECT_NE(comment.fact, reply.fact);
  EXPECT_EQ(post.fact, OnlyEvent(One(Reaction("wow"))).fact);
}

TEST(Facebook, KindsAndTheirAliases) {
  const std::vector<std::pair<std::string, ReactionKind>> kinds = {
      {"like", ReactionKind::kLike},  {"love", ReactionKind::kLove},
      {"care", ReactionKind::kCare},  {"haha", ReactionKind::kHaha},
      {"wow", ReactionKind::kWow},    {"sad", ReactionKind::kSad},
      {"sorry", ReactionKind::kSad},  {"angry", ReactionKind::kAngry},
      {"anger", ReactionKind::kAngry}};
  for (const auto& [name, kind] : kinds) EXPECT_EQ(OnlyEvent(One(Reaction(name))).reaction, kind);
  EXPECT_EQ(FaultOf(One(Reaction("thankful"))), RejectCode::kBadReaction);
  EXPECT_EQ(FaultOf(One(Reaction("unknown"))), RejectCode::kBadReaction);
  EXPECT_EQ(FaultOf(One(Reaction(""))), RejectCode::kMissingReaction);
  const std::string remove = absl::StrReplaceAll(Reaction("pride"), {{"add", "remove"}});
  EXPECT_EQ(OnlyEvent(One(remove)).op, Op::kRemove);
}

TEST(Facebook, VerbsAndTheirSynonyms) {
  const std::vector<std::pair<std::string, Op>> verbs = {
      {"add", Op::kAdd},       {"edit", Op::kEdit},    {"edited", Op::kEdit},
      {"update", Op::kEdit},   {"hide", Op::kHide},    {"unhide", Op::kUnhide},
      {"remove", Op::kRemove}, {"delete", Op::kRemove}};
  for (const auto& [name, op] : verbs) {
    const std::string value = absl::StrReplaceAll(Reaction("love"), {{"'add'", "'" + name + "'"}});
    EXPECT_EQ(OnlyEvent(One(value)).op, op) << name;
  }
  for (const char* name : {"block", "mute", "unblock", "follow", "", "ADD"}) {
    ExpectIgnored(
        One(absl::StrReplaceAll(Reaction("love"), {{"'add'", "'" + std::string(name) + "'"}})));
  }
  ExpectIgnored(One("'item':'reaction','post_id':'77_1'"));
}

TEST(Facebook, AnEditOfAReactionDoesNotMoveTheTotal) {
  const std::string edit =
      absl::StrReplaceAll(Reaction("wow"), {{"'add'", "'edit'"}, {"1700000000", "1700000009"}});
  EXPECT_THAT(NetOf({One(Reaction("love")), One(edit)}), ElementsAre(Pair("77 reaction wow", 1)));
  EXPECT_THAT(NetOf({One(edit), One(Reaction("love"))}), ElementsAre(Pair("77 reaction wow", 1)));
  EXPECT_THAT(NetOf({One(edit)}), IsEmpty());
}

TEST(Facebook, TheActorComesInFourShapes) {
  const std::string base =
      "'item':'comment','verb':'add','post_id':'77_1','comment_id':'1_2',"
      "'created_time':1700000000";
  const uint64_t person = TestKey().Actor("10201978818232601");
  for (const char* shape :
       {",'from':{'id':'10201978818232601','name':'x'}", ",'from':{'id':10201978818232601}",
        ",'sender_id':10201978818232601", ",'sender_id':'10201978818232601'",
        ",'from':{'name':'x'},'sender_id':10201978818232601", ",'user_id':10201978818232601",
        ",'from':{'id':'10201978818232601'},'sender_id':4"}) {
    const Event event = OnlyEvent(One(base + shape));
    EXPECT_TRUE(event.has_actor) << shape;
    EXPECT_EQ(event.actor, person) << shape;
  }
  const Event nobody = OnlyEvent(One(base));
  EXPECT_FALSE(nobody.has_actor);
  EXPECT_TRUE(nobody.followed);
}

TEST(Facebook, NumbersAndStringsAreOneId) {
  const auto share = [](const std::string& id) {
    return One(
        "'item':'share','verb':'add','post_id':'77_1','from':{'id':'5'},"
        "'created_time':1700000000,'share_id':" +
        id);
  };
  EXPECT_EQ(OnlyEvent(share("98735342324352123")).fact,
            OnlyEvent(share("'98735342324352123'")).fact);
  EXPECT_EQ(OnlyEvent(share("18446744073709551615")).fact,
            OnlyEvent(share("'18446744073709551615'")).fact);
  EXPECT_NE(OnlyEvent(share("98735342324352123")).fact, OnlyEvent(share("98735342324352124")).fact);
}

TEST(Facebook, Times) {
  const auto at = [](const std::string& entry, const std::string& created) {
    return R"({"object":"page","entry":[{"id":"77")" + entry + R"(,"changes":[)" +
           Change("'item':'comment','verb':'remove','comment_id':'1_2'" + created) + "]}]}";
  };
  const std::string sent = R"(,"time":1700000005)";
  EXPECT_EQ(OnlyEvent(at(sent, ",'created_time':1700000000")).ts_ms, 1700000000000);
  EXPECT_EQ(OnlyEvent(at(sent, ",'created_time':1700000000123")).ts_ms, 1700000000123);
  EXPECT_EQ(OnlyEvent(at(sent, ",'created_time':'1700000000'")).ts_ms, 1700000000000);
  EXPECT_EQ(OnlyEvent(at(sent, ",'created_time':'2023-11-14T22:13:20+0000'")).ts_ms, 1700000000000);
  EXPECT_EQ(OnlyEvent(at(sent, ",'created_time':'2023-11-15T05:13:20+07:00'")).ts_ms,
            1700000000000);
  EXPECT_EQ(OnlyEvent(at(sent, "")).ts_ms, 1700000005000);
  EXPECT_EQ(OnlyEvent(at(sent, ",'created_time':null")).ts_ms, 1700000005000);
  EXPECT_EQ(OnlyEvent(at(sent, ",'created_time':0")).ts_ms, 1700000005000);
  EXPECT_EQ(OnlyEvent(at(R"(,"time":1700000005678)", "")).ts_ms, 1700000005678);
  EXPECT_EQ(FaultOf(at("", "")), RejectCode::kMissingTs);
  for (const char* bad : {"'yesterday'", "-5", "1.5", "true", "{}", "18446744073709551615", "''"}) {
    EXPECT_EQ(FaultOf(at(sent, std::string(",'created_time':") + bad)), RejectCode::kBadTs) << bad;
  }
  EXPECT_EQ(OnlyEvent(at(sent, ",'created_time':1900000300")).ts_ms, 1900000300000);
  EXPECT_EQ(FaultOf(at(sent, ",'created_time':1900000301")), RejectCode::kFuture);
  EXPECT_EQ(FaultOf(at(sent, ",'created_time':1700000000"), 1700000000001), RejectCode::kTooOld);
}

TEST(Facebook, ALikeOfThePageIsAFollow) {
  const std::string add = One("'item':'like','verb':'add','user_id':10201978818232600");
  const Event event = OnlyEvent(add);
  EXPECT_EQ(event.type, EventType::kFollow);
  EXPECT_EQ(event.ts_ms, 1700000005000);
  EXPECT_TRUE(event.followed);
  const std::string remove = absl::StrReplaceAll(
      One("'item':'like','verb':'remove','user_id':'10201978818232600'"), {{"0005", "0009"}});
  EXPECT_EQ(OnlyEvent(remove).fact, event.fact);
  EXPECT_THAT(NetOf({remove, add}), IsEmpty());
  EXPECT_THAT(NetOf({add, add}), ElementsAre(Pair("77 follow", 1)));
}

TEST(Facebook, OneTapTwoChangesOfOneDelivery) {
  for (const char* kind : {"like", "love", "care", "haha", "wow", "sad", "angry"}) {
    for (const bool like_first : {true, false}) {
      std::vector<std::string> changes = {Change(kLike), Change(Reaction(kind))};
      if (!like_first) std::swap(changes[0], changes[1]);
      const EventBatch batch = MustParse(Delivery(changes));
      ASSERT_THAT(batch.events, SizeIs(1));
      EXPECT_EQ(ReactionName(batch.events[0].reaction), kind);
      EXPECT_EQ(batch.ignored, 1u);
    }
  }
}

TEST(Facebook, OneTapTwoDeliveries) {
  for (const std::string kind : {"like", "love", "care", "haha", "wow", "sad", "angry"}) {
    const std::string like = One(kLike), reaction = One(Reaction(kind));
    const auto one = ElementsAre(Pair("77 reaction " + kind, 1));
    EXPECT_THAT(NetOf({like, reaction}), one);
    EXPECT_THAT(NetOf({reaction, like}), one);
    EXPECT_THAT(NetOf({reaction, like, like, reaction}), one);
    const auto removed = [](std::string json) {
      return absl::StrReplaceAll(json, {{"\"add\"", "\"remove\""}, {"1700000000", "1700000002"}});
    };
    EXPECT_THAT(NetOf({removed(like), reaction, removed(reaction), like}), IsEmpty());
  }
}

TEST(Facebook, ATwinLikeWithoutATimeIsDropped) {
  const std::string like = "'item':'like','verb':'add','post_id':'77_1','sender_id':5";
  EXPECT_THAT(NetOf({Delivery({Change(like), Change(Reaction("love"))})}),
              ElementsAre(Pair("77 reaction love", 1)));
  // Another person, post or comment is no twin.
  for (const char* other : {"'sender_id':6", "'sender_id':5,'comment_id':'1_2'"}) {
    const std::string apart = absl::StrReplaceAll(like, {{"'sender_id':5", other}});
    EXPECT_THAT(NetOf({Delivery({Change(apart), Change(Reaction("love"))})}),
                ElementsAre(Pair("77 reaction like", 1), Pair("77 reaction love", 1)));
  }
}

TEST(Facebook, AReactionStaysInItsSecond) {
  // The last second before midnight in Ho Chi Minh City, also where it is told in milliseconds.
  for (const char* created : {"1700067599", "1700067599999"}) {
    const Event event =
        OnlyEvent(One(absl::StrReplaceAll(Reaction("love"), {{"1700000000", created}})));
    EXPECT_EQ(event.ts_ms, 1700067599001);
  }
}

TEST(Facebook, Comments) {
  const auto comment = [](const std::string& verb, const std::string& created) {
    return One(
        "'item':'comment','post_id':'77_1','comment_id':'1_2','parent_id':'1_9',"
        "'from':{'id':'5'},'verb':'" +
        verb + "','created_time':" + created);
  };
  EXPECT_THAT(NetOf({comment("add", "1700000000")}), ElementsAre(Pair("77 comment", 1)));
  EXPECT_THAT(NetOf({comment("hide", "1700000001"), comment("add", "1700000000")}), IsEmpty());
  EXPECT_THAT(NetOf({comment("hide", "1700000001"), comment("unhide", "1700000002"),
                     comment("add", "1700000000")}),
              ElementsAre(Pair("77 comment", 1)));
  EXPECT_THAT(NetOf({comment("remove", "1700000001"), comment("add", "1700000000")}), IsEmpty());
  ExpectIgnored(comment("edited", "1700000001"));
}

TEST(Facebook, WhatThePageItselfDoesCountsNothing) {
  for (const char* item : {"'item':'reaction','reaction_type':'love'", "'item':'like'",
                           "'item':'comment','comment_id':'1_2'"}) {
    const std::string value = std::string(item) + ",'verb':'add','post_id':'77_1'";
    ExpectIgnored(One(value + ",'from':{'id':'77'}"));
    ExpectIgnored(One(value + ",'sender_id':77"));
    EXPECT_THAT(MustParse(One(value + ",'sender_id':78")).events, SizeIs(1));
  }
  // But its moderation of what a person wrote counts, and of its own changes nothing.
  const std::string add =
      One("'item':'comment','verb':'add','comment_id':'1_2','sender_id':5,"
          "'created_time':1700000000");
  for (const char* verb : {"remove", "hide"}) {
    const std::string act =
        One("'item':'comment','verb':'" + std::string(verb) +
            "','comment_id':'1_2','from':{'id':'77'},'created_time':1700000001");
    EXPECT_THAT(NetOf({add, act}), IsEmpty());
    EXPECT_THAT(NetOf({act}), IsEmpty());
  }
  ExpectIgnored(One("'item':'comment','verb':'remove','from':{'id':'77'}"));
}

TEST(Facebook, SharesByPeople) {
  const auto share = [](std::string_view verb, std::string_view more) {
    return One("'item':'share','verb':'" + std::string(verb) + "','created_time':170000000" +
               (verb == "add" ? "0" : "1") + std::string(more));
  };
  const std::string ids = ",'post_id':'77_12','share_id':12";
  const std::string add = share("add", ids + ",'from':{'id':'5'}");
  EXPECT_THAT(NetOf({add}), ElementsAre(Pair("77 share", 1)));
  // The withdrawal may come with less.
  EXPECT_THAT(NetOf({add, share("remove", ids)}), IsEmpty());
  EXPECT_THAT(NetOf({share("remove", ",'post_id':'77_12'"), add}), IsEmpty());
  EXPECT_THAT(NetOf({share("remove", ",'post_id':'77_13'"), add}),
              ElementsAre(Pair("77 share", 1)));
  EXPECT_THAT(NetOf({share("add", ids)}), IsEmpty());
  EXPECT_THAT(NetOf({share("add", ids + ",'from':{'id':'77'}")}), IsEmpty());
  ExpectIgnored(share("add", ",'from':{'id':'5'}"));
}

TEST(Facebook, NamelessEventsGetAnId) {
  const std::string love =
      Change(absl::StrReplaceAll(Reaction("love"), {{"'from':{'id':'5'},", ""}}));
  const std::string two = Delivery({love, love});
  const EventBatch batch = MustParse(two);
  ASSERT_THAT(batch.events, SizeIs(2));
  for (const Event& event : batch.events) {
    EXPECT_FALSE(event.followed);
    EXPECT_FALSE(event.has_actor);
    EXPECT_TRUE(event.has_id);
  }
  EXPECT_THAT(NetOf({two, two}), ElementsAre(Pair("77 reaction love", 2)));
  // Cut otherwise when it is told again: nothing is counted twice.
  EXPECT_THAT(NetOf({two, Delivery({love}), Delivery({love})}),
              ElementsAre(Pair("77 reaction love", 2)));
  const std::string wow = absl::StrReplaceAll(love, {{"love", "wow"}});
  const std::string later = absl::StrReplaceAll(love, {{"1700000000", "1700000001"}});
  EXPECT_THAT(NetOf({Delivery({love}), Delivery({wow}), Delivery({later})}),
              ElementsAre(Pair("77 reaction love", 2), Pair("77 reaction wow", 1)));
  const std::string removed = absl::StrReplaceAll(later, {{"add", "remove"}});
  EXPECT_THAT(NetOf({Delivery({love}), Delivery({removed}), Delivery({removed})}), IsEmpty());
  // The rank is within the page: told beside another page's or alone, it is the same event.
  const std::string both = absl::StrReplaceAll(
      two, {{love + "," + love, love + R"(]},{"id":"78","time":1,"changes":[)" + love}});
  const std::string alone = absl::StrReplaceAll(Delivery({love}), {{"\"id\":\"77\"", "\"id\":78"}});
  EXPECT_THAT(NetOf({both, alone}),
              ElementsAre(Pair("77 reaction love", 1), Pair("78 reaction love", 1)));
  // A nameless like and its twin.
  const std::string like = Change(
      "'item':'like','verb':'add','post_id':'77_1',"
      "'created_time':1700000000");
  const std::string twin = absl::StrReplaceAll(love, {{"love", "like"}});
  EXPECT_THAT(NetOf({Delivery({like}), Delivery({twin})}),
              ElementsAre(Pair("77 reaction like", 1)));
}

TEST(Facebook, FaultsCostNoNeighbour) {
  const std::string too_long(129, 'x');
  const std::vector<std::pair<std::string, RejectCode>> bad = {
      {absl::StrReplaceAll(Reaction("love"), {{"77_1", too_long}}), RejectCode::kBadPost},
      {absl::StrReplaceAll(Reaction("love"), {{"'id':'5'", "'id':'" + too_long + "'"}}),
       RejectCode::kBadActor},
      {absl::StrReplaceAll(Reaction("love"), {{"77_1", "a\\u0007b"}}), RejectCode::kBadPost},
      {Reaction("love", ",'comment_id':'" + too_long + "'"), RejectCode::kBadObject}};
  for (const auto& [value, code] : bad) {
    const EventBatch batch =
        MustParse(Delivery({Change(Reaction("wow")), Change(value), Change("'item':'bus'"),
                            Change(Reaction("wow", ",'comment_id':'1_2'"))}));
    ASSERT_THAT(batch.rejections, SizeIs(1));
    EXPECT_EQ(batch.rejections[0].code, code);
    EXPECT_EQ(batch.rejections[0].line, 2u);
    EXPECT_EQ(batch.rejections[0].page, "77");
    ASSERT_THAT(batch.events, SizeIs(2));
    EXPECT_EQ(batch.events[1].line, 4u);
    EXPECT_EQ(batch.ignored, 1u);
  }
  const std::string good = One(Reaction("love"));
  EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"\"id\":\"77\",", ""}})), RejectCode::kMissingPage);
  EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"\"id\":\"77\"", "\"id\":\"*\""}})),
            RejectCode::kBadPage);
  // More than an event could hold.
  for (const size_t length : {129u, 256u, 257u, 5000u}) {
    const std::string longer(length, '7');
    EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"\"77\"", "\"" + longer + "\""}})),
              RejectCode::kBadPage);
    EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"77_1", longer}})), RejectCode::kBadPost);
  }
}

}  // namespace
}  // namespace pagepulse
