// Meta's daily series of a page, as docs/reported.md says it is read. The files here are written by
// hand after the headers of real ones.

#include "base/error.h"
#include "tests/ingest/reports_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// As a spreadsheet in Vietnam writes back 2025-08-01, …: the first twelve days might be months.
TEST(MetaSeries, DatesThatAreADayApartOnlyWithTheDayFirstAreRefused) {
  const auto status = [](std::string_view rows) {
    return ParseReport(MetaSeries(), fmt::format("Views,\nDate,Primary\n{}", rows), InVietnam("p"))
        .status;
  };
  EXPECT_EQ(ErrorCode(status("01/08/2025,20\n02/08/2025,31\n03/08/2025,9\n")), "day_first");
  EXPECT_EQ(ErrorCode(status("01/08/2025,20\n,\n02/08/2025,many\n")), "day_first");
  EXPECT_EQ(ErrorCode(status("03/08/2025,1\n13/08/2025,2\n")), "day_first");
  EXPECT_TRUE(status("08/01/2025,20\n08/02/2025,31\n").ok());
  // One alone cannot be told; nor are those of two series neighbours.
  EXPECT_TRUE(status("01/08/2025,20\n").ok());
  EXPECT_TRUE(status("01/08/2025,20\nViewers,\nDate,Primary\n02/08/2025,20\n").ok());
}

TEST(MetaSeries, BothLanguagesAndTheFilesName) {
  const std::string english = Utf16(
      u"sep=,\r\n\"Viewers\"\r\n\"Date\",\"Primary\"\r\n"
      u"\"2025-08-01T00:00:00\",\"20\"\r\n\"2025-08-02T00:00:00\",\"31\"\r\n");
  const std::string vietnamese = Utf16(
      u"sep=,\r\n\"Người xem\"\r\n\"Ngày\",\"Chính\"\r\n"
      u"\"2025-08-01T00:00:00\",\"20\"\r\n\"2025-08-02T00:00:00\",\"31\"\r\n");
  const std::string by_file =
      "sep=,\n\"Một tên khác\"\n\"Ngày\",\"Primary\"\n"
      "\"2025-08-01T00:00:00\",\"20\"\n\"2025-08-02T00:00:00\",\"31\"\n";
  ImportOptions import = InVietnam("p");
  import.file_name = "nguoi_xem.csv";
  for (const std::string& file : {english, vietnamese, by_file}) {
    const Parsed parsed = ParseReport(MetaSeries(), file, import);
    ASSERT_TRUE(parsed.status.ok()) << parsed.status;
    // As of the beginning of the last day.
    EXPECT_THAT(parsed.figures(), ElementsAre("p - reach 2025-08-01/1 20 2025-08-01T17:00:00Z",
                                              "p - reach 2025-08-02/1 31 2025-08-01T17:00:00Z"));
  }
  import.file_name = "";
  EXPECT_EQ(ErrorCode(ParseReport(MetaSeries(), by_file, import).status), "unknown_series");
  EXPECT_EQ(ErrorCode(ParseReport(MetaSeries(), english, InVietnam()).status), "missing_page");
}

// Loaded while its last day goes on (the clock is 07:00 of 2026-08-01 there), at whatever time: the
// file says the same, so that it is a duplicate the second time and arrival has no say.
TEST(MetaSeries, ADayThatIsNotOverIsNotAsOfTheMomentOfLoading) {
  constexpr std::string_view kFile =
      "sep=,\n\"Views\"\n\"Date\",\"Primary\"\n"
      "\"2026-07-31T00:00:00\",\"7\"\n\"2026-08-01T00:00:00\",\"5\"\n";
  for (const int64_t hours : {0, 9, 24}) {
    const Parsed parsed =
        ParseReport(MetaSeries(), kFile, InVietnam("p"), kReportsNow + hours * 3'600'000);
    EXPECT_THAT(parsed.rejections(), IsEmpty());
    EXPECT_THAT(parsed.figures(), ElementsAre("p - views 2026-07-31/1 7 2026-07-31T17:00:00Z",
                                              "p - views 2026-08-01/1 5 2026-07-31T17:00:00Z"));
  }
}

