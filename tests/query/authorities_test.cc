// What nothing measures, because the platform's totals are counted in its place, is null and said
// to be: docs/reported.md, "Authority". The expectations are written by hand.

#include "query/authorities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/query.h"
#include "query/time_text.h"
#include "tests/query/fake_source.h"

namespace pagepulse {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AuthoritiesTest : public ::testing::Test {
 protected:
  AuthoritiesTest() {
    for (const char* name : {"ours", "theirs"}) catalog_.AddPage(name, "Asia/Ho_Chi_Minh");
    catalog_.AddPost(2, "x");
    catalog_.AddSource("facebook");
    cut_.platforms[2] =
        AuthorityBit(AuthorityMetric::kViews) | AuthorityBit(AuthorityMetric::kReactions);
    // The growth of a total and of its reactions, which are of no kind; a comment of ours.
    cut_.Open({DeltaOf{.page = 2, .post = 1, .source = 1, .minute = first_, .value = 500},
               DeltaOf{.page = 2,
                       .post = 1,
                       .source = 1,
                       .minute = first_,
                       .counter = ReactionCounter(ReactionKind::kUnknown),
                       .value = 30},
               DeltaOf{.page = 2,
                       .post = 1,
                       .minute = first_ + 1,
                       .counter = kComments,
                       .actor = 7,
                       .engaged = true}});
    cut_.Open({DeltaOf{.page = 1, .minute = first_, .actor = 5, .reach = true}});
  }

  std::string Ask(const std::string& words) {
    const auto spec = ParseQueryWords(words + " from=2025-07-01 to=2025-07-02");
    EXPECT_TRUE(spec.ok()) << spec.status();
    const auto result = RunQuery(*spec, catalog_, cut_, (first_ + 40 * 1440) * 60'000);
    EXPECT_TRUE(result.ok()) << result.status();
    return FormatResult(*result, spec->format, false);
  }

  FakeCatalog catalog_;
  FakeCut cut_{catalog_};
  const int64_t first_ = ParseTimeBound("t", "2025-07-01T00:00:00+07:00")->minute;
};

TEST_F(AuthoritiesTest, WhatAMetricIsMadeOf) {
  using enum AuthorityMetric;
  const auto made_of = [](std::string_view metric, std::initializer_list<AuthorityMetric> parts,
                          bool only_events_tell) {
    AuthoritySet set = 0;
    for (const AuthorityMetric part : parts) set |= AuthorityBit(part);
    EXPECT_EQ(MakeupOf(metric).parts, set) << metric;
    EXPECT_EQ(MakeupOf(metric).only_events_tell, only_events_tell) << metric;
  };
  made_of("views", {kViews}, false);
  made_of("clicks", {kClicks}, false);
  made_of("interactions", {kReactions, kComments, kShares}, false);
  made_of("interactions.removed", {kReactions, kComments, kShares}, false);
  made_of("engagement_rate", {kViews, kReactions, kComments, kShares}, false);
  made_of("reactions.added", {kReactions}, false);
  made_of("follows", {kFollows}, false);
  made_of("reach", {kViews}, true);
  made_of("engaged", {kClicks, kReactions, kComments, kShares}, true);
  made_of("reactions.love", {kReactions}, true);
  made_of("reactions.love.added", {kReactions}, true);
  made_of("messages", {}, false);
  made_of("views.sos", {}, false);  // a counter of somebody's own
}

TEST_F(AuthoritiesTest, NobodyIsCountedWhereThePlatformsViewsAre) {
  const std::string answer =
      Ask("page=theirs metrics=views,reach,engaged,reactions,reactions.love,comments by=time:day "
          "compare=previous");
  EXPECT_THAT(answer, HasSubstr(R"({"time":"2025-07-01T00:00:00+07:00","views":500,"reach":null,)"
                                R"("engaged":null,"reactions":30,"reactions.love":null,)"
                                R"("comments":1,)"));
  EXPECT_THAT(answer, HasSubstr(R"("compare.reach":null)"));
  EXPECT_THAT(answer, HasSubstr(R"("totals":{"views":500,"reach":null,"engaged":null,)"));
  EXPECT_THAT(answer, HasSubstr(R"("views":{"kind":"additive","platform":["theirs"]})"));
  EXPECT_THAT(answer,
              HasSubstr(R"("reach":{"kind":"distinct","exact":true,"unmeasured":["theirs"]})"));
  EXPECT_THAT(answer, HasSubstr(R"("comments":{"kind":"net"})"));
  EXPECT_THAT(answer, HasSubstr("reach is not measured: the platform's totals are counted there"));
  EXPECT_THAT(Ask("page=theirs metrics=views,reach by=time:day format=csv"),
              HasSubstr("2025-07-01T00:00:00+07:00,500,\r\n"));
  // By post, and by source, too.
  EXPECT_THAT(Ask("page=theirs metrics=views,reach by=post"),
              HasSubstr(R"({"post":"x","views":500,"reach":null})"));
  EXPECT_THAT(Ask("page=theirs metrics=reach,views by=source"),
              HasSubstr(R"({"source":"facebook","reach":null,"views":500})"));
  EXPECT_THAT(Ask("page=ours metrics=views,reach"), HasSubstr(R"("rows":[
{"views":1,"reach":1}])"));
  EXPECT_THAT(Ask("page=ours metrics=views,reach"), Not(HasSubstr("unmeasured")));
}

TEST_F(AuthoritiesTest, PeopleOfSeveralPagesAreThoseOfTheOthers) {
  const std::string pages = Ask("page=* metrics=reach,views by=page order=-reach");
  // What is null stands last.
  EXPECT_THAT(pages, HasSubstr("[\n"
                               R"({"page":"ours","reach":1,"views":1},)"
                               "\n"
                               R"({"page":"theirs","reach":null,"views":500}])"));
  EXPECT_THAT(pages, HasSubstr(R"("totals":{"reach":1,"views":501})"));
  EXPECT_THAT(pages, HasSubstr(R"("unmeasured":["theirs"])"));
  EXPECT_THAT(Ask("page=ours,theirs metrics=reach"),
              HasSubstr("reach is of the other pages, for it is not measured on 1 of 2, `theirs`"));
}

}  // namespace
}  // namespace pagepulse
