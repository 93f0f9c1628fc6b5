// The mapping table of docs/instagram.md on deliveries written here, and captured ones against
// instagram_expected.tsv, which was written from it by hand.

#include "ingest/instagram.h"

#include <fmt/format.h>

#include <random>

#include "absl/strings/str_replace.h"
#include "tests/ingest/fixtures.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// ' stands for ".
std::string Json(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

const std::string kValue =
    "{'id':'178','from':{'id':'5','username':'n'},'media':{'id':'3','media_product_type':'FEED'},"
    "'text':'t'}";

std::string Delivery(const std::string& entries) {
  return Json("{'object':'instagram','entry':[" + entries + "]}");
}
std::string Change(const std::string& field, const std::string& value = kValue) {
  return "{'field':'" + field + "','value':" + value + "}";
}
std::string Entry(const std::string& changes) {
  return "{'id':'77','time':1700000005,'changes':[" + changes + "]}";
}
std::string Comment(const std::string& value = kValue) {
  return Delivery(Entry(Change("comments", value)));
}
std::string Replaced(const std::string& json, const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(json, {{Json(from), Json(to)}});
}

std::map<std::string, int> NetOf(const std::vector<std::string>& deliveries) {
  NaiveStore store;
  for (const std::string& delivery : deliveries) store.Take(MustParse(delivery));
  return store.Net();
}

RejectCode FaultOf(const std::string& json) {
  const EventBatch batch = MustParse(json);
  EXPECT_THAT(batch.events, IsEmpty()) << json;
  EXPECT_EQ(batch.ignored, 0u) << json;
  return batch.rejections.empty() ? RejectCode::kNone : batch.rejections[0].code;
}

TEST(Instagram, AComment) {
  for (const std::string& json :
       {Comment(), Delivery(Entry(Change("live_comments"))), "[" + Comment() + "]",
        Delivery("{'id':77,'time':1700000005,'field':'comments','value':" + kValue + "}"),
        Replaced(Comment(), "'id':'178'", "'comment_id':'178'"),
        Replaced(Comment(), "'media':{'id':'3'", "'media_id':'3','media':{'no':'id'")}) {
    const EventBatch batch = MustParse(json);
    ASSERT_THAT(batch.events, SizeIs(1)) << json;
    EXPECT_EQ(batch.ignored, 0u) << json;
    const Event& e = batch.events[0];
    EXPECT_EQ(e.type, EventType::kComment);
    EXPECT_EQ(e.op, Op::kAdd);
    EXPECT_EQ(e.page, "77");
    EXPECT_EQ(e.post, "3");
    EXPECT_EQ(e.source, "instagram");
    EXPECT_EQ(e.ts_ms, 1'700'000'005'000);
    EXPECT_EQ(e.actor, TestKey().Actor("5"));
    EXPECT_TRUE(e.followed);
    EXPECT_EQ(e.line, 1u);
  }
}

TEST(Instagram, ToldAgainItIsTheSame) {
  const std::string later = Replaced(Comment(), "1700000005", "1700009999");
  EXPECT_THAT(NetOf({Comment(), later, Comment()}), ElementsAre(Pair("77 comment", 1)));
  EXPECT_THAT(NetOf({Comment(), Replaced(Comment(), "178", "179")}),
              ElementsAre(Pair("77 comment", 2)));
  // Without an id it is named by what it says, and by its rank among those that say the same.
  const std::string nameless = Replaced(Comment(), "'id':'178',", "");
  EXPECT_THAT(NetOf({nameless, nameless}), ElementsAre(Pair("77 comment", 1)));
  const std::string change = Change("comments", absl::StrReplaceAll(kValue, {{"'id':'178',", ""}}));
  const std::string two = Delivery(Entry(change + "," + change));
  EXPECT_THAT(NetOf({two, two}), ElementsAre(Pair("77 comment", 2)));
}

TEST(Instagram, TimesInAllTheirForms) {
  const auto at = [](const std::string& time) {
    return MustParse(Replaced(Comment(), "1700000005", time)).events.at(0).ts_ms;
  };
  EXPECT_EQ(at("1700000005000"), 1'700'000'005'000);
  EXPECT_EQ(at("'1700000005'"), 1'700'000'005'000);
  EXPECT_EQ(at("'2021-09-08T06:34:04+0000'"), 1'631'082'844'000);
  for (const char* key : {"created_time", "timestamp"}) {
    const std::string said = "'" + std::string(key) + "':'2021-09-08T13:34:04+07:00','text'";
    const EventBatch batch = MustParse(Replaced(Comment(), "'text'", said));
    EXPECT_EQ(batch.events.at(0).ts_ms, 1'631'082'844'000) << key;
  }
  EXPECT_EQ(FaultOf(Replaced(Comment(), "1700000005", "'2021-09-08T06:34:04'")),
            RejectCode::kBadTs);
  EXPECT_EQ(FaultOf(Replaced(Comment(), "'time':1700000005,", "")), RejectCode::kMissingTs);
  EXPECT_EQ(FaultOf(Replaced(Comment(), "1700000005", "2000000000")), RejectCode::kFuture);
}

TEST(Instagram, Faults) {
  for (const size_t length : {129u, 256u, 257u, 5000u}) {
    const std::string longer(length, '7');
    EXPECT_EQ(FaultOf(Replaced(Comment(), "'77'", "'" + longer + "'")), RejectCode::kBadPage);
    EXPECT_EQ(FaultOf(Replaced(Comment(), "'3'", "'" + longer + "'")), RejectCode::kBadPost);
    EXPECT_EQ(FaultOf(Replaced(Comment(), "'5'", "'" + longer + "'")), RejectCode::kBadActor);
    EXPECT_EQ(FaultOf(Replaced(Comment(), "178", longer)), RejectCode::kBadObject);
  }
  EXPECT_EQ(FaultOf(Replaced(Comment(), "'id':'77',", "")), RejectCode::kMissingPage);
  const EventBatch batch = MustParse(
      Delivery(Entry(Change("comments", absl::StrReplaceAll(kValue, {{"'3'", "'\\u0007'"}})) + "," +
                     Change("mentions") + "," + Change("comments"))));
  ASSERT_THAT(batch.rejections, SizeIs(1));
  EXPECT_EQ(batch.rejections[0].line, 1u);
  ASSERT_THAT(batch.events, SizeIs(1));
  EXPECT_EQ(batch.events[0].line, 3u);
  EXPECT_EQ(batch.ignored, 1u);
}

TEST(Instagram, WhatIsIgnored) {
  const std::pair<std::string, uint64_t> ignored[] = {
      {Delivery(Entry(Change("mentions"))), 1},
      {Delivery(Entry(Change("message_reactions") + "," + Change("messages"))), 2},
      {Delivery(Entry(Change("feed"))), 1},
      {Delivery(Entry("{'field':'comments'},5")), 2},
      {Delivery("{'id':'77','time':1,'messaging':[{},{}],'standby':[{}]}"), 3},
      {Delivery("{'id':'77','time':1,'field':'comments'}"), 1},
      {Delivery("{'id':'77','time':1}"), 1},
      {Replaced(Comment(), "'77'", "'0'"), 1},
      {Delivery("{'id':'0','time':1,'field':'comments','value':" + kValue + "}"), 1},
      {Replaced(Comment(), "'id':'5'", "'id':'77'"), 1},
      {Replaced(Comment(), "'id':'5'", "'id':'5','self_ig_scoped_id':'6'"), 1},
      {Replaced(Comment(), "instagram", "page"), 1},
      {Replaced(Comment(), "instagram", "whatsapp_business_account"), 1},
  };
  for (const auto& [json, count] : ignored) {
    const EventBatch batch = MustParse(json);
    EXPECT_EQ(batch.received(), 0u) << json;
    EXPECT_THAT(batch.posts, IsEmpty()) << json;
    EXPECT_EQ(batch.ignored, count) << json;
  }
}

TEST(Instagram, MessagesBesideAComment) {
  for (const std::string& json :
       {Replaced(Comment(), "'changes'", "'messaging':[{'message':{}}],'changes'"),
        Delivery("{'id':'77','time':1700000005,'messaging':[{}],'field':'comments','value':" +
                 kValue + "}")}) {
    const EventBatch batch = MustParse(json);
    EXPECT_THAT(batch.events, SizeIs(1)) << json;
    EXPECT_EQ(batch.ignored, 1u) << json;
  }
}

// "post metric period value as-of source", of figures that all are the page's.
std::vector<std::string> FiguresOf(const EventBatch& batch) {
  std::vector<std::string> texts;
  for (const ReportedFigure& f : batch.figures) {
    EXPECT_EQ(f.page, "77");
    EXPECT_EQ(f.days, 0u);
    texts.push_back(fmt::format("{} {} {} {} {}", f.post, f.metric, f.value, f.as_of_ms, f.source));
  }
  return texts;
}

std::string Story(const std::string& insights = "'impressions':444,'reach':44,'replies':0") {
  return Delivery(Entry(Change("story_insights", "{'media_id':'9'," + insights + "}")));
}

TEST(InstagramStories, WhatInstagramSaysOfAStoryIsReported) {
  for (const std::string& json :
       {Story(), "[" + Story() + "]", Replaced(Story(), "'9'", "9"),
        Delivery("{'id':77,'time':'1700000005','field':'story_insights','value':{'media_id':'9',"
                 "'impressions':444,'reach':44,'replies':0}}")}) {
    const EventBatch batch = MustParse(json);
    EXPECT_THAT(FiguresOf(batch), ElementsAre("9 views 444 1700000005000 instagram",
                                              "9 reach 44 1700000005000 instagram",
                                              "9 replies 0 1700000005000 instagram"));
    EXPECT_EQ(batch.figures.at(0).line, 1u);
    EXPECT_THAT(batch.events, IsEmpty());
    EXPECT_THAT(batch.rejections, IsEmpty());
    EXPECT_EQ(batch.ignored, 0u);
  }
}

TEST(InstagramStories, TooFewToSayIsNoFigure) {
  const EventBatch batch =
      MustParse(Story("'reach':-1,'exits':3,'taps_back':1.5,'by_kind':{'x':1},'navigation':null"));
  EXPECT_THAT(FiguresOf(batch), ElementsAre("9 exits 3 1700000005000 instagram"));
  EXPECT_EQ(batch.ignored, 4u);
  EXPECT_THAT(batch.rejections, IsEmpty());
}

// Impressions and views are two counts: never both, nor the greater of them.
TEST(InstagramStories, ViewsHoldBesideImpressions) {
  for (const char* both : {"'impressions':5000,'views':1000", "'views':1000,'impressions':5000"}) {
    const EventBatch batch = MustParse(Story(both));
    EXPECT_THAT(FiguresOf(batch), ElementsAre("9 views 1000 1700000005000 instagram"));
    EXPECT_EQ(batch.ignored, 1u);
  }
  const EventBatch only = MustParse(Story("'views':-1,'impressions':5000"));
  EXPECT_THAT(FiguresOf(only), ElementsAre("9 views 5000 1700000005000 instagram"));
  EXPECT_EQ(only.ignored, 1u);
}

TEST(InstagramStories, Faults) {
  const auto faults = [](const std::string& json) {
    const EventBatch batch = MustParse(json);
    std::vector<std::string> texts;
    for (const Rejection& r : batch.rejections) {
      texts.push_back(fmt::format("{} {}", r.line, RejectName(r.code)));
    }
    EXPECT_EQ(batch.ignored, 0u) << json;
    return std::pair(texts, batch.figures.size());
  };
  using Texts = std::vector<std::string>;
  // One fault of a change is told once, and one of a figure leaves the others alone.
  EXPECT_EQ(faults(Replaced(Story(), "'media_id':'9',", "")), std::pair(Texts{"1 bad_post"}, 0ul));
  EXPECT_EQ(faults(Replaced(Story(), "'time':1700000005,", "")),
            std::pair(Texts{"1 missing_ts"}, 0ul));
  EXPECT_EQ(faults(Replaced(Story(), "1700000005", "2000000000")),
            std::pair(Texts{"1 future"}, 0ul));
  EXPECT_EQ(faults(Replaced(Story(), "'id':'77',", "")), std::pair(Texts{"1 missing_page"}, 0ul));
  EXPECT_EQ(faults(Story("'impressions':-2,'Exits':1,'reach':3")),
            std::pair(Texts{"1 bad_value", "1 bad_type"}, 1ul));
  EXPECT_EQ(MustParse(Delivery(Entry(Change("story_insights", "{'media_id':'9'}")))).ignored, 1u);
  // On a Facebook page it is no field that we know.
  const EventBatch page = MustParse(Replaced(Story(), "instagram", "page"));
  EXPECT_THAT(page.figures, IsEmpty());
  EXPECT_EQ(page.ignored, 1u);
}

constexpr char kStoryFile[] = "curated__metadocs/story-insights-minus-one.json";

class InstagramFixtures : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFixtures / "instagram")) GTEST_SKIP() << "no captured deliveries";
  }
};