TEST(MetaSeries, AsASpreadsheetWritesItBack) {
  for (const char* file : {"Views,\r\nDate,Primary\r\n8/1/2025 0:00,20\r\n8/12/2025 0:00,31\r\n",
                           "Views;\r\nDate;Primary\r\n8/1/2025 0:00;20\r\n8/12/2025 0:00;31\r\n",
                           "Views\nDate;Primary\n8/1/2025;20\n8/12/2025;31\n",
                           "Views\nDate\tPrimary\n8/1/2025\t20\n8/12/2025\t31\n"}) {
    const Parsed parsed = ParseReport(MetaSeries(), file, InVietnam("p"));
    EXPECT_THAT(parsed.rejections(), IsEmpty());
    EXPECT_THAT(parsed.figures(), ElementsAre("p - views 2025-08-01/1 20 2025-08-11T17:00:00Z",
                                              "p - views 2025-08-12/1 31 2025-08-11T17:00:00Z"));
  }
}

// Though each is rejected by itself (`future`): what is over the limit may have been none of those.
TEST(MetaSeries, MoreThanASubmissionMayHaveAreRefusedWhole) {
  std::string file = "Views\nDate,Primary\n";
  for (size_t i = 0; i < kMaxFigures; ++i) file += "2025-08-01,1\n";
  const Parsed all = ParseReport(MetaSeries(), file, InVietnam("p", "2027-08-01"));
  ASSERT_TRUE(all.status.ok()) << all.status;
  EXPECT_EQ(all.batch.rejections.size(), kMaxFigures);
  file += "2025-08-01,1\n";
  EXPECT_EQ(ErrorCode(ParseReport(MetaSeries(), file, InVietnam("p", "2027-08-01")).status),
            "too_many_figures");
}

// Here the file's name tells another metric, which a title that is none would take.
TEST(MetaSeries, ALineThatASpreadsheetLeftEmptyEndsNoSeries) {
  constexpr std::string_view kFile =
      ",\r\nViews,\r\n,\r\nDate,Primary\r\n,\r\n8/1/2025 0:00,20\r\n,,\r\n\"\"\r\n"
      "8/2/2025 0:00,31\r\n,\r\n";
  ImportOptions import = InVietnam("p");
  import.file_name = "nguoi_xem.csv";
  const Parsed parsed = ParseReport(MetaSeries(), kFile, import);
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.figures(), ElementsAre("p - views 2025-08-01/1 20 2025-08-01T17:00:00Z",
                                            "p - views 2025-08-02/1 31 2025-08-01T17:00:00Z"));
  EXPECT_THAT(parsed.rejections(), IsEmpty());
  EXPECT_EQ(parsed.batch.ignored, 0u);
}

TEST(MetaSeries, FaultsByLineAndSeveralSeries) {
  constexpr std::string_view kFile =
      "sep=,\n\"Facebook follows\"\n\"Date\",\"Primary\"\n"
      "\"2025-08-01T00:00:00\",\"2\"\n\"2025-13-01T00:00:00\",\"2\"\n"
      "\"2025-08-02T00:00:00\",\"many\"\n\"2025-08-03T00:00:00\"\n\n"
      "\"Cities\"\n\"Place\",\"Share\"\n\"2025-08-03T00:00:00\",\"2\"\n"
      "\"Views\"\n\"Date\",\"Primary\"\n\"2025-08-03T00:00:00\",\"9\"\n";
  const Parsed parsed = ParseReport(MetaSeries(), kFile, InVietnam("p", "2025-08-10"));
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_THAT(parsed.figures(), ElementsAre("p - follows 2025-08-01/1 2 2025-08-09T17:00:00Z",
                                            "p - views 2025-08-03/1 9 2025-08-09T17:00:00Z"));
  EXPECT_THAT(parsed.rejections(), ElementsAre("5 bad_day", "6 bad_value", "7 bad_row"));
}

}  // namespace
}  // namespace pagepulse
