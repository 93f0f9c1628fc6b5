// Meta's export of contents, as docs/reported.md says it is read. The files here are written by
// hand after the headers of real ones.

#include "base/error.h"
#include "tests/ingest/reports_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kEnglish =
    "\xEF\xBB\xBFPost ID,Page ID,Page name,Title,Description,Duration (sec),Publish time,"
    "Permalink,Post type,Date,Views,Reach,\"Reactions, Comments and Shares\",Reactions,Comments,"
    "Shares,Total clicks,Link Clicks,Other Clicks,Seconds viewed\r\n"
    "122158000000000017,1001,Ward,\"Lễ hội\",,0,08/05/2025 18:30,"
    "https://www.facebook.com/1001/posts/122158000000000017,Photos,Lifetime,"
    "1200,800,75,60,10,5,33,3,30,12.5\r\n"
    "122158000000000018,1001,Ward,,\"Họp tổ dân phố, 19h\nsân \"\"A\"\"\",0,08/06/2025 07:00,"
    "https://www.facebook.com/1001/posts/122158000000000018,Photos,Lifetime,"
    "90,,4,4,,,,,,\r\n";

constexpr std::string_view kVietnamese =
    "\xEF\xBB\xBFID bài viết,Tên Trang,Tiêu đề,Mô tả,Thời gian đăng,Liên kết vĩnh viễn,"
    "Loại bài viết,Ngày,Lượt xem,Số người tiếp cận,\"Cảm xúc, bình luận và lượt chia sẻ\","
    "Cảm xúc,Bình luận,Lượt chia sẻ,Tổng lượt click,Lượt click vào liên kết,Lượt click khác\n"
    "122158000000000017,Ward,Lễ hội,,08/05/2025 18:30,"
    "https://www.facebook.com/1001/posts/122158000000000017,Ảnh,Trọn đời,"
    "1200,800,75,60,10,5,33,3,30\n"
    "122158000000000018,Ward,,\"Họp tổ dân phố, 19h\nsân \"\"A\"\"\",08/06/2025 07:00,"
    "https://www.facebook.com/1001/posts/122158000000000018,Ảnh,Trọn đời,90,,4,4,,,,,\n";

// Midnight in Vietnam, of 2025-08-31.
constexpr char kAsOf[] = "2025-08-30T17:00:00Z";

std::string Figure(std::string_view post, std::string_view metric, int value) {
  return fmt::format("1001 1001_{} {} total {} {}", post, metric, value, kAsOf);
}

TEST(MetaContent, BothLanguagesSayTheSame) {
  ImportOptions import = InVietnam("1001");
  import.file_name = "Aug-01-2025_Aug-31-2025_9876543210.csv";
  for (const std::string_view file : {kEnglish, kVietnamese}) {
    const Parsed parsed = ParseReport(MetaContent(), file, import);
    ASSERT_TRUE(parsed.status.ok()) << parsed.status;
    EXPECT_THAT(parsed.rejections(), IsEmpty());
    const std::string first = "122158000000000017", second = "122158000000000018";
    EXPECT_THAT(
        parsed.figures(),
        UnorderedElementsAre(Figure(first, "views", 1200), Figure(first, "reach", 800),
                             Figure(first, "interactions", 75), Figure(first, "reactions", 60),
                             Figure(first, "comments", 10), Figure(first, "shares", 5),
                             Figure(first, "clicks", 33), Figure(first, "link_clicks", 3),
                             Figure(first, "other_clicks", 30), Figure(second, "views", 90),
                             Figure(second, "interactions", 4), Figure(second, "reactions", 4)));
    ASSERT_EQ(parsed.batch.posts.size(), 2u);
    const PostInfo& post = parsed.batch.posts[0];
    EXPECT_EQ(post.post, "1001_122158000000000017");
    EXPECT_EQ(post.title, "Lễ hội");
    EXPECT_EQ(post.link, "https://www.facebook.com/1001/posts/122158000000000017");
    EXPECT_EQ(Parsed::Utc(post.published_ms), "2025-08-05T11:30:00Z");
    EXPECT_EQ(parsed.batch.posts[1].title, "Họp tổ dân phố, 19h");
  }
}

