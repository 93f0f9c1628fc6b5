#pragma once

// Two pages, a post and what a platform reports of them, in July 2025.

#include <gtest/gtest.h>

#include <string>

#include "model/time_zone.h"
#include "query/query.h"
#include "query/reconcile.h"
#include "query/time_text.h"
#include "tests/query/fake_source.h"

namespace pagepulse::testing {

class ReportsTest : public ::testing::Test {
 protected:
  ReportsTest() {
    for (const char* name : {"a", "b"}) catalog_.AddPage(name, "Asia/Ho_Chi_Minh");
    catalog_.AddPost(1, "x");
  }

  int64_t Minute(int day) const { return first_ + (day - 1) * 1440; }
  // As it stood at a day's begin; post 0: of the page.
  void Total(uint32_t page, const std::string& report, uint32_t post, int day, int64_t value = 9) {
    cut_.Report(page, Id(report), post, {.as_of_ms = Minute(day) * 60'000, .value = value});
  }
  // Of so many days that end with this one.
  void OfDays(uint32_t page, const std::string& report, int day, int64_t value = 9,
              uint16_t days = 1) {
    cut_.Report(page, Id(report), 0,
                {.days = days,
                 .day = DayNumber(absl::CivilDay(2025, 7, day)),
                 .as_of_ms = Minute(30) * 60'000,
                 .value = value});
  }
  void Ours(uint32_t page, CounterId counter, int day, int64_t value = 1) {
    cut_.Open({DeltaOf{.page = page, .minute = Minute(day), .counter = counter, .value = value}});
  }

  QueryResult Run(absl::StatusOr<QuerySpec> spec) {
    EXPECT_TRUE(spec.ok()) << spec.status();
    auto result = RunQuery(*spec, catalog_, cut_, Minute(40) * 60'000);
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }
  // As JSON; without another range, of the first ten days.
  std::string Ask(const std::string& words, const std::string& range = kTenDays) {
    return FormatResult(Run(ParseQueryWords(words + " " + range)), OutputFormat::kJson, false);
  }

  static constexpr char kTenDays[] = "from=2025-07-01 to=2025-07-10";
  FakeCatalog catalog_;
  FakeCut cut_{catalog_};

 private:
  uint16_t Id(const std::string& report) {
    const auto id = catalog_.FindReport(report);
    return id ? *id : catalog_.AddReport(report);
  }
  const int64_t first_ = ParseTimeBound("t", "2025-07-01T00:00:00+07:00")->minute;
};

}  // namespace pagepulse::testing
