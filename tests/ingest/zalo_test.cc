// The mapping table of docs/zalo.md, case by case, on deliveries written here.

#include "ingest/zalo.h"

#include <random>

#include "absl/strings/str_replace.h"
#include "tests/ingest/zalo_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// The inside of the braces; ' stands for ".
std::string Json(std::string inside) {
  std::replace(inside.begin(), inside.end(), '\'', '"');
  return "{" + inside + "}";
}

std::string Named(std::string_view event_name, std::string_view rest) {
  return Json("'app_id':'9','timestamp':'1700000000123','event_name':'" + std::string(event_name) +
              "'," + std::string(rest));
}

// From a person to the account 71, and from it to a person.
std::string FromUser(std::string_view event_name, std::string_view message = "'msg_id':'m1'") {
  return Named(event_name, "'sender':{'id':'5'},'recipient':{'id':'71'},'message':{" +
                               std::string(message) + "}");
}
std::string FromAccount(std::string_view event_name, std::string_view message = "'msg_id':'m1'") {
  return Named(event_name, "'sender':{'id':'71'},'recipient':{'id':'5'},'message':{" +
                               std::string(message) + "}");
}
std::string Reacted(std::string_view icon) {
  return FromUser("user_reacted_message", "'msg_id':'m1','react_icon':'" + std::string(icon) + "'");
}

std::map<std::string, int> NetOf(const std::vector<std::string>& deliveries) {
  NaiveStore store;
  for (const std::string& delivery : deliveries) store.Take(MustParseZalo(delivery));
  return store.Net();
}

RejectCode FaultOf(const std::string& json, int64_t oldest_ms = 0) {
  EventBatch batch;
  EXPECT_TRUE(ParseZalo(json, &batch, nullptr, oldest_ms).ok());
  EXPECT_THAT(batch.events, IsEmpty()) << json;
  EXPECT_EQ(batch.ignored, 0u) << json;
  return batch.rejections.empty() ? RejectCode::kNone : batch.rejections[0].code;
}

TEST(Zalo, MessagesToTheAccount) {
  for (const char* name :
       {"user_send_text", "user_send_image", "user_send_file", "user_send_audio", "user_send_video",
        "user_send_sticker", "user_send_link", "user_send_business_card", "user_send_location",
        "anonymous_send_text", "anonymous_send_image", "anonymous_send_file",
        "anonymous_send_sticker"}) {
    const EventBatch batch = MustParseZalo(FromUser(name));
    ASSERT_THAT(batch.events, SizeIs(1)) << name;
    const Event& e = batch.events[0];
    EXPECT_EQ(e.type, EventType::kMessage);
    EXPECT_EQ(e.page, "71");
    EXPECT_EQ(e.post, "");
    EXPECT_EQ(e.source, "zalo");
    EXPECT_EQ(e.ts_ms, 1'700'000'000'123);
    EXPECT_EQ(e.line, 1u);
    EXPECT_EQ(e.count, 1u);
    EXPECT_TRUE(e.has_actor);
    EXPECT_EQ(e.actor, TestKey().Actor("5"));
    EXPECT_EQ(e.id_fingerprint, TestKey().Within(e.page_hash, std::string("zalo\x1f") + name +
                                                                  "\x1f"
                                                                  "5\x1fm1"));
  }
}

TEST(Zalo, WhatTheAccountSendsHasItsOwnCounters) {
  for (const char* name :
       {"oa_send_text", "oa_send_image", "oa_send_file", "oa_send_sticker", "oa_send_gif",
        "oa_send_list", "oa_send_anonymous_text", "oa_send_anonymous_image",
        "oa_send_anonymous_file", "oa_send_anonymous_sticker"}) {
    const EventBatch batch = MustParseZalo(FromAccount(name));
    ASSERT_THAT(batch.events, SizeIs(1)) << name;
    EXPECT_EQ(batch.events[0].custom_type, "messages_sent");
    EXPECT_EQ(batch.events[0].page, "71");
    EXPECT_FALSE(batch.events[0].has_actor);
  }
  const EventBatch batch = MustParseZalo(FromAccount("user_received_message"));
  ASSERT_THAT(batch.events, SizeIs(1));
  EXPECT_EQ(batch.events[0].custom_type, "messages_delivered");
  EXPECT_FALSE(batch.events[0].has_actor);
  // The same message to another person is another one, and so is another message.
  EXPECT_THAT(
      NetOf({FromAccount("user_received_message"), FromAccount("user_received_message"),
             absl::StrReplaceAll(FromAccount("user_received_message"), {{"\"5\"", "\"6\""}}),
             FromAccount("user_received_message", "'msg_id':'m2'")}),
      ElementsAre(Pair("71 messages_delivered", 3)));
}