TEST(MetaContent, ThePageIsTheColumnsWithoutAnOption) {
  const Parsed parsed = ParseReport(MetaContent(), kEnglish, InVietnam("", "2025-08-31"));
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_EQ(parsed.figures().front(), Figure("122158000000000017", "views", 1200));
  const Parsed none = ParseReport(MetaContent(), kVietnamese, InVietnam("", "2025-08-31"));
  EXPECT_THAT(none.rejections(), ElementsAre("2 missing_page", "3 missing_page"));
  // A page that goes by a name of its own has posts by theirs.
  const Parsed named = ParseReport(MetaContent(), kEnglish, InVietnam("ward", "2025-08-31"));
  EXPECT_EQ(named.figures().front(),
            "ward 122158000000000017 views total 1200 2025-08-30T17:00:00Z");
}

TEST(MetaContent, WithoutItsZoneOrItsDayItIsRefused) {
  ImportOptions import;
  import.exported = "2025-08-31";
  EXPECT_EQ(ErrorCode(ParseReport(MetaContent(), kEnglish, import).status), "missing_tz");
  EXPECT_EQ(ErrorCode(ParseReport(MetaContent(), kEnglish, InVietnam()).status),
            "missing_exported");
  EXPECT_EQ(ErrorCode(ParseReport(MetaContent(), kEnglish, InVietnam("", "August")).status),
            "bad_exported");
  const Parsed instant =
      ParseReport(MetaContent(), kEnglish, InVietnam("", "2025-09-02T10:00:00+07:00"));
  EXPECT_EQ(Parsed::Utc(instant.batch.figures.at(0).as_of_ms), "2025-09-02T03:00:00Z");
}

// Each with the code of its fault; what stands beside it is read.
TEST(MetaContent, RowsThatASpreadsheetRuined) {
  constexpr std::string_view kFile =
      "Post ID;Page ID;Permalink;Publish time;Views\n"
      "1,22158E+17;1001;https://www.facebook.com/1001/posts/122158000000000017;;5\n"
      "1.22158E+17;1001;https://www.facebook.com/permalink.php?story_fbid=77&id=1001;;6\n"
      "1.22158E+17;1001;https://www.facebook.com/reel/888;;7\n"
      "1.22158E+17;1001;https://www.facebook.com/1001/posts/pfbid0abc;;8\n"
      ";1001;;;9\n"
      "21;1001;;;1,5\n"
      "22;1001;;;1.5\n"
      "23;1001;;;-4\n"
      "24;1001;;08/32/2025 10:00;3\n"
      "25;1001;;3\n"
      "26;1001;\"x;;3\n"
      "27;1002;;;3\n"
      "28;1001;;;12.0\n";
  const Parsed parsed = ParseReport(MetaContent(), kFile, InVietnam("1001", "2025-08-31"));
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.figures(), ElementsAre(Figure("122158000000000017", "views", 5),
                                            Figure("77", "views", 6), Figure("28", "views", 12)));
  EXPECT_THAT(parsed.rejections(),
              ElementsAre("4 ruined_id", "5 ruined_id", "6 bad_post", "7 bad_value", "8 bad_value",
                          "9 bad_value", "10 bad_day", "11 bad_row", "12 bad_row", "13 bad_page"));
}

// What each file says of its rows: the views of those that count, and the faults.
struct Taken {
  std::vector<int64_t> views;
  std::vector<std::string> rejections;
};
Taken TakenOf(std::string_view file, std::string page) {
  const Parsed parsed = ParseReport(MetaContent(), file, InVietnam(std::move(page), "2025-08-31"));
  EXPECT_TRUE(parsed.status.ok()) << parsed.status;
  Taken taken{{}, parsed.rejections()};
  for (const ReportedFigure& figure : parsed.batch.figures) taken.views.push_back(figure.value);
  return taken;
}