TEST_F(InstagramFixtures, EachDeliveryIsWhatTheTableSays) {
  const auto expected = ReadExpected("tests/ingest/instagram_expected.tsv");
  const std::vector<std::string> files = FilesOf(kFixtures / "instagram");
  EXPECT_EQ(files.size(), 22u);
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const EventBatch batch = MustParse(ReadFile(kFixtures / "instagram" / file));
    ExpectBatch(batch, file, expected, "instagram");
    EXPECT_THAT(batch.posts, IsEmpty());
    EXPECT_EQ(batch.figures.size(), file == kStoryFile ? 5u : 0u);
  }
}

// 2018-03-09T19:16:08Z; of the reach it says -1.
TEST_F(InstagramFixtures, TheStory) {
  const EventBatch batch = MustParse(ReadFile(kFixtures / "instagram" / kStoryFile));
  const std::pair<std::string_view, int64_t> want[] = {
      {"views", 444}, {"taps_forward", 200}, {"taps_back", 100}, {"exits", 40}, {"replies", 0}};
  ASSERT_THAT(batch.figures, SizeIs(5));
  for (size_t i = 0; i < batch.figures.size(); ++i) {
    const ReportedFigure& figure = batch.figures[i];
    EXPECT_EQ(figure.metric, want[i].first);
    EXPECT_EQ(figure.value, want[i].second);
    EXPECT_EQ(figure.page, "17841405726653026");
    EXPECT_EQ(figure.post, "17887498072083520");
    EXPECT_EQ(figure.as_of_ms, 1'520'622'968'000);
    EXPECT_EQ(figure.days, 0u);
  }
}

// From the dashboard's test button: of no account.
TEST_F(InstagramFixtures, AStoryOfTheTestButton) {
  const EventBatch batch =
      MustParse(ReadFile(kFixtures / "insights/restfb__restfb/instagram/wh-story_insights.json"));
  EXPECT_THAT(batch.figures, IsEmpty());
  EXPECT_EQ(batch.ignored, 1u);
}

TEST_F(InstagramFixtures, AllOfThemTwiceInAnyOrder) {
  const std::vector<std::string> once = FilesOf(kFixtures / "instagram");
  std::vector<std::string> files = once;
  files.insert(files.end(), once.begin(), once.end());
  std::mt19937 random(13);
  for (int round = 0; round < 5; ++round) {
    NaiveStore store;
    for (const std::string& file : files) {
      store.Take(MustParse(ReadFile(kFixtures / "instagram" / file)));
    }
    EXPECT_THAT(store.Net(), ElementsAre(Pair("17841405726653026 comment", 1)));
    EXPECT_EQ(store.Engaged("17841405726653026"), 1u);
    std::shuffle(files.begin(), files.end(), random);
  }
}

}  // namespace
}  // namespace pagepulse