TEST(Zalo, SeenIsReachOnceForEachMessageAndPerson) {
  const std::string first = FromAccount("user_seen_message", "'msg_ids':['a','b','b']");
  const std::string later =
      absl::StrReplaceAll(FromAccount("user_seen_message", "'msg_ids':['b','c','']"),
                          {{"1700000000123", "1700000099999"}});
  const std::string other = absl::StrReplaceAll(first, {{"\"5\"", "\"6\""}});
  for (const std::vector<std::string>& order :
       {std::vector<std::string>{first, later, other}, {other, later, first, later, first}}) {
    NaiveStore store;
    for (const std::string& delivery : order) store.Take(MustParseZalo(delivery));
    EXPECT_THAT(store.Net(), ElementsAre(Pair("71 view", 5)));
    EXPECT_EQ(store.Reach("71"), 2u);
  }
  // Without a list it is one view, named by its time.
  EXPECT_THAT(NetOf({FromAccount("user_seen_message", ""), FromAccount("user_seen_message", ""),
                     absl::StrReplaceAll(FromAccount("user_seen_message", "'msg_ids':[]"),
                                         {{"1700000000123", "1700000000124"}})}),
              ElementsAre(Pair("71 view", 2)));
}

TEST(Zalo, FollowsAreFacts) {
  const std::string follow =
      Named("follow", "'oa_id':'71','follower':{'id':'5'},'source':'oa_profile'");
  const std::string unfollow = absl::StrReplaceAll(
      follow, {{"\"follow\"", "\"unfollow\""}, {"1700000000123", "1700000000999"}});
  EXPECT_THAT(NetOf({follow, follow}), ElementsAre(Pair("71 follow", 1)));
  EXPECT_THAT(NetOf({unfollow, follow, unfollow}), IsEmpty());
  EXPECT_THAT(NetOf({unfollow}), IsEmpty());
  const EventBatch batch = MustParseZalo(follow);
  ASSERT_THAT(batch.events, SizeIs(1));
  EXPECT_TRUE(batch.events[0].followed);
  EXPECT_EQ(batch.events[0].actor, TestKey().Actor("5"));
}

TEST(Zalo, ReactionsAreFactsOnTheMessage) {
  const std::pair<const char*, const char*> icons[] = {{"/-strong", "like"}, {"/-heart", "love"},
                                                       {":>", "haha"},       {":o", "wow"},
                                                       {":-((", "sad"},      {":-h", "angry"}};
  for (const auto& [icon, kind] : icons) {
    EXPECT_THAT(NetOf({Reacted(icon), Reacted(icon)}),
                ElementsAre(Pair(std::string("71 reaction ") + kind, 1)));
  }
  const auto at = [](const std::string& json, const char* ms) {
    return absl::StrReplaceAll(json, {{"123\"", std::string(ms) + "\""}});
  };
  EXPECT_THAT(NetOf({at(Reacted(":o"), "200"), Reacted("/-heart")}),
              ElementsAre(Pair("71 reaction wow", 1)));
  for (const char* none : {"", "/-remove"}) {
    EXPECT_THAT(NetOf({at(Reacted(none), "200"), Reacted("/-heart")}), IsEmpty());
  }
  EXPECT_EQ(FaultOf(Reacted("/-rose")), RejectCode::kBadReaction);
  EXPECT_EQ(FaultOf(FromUser("user_reacted_message")), RejectCode::kMissingReaction);
  for (const char* no_text : {"null", "7", "{}", "['']"}) {
    EXPECT_EQ(FaultOf(FromUser("user_reacted_message",
                               "'msg_id':'m','react_icon':" + std::string(no_text))),
              RejectCode::kMissingReaction);
  }
}

