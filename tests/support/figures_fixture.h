#pragma once

// An engine that is told what platforms report of the page `p`, in days of Vietnam.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/time_zone.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/fault_env.h"

namespace pagepulse::testing {

inline const absl::TimeZone kZone = *LoadZone(kDefaultZone);

// The first instant of a day of 2025, in ms.
inline int64_t At(int month, int day, int hour = 0) {
  return 60'000 * (DayStartMinute(kZone, absl::CivilDay(2025, month, day)) + 60 * hour);
}
inline int32_t Day(int month, int day) { return DayNumber(absl::CivilDay(2025, month, day)); }

// A total of a post, as it stood.
inline ReportedFigure Total(std::string_view post, std::string_view metric, int64_t as_of_ms,
                            int64_t value) {
  return {.page = "p",
          .post = post,
          .metric = metric,
          .source = "facebook",
          .as_of_ms = as_of_ms,
          .value = value};
}

inline ReportedFigure Days(std::string_view metric, uint16_t days, int32_t day, int64_t as_of_ms,
                           int64_t value) {
  return {.page = "p",
          .metric = metric,
          .source = "facebook",
          .days = days,
          .day = day,
          .as_of_ms = as_of_ms,
          .value = value};
}

using Export = std::vector<ReportedFigure>;

class FiguresTest : public ::testing::Test {
 protected:
  FiguresTest() { f.options().database.env = env.env(); }

  void Open(AuthoritySet authority) {
    f.options().authority_of_page = [authority](std::string_view) { return authority; };
    ASSERT_NO_FATAL_FAILURE(f.Open());
  }
  Reply Send(const Export& figures) {
    Submission submission;
    submission.batches.emplace_back().figures = figures;
    return f.Send(std::move(submission));
  }
  // As kill -9 does: no checkpoint, what was acknowledged is in the log.
  void Kill() {
    env.FailFrom(1);
    f.Close();
    env.FailFrom(0);
    ASSERT_NO_FATAL_FAILURE(f.Open());
  }
  int64_t Sum(const std::string& metric, const std::string& where = "") {
    return f.Total(
        fmt::format("page=p metrics={} from=2025-07-01 to=2025-12-31 {}", metric, where));
  }
  int64_t OnDay(const std::string& metric, const std::string& day, const std::string& where = "") {
    return f.Total(fmt::format("page=p metrics={} from={} to={} {}", metric, day, day, where));
  }
  static std::string Lines(const char* type, int n, const char* more = "") {
    std::string lines;
    for (int i = 0; i < n; ++i) {
      lines += fmt::format(R"({{"id":"{}{}","ts":{},"page":"p","type":"{}","actor":"a{}"{}}})"
                           "\n",
                           type, i, At(8, 1) / 1000, type, i, more);
    }
    return lines;
  }

  FaultEnv env;
  EngineFixture f;
};

inline constexpr AuthoritySet kViewsAreTheirs = AuthorityBit(AuthorityMetric::kViews);

}  // namespace pagepulse::testing