// Under --page a file is of one page, by whatever it names its pages.
TEST(MetaContent, RowsOfAnotherPageDoNotCountForTheOneThatIsNamed) {
  const Taken names = TakenOf(
      "ID bài viết,Tên Trang,Lượt xem\n1,Tân Định,100\n2,Bến Thành,900\n3,Tân Định,7\n", "ward");
  EXPECT_THAT(names.views, ElementsAre(100, 7));
  EXPECT_THAT(names.rejections, ElementsAre("3 bad_page"));
  const std::string accounts = "Post ID,Account ID,Views\n1,1784,100\n2,1785,900\n";
  EXPECT_THAT(TakenOf(accounts, "ward").views, ElementsAre(100));
  EXPECT_THAT(TakenOf(accounts, "ward").rejections, ElementsAre("3 bad_page"));
  const Parsed own = ParseReport(MetaContent(), accounts, InVietnam("", "2025-08-31"));
  ASSERT_EQ(own.batch.figures.size(), 2u);
  EXPECT_EQ(own.batch.figures[0].page, "1784");
  EXPECT_EQ(own.batch.figures[1].page, "1785");
}

TEST(MetaContent, ARoundedPageIdIsNotTheSameAsAnother) {
  const Taken ids =
      TakenOf("Post ID,Page ID,Views\n1,1.00064E+14,100\n2,1.00064E+14,900\n", "ward");
  EXPECT_THAT(ids.views, IsEmpty());
  EXPECT_THAT(ids.rejections, ElementsAre("2 ruined_id", "3 ruined_id"));
  const Taken names = TakenOf(
      "Post ID,Page ID,Page name,Views\n1,1.00064E+14,A,100\n2,1.00064E+14,B,900\n", "ward");
  EXPECT_THAT(names.views, ElementsAre(100));
  EXPECT_THAT(names.rejections, ElementsAre("3 bad_page"));
}

// A wide column shows all the digits that a spreadsheet kept, and zeros for the rest.
TEST(MetaContent, ARoundedIdMayBeWrittenOut) {
  constexpr std::string_view kFile =
      "Post ID,Page ID,Permalink,Views\n"
      "122158123456789000,1001,https://www.facebook.com/a/posts/122158123456789012,1\n"
      "122158123456789000,1001,https://www.facebook.com/a/posts/122158999999999999,2\n"
      "122158123456789000,1001,https://www.facebook.com/a/posts/122158123456789000,3\n"
      "122158123456789000,1001,https://www.facebook.com/reel/888,4\n"
      "122158123456788000,1001,,5\n"
      "1221581234567890,1001,,6\n"
      "122158123456789100,1001,,7\n"  // is not zeros from the 16th digit on
      "122158123456000,1001,,8\n"     // has 15
      "122158123456789012,1001,https://www.facebook.com/a/posts/122158123456789013,9\n"
      "1001_122158123456788000,1001,,10\n"  // was text to the spreadsheet, too
      "1001_122158123456788000,1001,https://www.facebook.com/a/posts/122158123456788001,11\n";
  const Parsed parsed = ParseReport(MetaContent(), kFile, InVietnam("", "2025-08-31"));
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.figures(), ElementsAre(Figure("122158123456789012", "views", 1),
                                            Figure("122158123456789000", "views", 3),
                                            Figure("122158123456789100", "views", 7),
                                            Figure("122158123456000", "views", 8),
                                            Figure("122158123456788000", "views", 10)));
  EXPECT_THAT(parsed.rejections(), ElementsAre("3 ruined_id", "5 ruined_id", "6 ruined_id",
                                               "7 ruined_id", "10 ruined_id", "12 ruined_id"));
}