TEST(Zalo, Clicks) {
  const EventBatch chat = MustParseZalo(Named("user_click_chatnow", "'oa_id':'71','user_id':'5'"));
  ASSERT_THAT(chat.events, SizeIs(1));
  EXPECT_EQ(chat.events[0].type, EventType::kClick);
  EXPECT_EQ(chat.events[0].actor, TestKey().Actor("5"));
  EXPECT_EQ(chat.events[0].id_fingerprint, TestKey().Within(chat.events[0].page_hash,
                                                            "zalo\x1fuser_click_chatnow\x1f"
                                                            "5\x1f\x1f"
                                                            "1700000000123\x1f"
                                                            "9"));
  const std::string button =
      Named("user_click_response_button", "'oa_id':'71','msg_id':'m1','message':{'data':'x'}");
  EXPECT_THAT(NetOf({button, button, absl::StrReplaceAll(button, {{"m1", "m2"}})}),
              ElementsAre(Pair("71 click", 2)));
  EXPECT_FALSE(MustParseZalo(button).events.at(0).has_actor);
}

TEST(Zalo, WhatIsIgnored) {
  for (const char* name : {"oa_reacted_message",
                           "update_user_info",
                           "user_submit_info",
                           "add_user_to_tag",
                           "remove_user_from_tag",
                           "remove_tag",
                           "user_withdraw",
                           "widget_interaction_accepted",
                           "widget_failed_to_sync_user_external_id",
                           "create_group",
                           "delete_group",
                           "update_group_info",
                           "add_group_admin",
                           "remove_group_admin",
                           "user_join_group",
                           "user_out_group",
                           "user_request_join_group",
                           "accept_request_join_group",
                           "reject_request_join_group",
                           "user_send_group_text",
                           "oa_send_consent",
                           "user_reply_consent",
                           "user_call_oa",
                           "extension_purchased",
                           "change_template_status",
                           "change_template_quality",
                           "change_oa_daily_quota",
                           "user_feedback",
                           "event_journey_acknowledged",
                           "event_journey_time_out",
                           "user_send_gif",
                           "user_click_button",
                           "user_click_link",
                           "new_one",
                           "",
                           "FOLLOW",
                           "follow "}) {
    const EventBatch batch = MustParseZalo(FromUser(name));
    EXPECT_EQ(batch.received(), 0u) << name;
    EXPECT_EQ(batch.ignored, 1u) << name;
  }
  for (const char* json : {"{}", "5", "null", "\"follow\"", "{\"event_name\":5}", "[7]"}) {
    EXPECT_EQ(MustParseZalo(json).ignored, 1u) << json;
  }
  EXPECT_EQ(MustParseZalo("[]").ignored, 0u);
}

TEST(Zalo, AnAccountCountsForItsPage) {
  const AccountPages accounts = {{"71", "tan-dinh"}, {"72", "other"}};
  for (const std::string& json :
       {FromUser("user_send_text"), FromAccount("oa_send_text"),
        Named("follow", "'oa_id':'71','follower':{'id':'5'}"),
        Named("follow", "'oaId':'71','follower':{'id':'5'}"),
        Named("user_send_text", "'oa_id':71,'sender':{'id':5},'recipient':{'id':'g'}")}) {
    const EventBatch batch = MustParseZalo(json, &accounts);
    ASSERT_THAT(batch.events, SizeIs(1)) << json;
    EXPECT_EQ(batch.events[0].page, "tan-dinh") << json;
    EXPECT_EQ(batch.events[0].page_hash, TestKey().Page("tan-dinh"));
  }
  const std::string unknown = absl::StrReplaceAll(FromUser("user_send_text"), {{"71", "73"}});
  EXPECT_EQ(MustParseZalo(unknown, &accounts).events.at(0).page, "73");
}

