#include "ingest/report_dates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

using ::testing::HasSubstr;

TEST(ReportDates, ADayInEitherOrderOfItsNumbers) {
  for (const char* text : {"2025-08-05", "2025-08-05T00:00:00", "2025-08-05 18:30", "08/05/2025",
                           "8/5/2025", "8/05/2025", "8/5/2025 3:14", "8/5/2025 0:00:00"}) {
    EXPECT_EQ(ReadDay(text), absl::CivilDay(2025, 8, 5)) << text;
  }
  for (const char* text :
       {"", "8/5", "8/5/25", "8/5/20255", "008/5/2025", "8/5/2025x", "2025-8-5", "2025-08-05x",
        "8-5-2025", "0/5/2025", "13/5/2025", "2/29/2025", "8//2025", "/5/2025", "Lifetime"}) {
    EXPECT_EQ(ReadDay(text), std::nullopt) << text;
  }
}

TEST(ReportDates, ATimeWithWhatASpreadsheetAdds) {
  const absl::TimeZone vietnam = *LoadZone(kDefaultZone);
  const auto read = [&](const char* text) -> std::string {
    const auto ms = ReadLocalTime(text, vietnam);
    return ms ? absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMillis(*ms), vietnam) : "none";
  };
  EXPECT_EQ(read("08/05/2025 18:30"), "2025-08-05 18:30:00");
  EXPECT_EQ(read("2025-08-05T18:30"), "2025-08-05 18:30:00");
  EXPECT_EQ(read("8/5/2025 3:14"), "2025-08-05 03:14:00");
  EXPECT_EQ(read("8/5/2025 3:14:09"), "2025-08-05 03:14:09");
  EXPECT_EQ(read("8/5/2025 3:14 PM"), "2025-08-05 15:14:00");
  EXPECT_EQ(read("8/5/2025 3:14:09 pm"), "2025-08-05 15:14:09");
  EXPECT_EQ(read("8/5/2025 12:14 AM"), "2025-08-05 00:14:00");
  EXPECT_EQ(read("8/5/2025 12:14 PM"), "2025-08-05 12:14:00");
  EXPECT_EQ(read("8/5/2025 3:14 SA"), "2025-08-05 03:14:00");
  EXPECT_EQ(read("8/5/2025 3:14 CH"), "2025-08-05 15:14:00");
  for (const char* text :
       {"8/5/2025", "8/5/2025 ", "8/5/2025 3", "8/5/2025 3:1", "8/5/2025 24:00", "8/5/2025 3:60",
        "8/5/2025 3:14:60", "8/5/2025 13:14 PM", "8/5/2025 0:14 AM", "8/5/2025 3:14 XM",
        "8/5/2025 3:14PMx", "8/5/2025 3:14 ", "8/5/2025  3:14", "8/5/2025 003:14"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

TEST(ReportDates, ADateThatCanOnlyHaveTheDayFirst) {
  for (const char* text : {"13/08/2025", "13/8/2025 3:14", "31/1/2025"}) {
    EXPECT_EQ(ErrorCode(CheckMonthFirst(text, 7)), "day_first") << text;
  }
  EXPECT_THAT(CheckMonthFirst("13/8/2025 3:14", 7).message(), HasSubstr("`13/8/2025` at line 7"));
  for (const char* text : {"8/13/2025", "8/5/2025", "13/13/2025", "2025-13-01", "Lifetime", ""}) {
    EXPECT_TRUE(CheckMonthFirst(text, 7).ok()) << text;
  }
}

TEST(ReportDates, DatesThatAreADayApartOnlyWithTheDayFirst) {
  using Dates = std::pair<const char*, const char*>;
  for (const auto& [before, date] : {Dates("01/08/2025", "02/08/2025"),
                                     {"1/8/2025 0:00", "2/8/2025 0:00"},
                                     {"12/8/2025", "11/8/2025"},
                                     {"7/7/2025", "8/7/2025"}}) {
    EXPECT_EQ(ErrorCode(CheckNextDay(before, date, 7)), "day_first") << before << " " << date;
  }
  EXPECT_THAT(CheckNextDay("1/8/2025 0:00", "2/8/2025 0:00", 7).message(),
              HasSubstr("`2/8/2025` at line 7"));
  for (const auto& [before, date] : {Dates("8/1/2025", "8/2/2025"),
                                     {"7/31/2025", "8/1/2025"},
                                     {"12/31/2025", "1/1/2026"},
                                     {"01/08/2025", "03/08/2025"},
                                     {"01/08/2025", "02/08/2026"},
                                     {"01/08/2025", "01/08/2025"},
                                     {"2025-01-08", "2025-02-08"},
                                     {"Date", "02/08/2025"},
                                     {"01/08/2025", "Views"},
                                     {"", "02/08/2025"}}) {
    EXPECT_TRUE(CheckNextDay(before, date, 7).ok()) << before << " " << date;
  }
}

TEST(ReportDates, TheLastDayOfAFilesName) {
  EXPECT_EQ(LastDayOfName("Aug-01-2025_Aug-31-2025_123.csv"), absl::CivilDay(2025, 8, 31));
  EXPECT_EQ(LastDayOfName("Dec-15-2025_Jan-14-2026_1.csv"), absl::CivilDay(2026, 1, 14));
  EXPECT_EQ(LastDayOfName("thang11_Nov-01-2025_Nov-30-2025_123.csv"), absl::CivilDay(2025, 11, 30));
  EXPECT_EQ(LastDayOfName("Aug-01-2025_Aug-31-2025_123 (1).csv"), absl::CivilDay(2025, 8, 31));
  EXPECT_EQ(LastDayOfName("ban-sao-2025-12-01.csv"), absl::CivilDay(2025, 12, 1));
  EXPECT_EQ(LastDayOfName("2025-11-01_2025-11-30.csv"), absl::CivilDay(2025, 11, 30));
  EXPECT_EQ(LastDayOfName("Aug-01-2025.csv"), absl::CivilDay(2025, 8, 1));
  for (const char* name : {"", "views.csv", "Aug-31-2025_Aug-01-2025_1.csv", "Foo-01-2025.csv",
                           "Aug-32-2025.csv", "xAug-01-2025.csv", "Aug-01-20255.csv", "ugs-01-2025",
                           "12025-12-01.csv", "2025-12-011.csv", "1234567890.csv"}) {
    EXPECT_EQ(LastDayOfName(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace pagepulse