TEST(MetaContent, SoMayAPagesId) {
  constexpr std::string_view kFile =
      "Post ID,Account ID,Account username,Permalink,Views\n"
      "1,17841400000000000,a,,1\n"
      "2,17841400000000000,b,,2\n"
      "3,17841400000000000,a,https://www.instagram.com/17841400000000000/p/x,3\n";
  EXPECT_THAT(TakenOf(kFile, "").rejections, ElementsAre("2 ruined_id", "3 ruined_id"));
  EXPECT_THAT(TakenOf(kFile, "").views, ElementsAre(3));
  EXPECT_THAT(TakenOf(kFile, "ward").views, ElementsAre(1));
}

// 03/08 is one of March or one of August: another date of the file may say which it cannot be.
TEST(MetaContent, AFileWhoseDatesHaveTheDayFirstIsRefused) {
  const ImportOptions import = InVietnam("1001", "2025-08-31");
  for (const char* file : {"Post ID,Date,Views\n1,03/08/2025,10\n2,13/08/2025,20\n",
                           "Post ID,Publish time,Views\n1,03/08/2025 09:30,10\n"
                           ",13/08/2025 09:30,20\n"}) {
    const absl::Status status = ParseReport(MetaContent(), file, import).status;
    EXPECT_EQ(ErrorCode(status), "day_first") << file;
    EXPECT_THAT(status.message(), HasSubstr("line 3"));
    EXPECT_THAT(status.message(), HasSubstr("13/08/2025"));
  }
  // Of no calendar: a fault of its row alone.
  EXPECT_THAT(TakenOf("Post ID,Date,Views\n1,03/08/2025,10\n2,13/13/2025,20\n", "1001").rejections,
              ElementsAre("3 bad_day"));
}

// As Excel writes back what it has opened, in the same order.
TEST(MetaContent, DatesThatASpreadsheetHasWrittenBackAreRead) {
  constexpr std::string_view kFile =
      "Post ID,Publish time,Date,Views\n"
      "1,8/5/2025 3:14,Lifetime,10\n"
      "2,8/5/2025 3:14:09 PM,Lifetime,20\n"
      "3,12/31/2025 23:59:60,Lifetime,30\n"
      "4,,8/5/2025,40\n"
      "5,,8/5/2025 0:00,50\n";
  const Parsed parsed = ParseReport(MetaContent(), kFile, InVietnam("1001", "2026-01-31"));
  EXPECT_THAT(parsed.rejections(), ElementsAre("4 bad_day"));
  ASSERT_EQ(parsed.batch.posts.size(), 4u);
  EXPECT_EQ(Parsed::Utc(parsed.batch.posts[0].published_ms), "2025-08-04T20:14:00Z");
  EXPECT_EQ(Parsed::Utc(parsed.batch.posts[1].published_ms), "2025-08-05T08:14:09Z");
  ASSERT_EQ(parsed.batch.figures.size(), 4u);
  for (const size_t i : {2, 3}) {
    EXPECT_EQ(parsed.batch.figures[i].days, 1);
    EXPECT_EQ(CivilDayOf(parsed.batch.figures[i].day), absl::CivilDay(2025, 8, 5));
  }
  EXPECT_EQ(ErrorCode(ParseReport(MetaContent(),
                                  "Post ID,Publish time,Views\n1,8/5/2025 3:14,10\n"
                                  "2,13/8/2025 3:14,20\n",
                                  InVietnam("1001", "2026-01-31"))
                          .status),
            "day_first");
}

TEST(MetaContent, ARowOfADayIsThatDays) {
  constexpr std::string_view kFile =
      "date,post id,VIEWS\n"
      "08/04/2025,5,10\n"
      "2025-08-05,5,4\n"
      "08/32/2025,5,4\n";
  const Parsed parsed = ParseReport(MetaContent(), kFile, InVietnam("p", "2025-08-31"));
  EXPECT_THAT(parsed.figures(), ElementsAre("p 5 views 2025-08-04/1 10 2025-08-30T17:00:00Z",
                                            "p 5 views 2025-08-05/1 4 2025-08-30T17:00:00Z"));
  EXPECT_THAT(parsed.rejections(), ElementsAre("4 bad_day"));
}