TEST(Zalo, IdsAboveTwoToThe53AreText) {
  const std::string text =
      absl::StrReplaceAll(FromUser("user_send_text"),
                          {{"\"5\"", "\"18446744073709551615\""}, {"71", "9007199254740993"}});
  const std::string number =
      absl::StrReplaceAll(text, {{"\"18446744073709551615\"", "18446744073709551615"},
                                 {"\"9007199254740993\"", "9007199254740993"},
                                 {"\"1700000000123\"", "1700000000123"}});
  const EventBatch a = MustParseZalo(text), b = MustParseZalo(number);
  ASSERT_THAT(a.events, SizeIs(1));
  ASSERT_THAT(b.events, SizeIs(1));
  EXPECT_EQ(a.events[0].page, "9007199254740993");
  EXPECT_EQ(a.events[0].actor, b.events[0].actor);
  EXPECT_EQ(a.events[0].id_fingerprint, b.events[0].id_fingerprint);
  EXPECT_EQ(a.events[0].ts_ms, b.events[0].ts_ms);
}

TEST(Zalo, Faults) {
  const std::string good = FromUser("user_send_text");
  const auto with_time = [&](const std::string& time) {
    return absl::StrReplaceAll(good, {{"\"1700000000123\"", time}});
  };
  EXPECT_EQ(FaultOf(with_time("null")), RejectCode::kMissingTs);
  EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"\"timestamp\"", "\"time\""}})),
            RejectCode::kMissingTs);
  for (const char* bad : {"\"\"", "\"soon\"", "true", "1.5", "{}", "-1"}) {
    EXPECT_EQ(FaultOf(with_time(bad)), RejectCode::kBadTs) << bad;
  }
  // Before Zalo was: twelve digits, and the last millisecond of 2011.
  EXPECT_EQ(FaultOf(with_time("\"154397978274\"")), RejectCode::kBadTs);
  EXPECT_EQ(FaultOf(with_time("\"1325375999999\"")), RejectCode::kBadTs);
  EXPECT_THAT(MustParseZalo(with_time("\"1325376000000\"")).events, SizeIs(1));
  EXPECT_EQ(MustParseZalo(with_time("\"1700000000\"")).events.at(0).ts_ms, 1'700'000'000'000);
  EXPECT_EQ(FaultOf(with_time("1900000300001")), RejectCode::kFuture);
  EXPECT_THAT(MustParseZalo(with_time("1900000300000")).events, SizeIs(1));
  EXPECT_EQ(FaultOf(good, 1'700'000'000'124), RejectCode::kTooOld);

  EXPECT_EQ(FaultOf(Named("user_send_text", "'sender':{'id':'5'}")), RejectCode::kMissingPage);
  EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"71", "*"}})), RejectCode::kBadPage);
  for (const size_t length : {129u, 256u, 257u, 5000u}) {
    const std::string longer(length, '7');
    EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"71", longer}})), RejectCode::kBadPage);
    EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"\"5\"", "\"" + longer + "\""}})),
              RejectCode::kBadActor);
    EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"m1", longer}})), RejectCode::kBadObject);
  }
  EXPECT_EQ(FaultOf(absl::StrReplaceAll(good, {{"m1", R"(m\u001f1)"}})), RejectCode::kBadObject);
  // Its neighbours count.
  const EventBatch batch = MustParseZalo("[" + with_time("0") + "," + good + ",{}]");
  EXPECT_THAT(batch.events, SizeIs(1));
  EXPECT_EQ(batch.events[0].line, 2u);
  ASSERT_THAT(batch.rejections, SizeIs(1));
  EXPECT_EQ(batch.rejections[0].line, 1u);
  EXPECT_EQ(batch.rejections[0].page, "71");
  EXPECT_EQ(batch.ignored, 1u);
}

// Cuts, flips and repeats bytes: whatever comes of it is answered, and what counts is whole.
TEST(Zalo, DamagedDeliveriesDoNoHarm) {
  const std::string good = "[" + FromAccount("user_seen_message", "'msg_ids':['a','b']") + "," +
                           Reacted(":o") + "," + Named("follow", "'oa_id':'71'") + "]";
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
    if (!ParseZalo(json, &batch).ok()) continue;
    ++parsed;
    for (const Event& event : batch.events) {
      EXPECT_FALSE(event.page.empty());
      EXPECT_TRUE(event.followed || event.has_id);
      EXPECT_GE(event.ts_ms, 1'325'376'000'000);
    }
  }
  EXPECT_GT(parsed, 100);
}

}  // namespace
}  // namespace pagepulse
