// Answers and tables that other projects published, against what docs/reported.md makes of them,
// written by hand. Skipped where they are not at hand.

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/error.h"
#include "tests/ingest/reports_testing.h"

namespace pagepulse {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

const fs::path kFixtures = "../shared/fixtures/insights";

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Expected {
  std::vector<std::string> figures;
  uint64_t ignored = 0;
};

// Loaded with --exported 2024-01-01. Every other JSON here is no insight.
const std::map<std::string, Expected>& Answers() {
  static const std::map<std::string, Expected> answers = {
      {"restfb__restfb/v2_4/insight.json",
       {{"123452253635426 123452253635426_25173125254 post_stories_by_action_type total 0 "
         "2023-12-31T17:00:00Z"}}},
      {"restfb__restfb/v16_0/page-with-insights.json",
       {{"123456 - page_engaged_users 2023-03-07/1 0 2023-12-31T17:00:00Z",
         "123456 - page_engaged_users 2023-03-08/1 0 2023-12-31T17:00:00Z",
         "123456 - page_engaged_users 2023-03-07/7 1 2023-12-31T17:00:00Z",
         "123456 - page_engaged_users 2023-03-08/7 1 2023-12-31T17:00:00Z",
         "123456 - page_engaged_users 2023-03-07/28 1 2023-12-31T17:00:00Z",
         "123456 - page_engaged_users 2023-03-08/28 1 2023-12-31T17:00:00Z"}}},
      {"restfb__restfb/v16_0/ig-breakdown-insight.json",
       {{"17969782069736348 - navigation total 25 2023-12-31T17:00:00Z"}}},
      // By city.
      {"restfb__restfb/v3_3/insight-1.json", {{}, 2}},
      {"restfb__restfb/v3_3/insight/page-1.json", {{}, 2}},
      {"restfb__restfb/v3_3/insight/page-2.json", {{}, 1}},
      {"restfb__restfb/v3_3/insight/page-3.json", {}},
      {"sns-sdks__python-facebook/instagram/apidata/medias/insights.json",
       {{"17846368219941692 - views total 8 2023-12-31T17:00:00Z",
         "17846368219941692 - reach total 5 2023-12-31T17:00:00Z",
         "17846368219941692 - saves total 0 2023-12-31T17:00:00Z"}}},
      {"sns-sdks__python-facebook/instagram/apidata/medias/insights_new.json",
       {{"18035507131611621 - profile_activity total 11 2023-12-31T17:00:00Z"}}},
      // A day's value that does not say which day.
      {"sns-sdks__python-facebook/instagram/apidata/users/user_insights_new.json", {{}, 1}},
      {"sns-sdks__python-facebook/instagram/models/ig_insight.json",
       {{"instagram_business_account_id - views 2018-01-10/1 32 2023-12-31T17:00:00Z",
         "instagram_business_account_id - views 2018-01-11/1 32 2023-12-31T17:00:00Z"}}},
  };
  return answers;
}

class InsightsFixtures : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kFixtures)) GTEST_SKIP() << "no fixtures";
  }
};

TEST_F(InsightsFixtures, EachAnswerIsWhatTheTableSays) {
  size_t read = 0, refused = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kFixtures)) {
    if (entry.path().extension() != ".json") continue;
    const std::string file = fs::relative(entry.path(), kFixtures).string();
    SCOPED_TRACE(file);
    const Parsed parsed =
        ParseReport(GraphInsights(), ReadFile(entry.path()), InVietnam("", "2024-01-01"));
    const auto it = Answers().find(file);
    if (it == Answers().end()) {
      EXPECT_EQ(ErrorCode(parsed.status), "no_insights");
      ++refused;
      continue;
    }
    ASSERT_TRUE(parsed.status.ok()) << parsed.status;
    EXPECT_THAT(parsed.figures(), ElementsAreArray(it->second.figures));
    EXPECT_EQ(parsed.batch.ignored, it->second.ignored);
    EXPECT_THAT(parsed.rejections(), IsEmpty());
    ++read;
  }
  EXPECT_EQ(read, Answers().size());
  EXPECT_EQ(refused, 16u);
}

TEST_F(InsightsFixtures, DaysOfAPage) {
  const Parsed parsed = ParseReport(GraphTable(),
                                    ReadFile(kFixtures / "fivetran__dbt_facebook_pages" /
                                             "facebook_pages_daily_page_metrics_total_data.csv"),
                                    InVietnam());
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.rejections(), IsEmpty());
  // Six rows, of which each fills 45 columns of metrics, two of them of `views`.
  EXPECT_EQ(parsed.batch.figures.size(), 6u * 44);
  const std::string page = "514435155248879 - ", synced = " 2021-09-09T15:05:33.416Z";
  for (const char* figure :
       {"views 2020-04-09/1 1", "views 2020-04-04/1 2", "views 2020-04-08/1 6",
        "profile_visits 2020-04-09/1 81", "engagements 2020-04-10/1 58", "follows 2020-04-09/1 0",
        "unfollows 2020-04-09/1 1", "video_views 2020-04-06/1 133",
        "page_actions_post_reactions_love_total 2020-04-09/1 68"}) {
    EXPECT_THAT(parsed.figures(), Contains(page + figure + synced));
  }
  EXPECT_THAT(parsed.figures(), Contains(page + "followers total 256 2020-04-10T06:59:59.999Z"));
}

TEST_F(InsightsFixtures, TotalsOfPosts) {
  const Parsed parsed = ParseReport(GraphTable(),
                                    ReadFile(kFixtures / "fivetran__dbt_facebook_pages_source" /
                                             "facebook_pages_lifetime_post_metrics_total_data.csv"),
                                    InVietnam());
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.rejections(), IsEmpty());
  EXPECT_EQ(parsed.batch.figures.size(), 25u * 39);
  const std::string post = "125386894179471 125386894179471_4458643047520479 ";
  for (const char* figure :
       {"views total 875 2021-09-09T06:59:59.999Z", "views total 875 2021-09-10T06:59:59.999Z",
        "views total 876 2021-09-11T06:59:59.999Z", "views total 877 2021-09-12T06:59:59.999Z",
        "views total 877 2021-09-13T06:59:59.999Z", "clicks total 23 2021-09-13T06:59:59.999Z"}) {
    EXPECT_THAT(parsed.figures(), Contains(post + figure));
  }
}

TEST_F(InsightsFixtures, OtherTablesAreRefused) {
  size_t refused = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kFixtures)) {
    const std::string file = entry.path().filename().string();
    if (entry.path().extension() != ".csv" || file.find("metrics_total") != std::string::npos) {
      continue;
    }
    const std::string text = ReadFile(entry.path());
    for (const Adapter* adapter : {&GraphTable(), &MetaContent(), &MetaSeries()}) {
      const absl::Status status = ParseReport(*adapter, text, InVietnam("p", "2024-01-01")).status;
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << file << adapter->name();
    }
    ++refused;
  }
  EXPECT_GT(refused, 10u);
}

}  // namespace
}  // namespace pagepulse