TEST(MetaContent, ViewsHoldBesideImpressions) {
  const Parsed parsed = ParseReport(MetaContent(), "Impressions,Views,Post ID\n9,7,5\n",
                                    InVietnam("p", "2025-08-31"));
  EXPECT_THAT(parsed.figures(), ElementsAre("p 5 views total 7 2025-08-30T17:00:00Z"));
}

// So that its figures stand on the posts that Instagram's webhook names.
TEST(MetaContent, AnExportOfInstagramIsOfItsSourceAndItsPosts) {
  for (const char* file :
       {"Post ID,Account ID,Account username,Views\n17900000000000001,1784,tandinh,100\n",
        "ID bài viết,ID tài khoản,Lượt xem\n17900000000000001,1784,100\n",
        "Post ID,Views,Saves\n17900000000000001,100,\n",
        "ID bài viết,Lượt xem,Lượt lưu\n17900000000000001,100,\n"}) {
    const Parsed parsed = ParseReport(MetaContent(), file, InVietnam("1784", "2025-08-31"));
    EXPECT_THAT(parsed.figures(),
                ElementsAre("1784 17900000000000001 views total 100 2025-08-30T17:00:00Z"));
    ASSERT_EQ(parsed.batch.figures.size(), 1u) << file;
    EXPECT_EQ(parsed.batch.figures[0].source, "instagram") << file;
  }
  for (const std::string_view file :
       {std::string_view("Post ID,Page ID,Views,Saves\n5,1001,100,1\n"), kEnglish, kVietnamese}) {
    const Parsed parsed = ParseReport(MetaContent(), file, InVietnam("1001", "2025-08-31"));
    ASSERT_FALSE(parsed.batch.figures.empty());
    EXPECT_EQ(parsed.batch.figures[0].source, "facebook");
    EXPECT_TRUE(parsed.batch.figures[0].post.starts_with("1001_"));
  }
}

TEST(MetaContent, WhatIsNoExportIsRefused) {
  for (const std::string_view text : {"", "{}", "a,b\n1,2\n", "Post ID,Title\n1,2\n"}) {
    EXPECT_EQ(ErrorCode(ParseReport(MetaContent(), text, InVietnam("p", "2025-08-31")).status),
              "not_an_export")
        << text;
  }
  EXPECT_EQ(ErrorCode(ParseReport(MetaContent(), "\xC3(", InVietnam("p", "2025-08-31")).status),
            "bad_encoding");
}

TEST(MetaContent, ARejectedRowSaysForWhichPageItWouldHaveCounted) {
  constexpr std::string_view kFile = "Post ID,Page ID,Views\n5,1001,x\n6,1001,9007199254740993\n";
  const Parsed named = ParseReport(MetaContent(), kFile, InVietnam("ward", "2025-08-31"));
  ASSERT_EQ(named.batch.rejections.size(), 2u);
  EXPECT_EQ(named.batch.rejections[0].page, "ward");
  const Parsed own = ParseReport(MetaContent(), "Post ID,Page ID,Views\n5,1001,4294967296\n",
                                 InVietnam("", "2025-08-31"));
  EXPECT_THAT(own.rejections(), ElementsAre("2 bad_value"));
  EXPECT_EQ(own.batch.rejections.at(0).page, "1001");
}

TEST(MetaContent, ATimeAheadOfTheClockIsRejected) {
  const Parsed parsed =
      ParseReport(MetaContent(), "Post ID,Views\n5,1\n", InVietnam("p", "2026-08-03"));
  EXPECT_THAT(parsed.rejections(), ElementsAre("2 future"));
}

}  // namespace
}  // namespace pagepulse
