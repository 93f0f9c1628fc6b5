// Random questions over random data, cell by cell against the oracle.

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/query/random_questions.h"

namespace pagepulse {
namespace {

class RandomQuery : public RandomQuestions {
 protected:
  // Asks in words what the question says, and adds to *rows how many the answer has.
  void ExpectOracle(const OracleQuestion& question, const std::string& words, int64_t* rows);
};

std::string TextOf(const OracleLabels& labels, const std::vector<Value>& values) {
  std::string text;
  for (const auto& label : labels) text += label.value_or("null") + " ";
  for (const Value& v : values) {
    text += v.index() == 0   ? "null "
            : v.index() == 1 ? std::to_string(std::get<int64_t>(v)) + " "
                             : std::to_string(std::get<double>(v)) + " ";
  }
  return text;
}

void RandomQuery::ExpectOracle(const OracleQuestion& question, const std::string& words,
                               int64_t* rows) {
  const absl::StatusOr<QuerySpec> spec = ParseQueryJson(words);
  ASSERT_TRUE(spec.ok()) << words << spec.status();
  const auto result = RunQuery(*spec, catalog_, cut_, now_ms_);
  ASSERT_TRUE(result.ok()) << words << "\n" << result.status();
  const OracleAnswer expected = AskOracle(question, deltas_, catalog_);

  ASSERT_EQ(result->matching_rows, expected.matching_rows) << words;
  ASSERT_EQ(result->rows.size(), expected.rows.size()) << words;
  for (size_t r = 0; r < expected.rows.size(); ++r) {
    const auto& [labels, values] = expected.rows[r];
    ASSERT_EQ(TextOf(result->rows[r].labels, result->rows[r].values), TextOf(labels, values))
        << words << "\nrow " << r;
    ASSERT_EQ(result->rows[r].values, values) << words;
  }
  ASSERT_EQ(TextOf({}, result->totals), TextOf({}, expected.totals)) << words;
  for (const MetricColumn& column : result->metrics) EXPECT_TRUE(column.exact) << words;
  *rows += static_cast<int64_t>(expected.rows.size());
}

TEST_P(RandomQuery, EqualsTheOracle) {
  int64_t rows = 0;
  for (int i = 0; i < 100; ++i) {
    std::string words;
    const OracleQuestion question = Ask(&words);
    ASSERT_NO_FATAL_FAILURE(ExpectOracle(question, words, &rows));
  }
  RecordProperty("rows", static_cast<int>(rows));
}

// Every way to ask for pages, posts and sources, of ranges and steps that quarters alone can
// answer.
TEST_P(RandomQuery, QuartersAreMergedFromDetails) {
  struct Kind {
    const char* name;
    std::optional<Grouping> by;
    std::vector<std::string> posts, sources;
    bool no_source = false;
  };
  const Kind kinds[] = {{"pages", {}, {}, {}},
                        {"by post", Grouping::kPost, {}, {}},
                        {"of a post", {}, {"p1"}, {}},
                        {"of two posts", {}, {"=p4", "p2"}, {}},
                        {"by post of some", Grouping::kPost, {"p1", "=p4"}, {}},
                        {"by source", Grouping::kSource, {}, {}},
                        {"of a source", {}, {}, {"zalo"}},
                        {"of none", {}, {}, {}, true},
                        {"by source of some", Grouping::kSource, {}, {"web", "zalo"}},
                        {"by source of some and none", Grouping::kSource, {}, {"facebook"}, true}};
  int64_t rows = 0;
  int read = 0;
  for (const Kind& kind : kinds) {
    for (const Step step : {Step::kQuarter, Step::kHour, Step::kTotal}) {
      for (int i = 0; i < 4; ++i) {
        OracleQuestion q;
        QuerySpec& spec = q.spec;
        AskPages(/*local=*/i % 2 == 0, &spec);
        if (kind.by) spec.by.push_back(*kind.by);
        if (step != Step::kTotal) spec.by.push_back(Grouping::kTime);
        if (Chance(50)) spec.by.insert(spec.by.begin(), Grouping::kPage);
        spec.step = step;
        spec.posts = kind.posts;
        spec.sources = kind.sources;
        spec.no_source = kind.no_source;
        spec.metrics = {"views", "reach", "engaged", "interactions.removed"};
        spec.fill = Chance(50) ? Fill::kNone : Fill::kZero;
        q.zone = *LoadZone(kZones[Pick(std::size(kZones))]);
        spec.tz = q.zone.name();
        // From anywhere in a day, most often around the change of the clocks.
        const int64_t middle = (first_ + last_) / 2;
        const int64_t from = Chance(70) ? middle - 2880 + Pick(2880) : first_ + Pick(80 * 1440);
        q.from = from - from % 15;
        q.to = q.from + 15 * (1 + Pick(4 * 96));
        spec.from = TimeBound{.minute = q.from};
        spec.to = TimeBound{.minute = q.to};
        const std::string words = QueryJson(spec);
        LabelByPage(&spec);
        SCOPED_TRACE(kind.name);
        const int before = cut_.details;
        ASSERT_NO_FATAL_FAILURE(ExpectOracle(q, words, &rows));
        read += cut_.details > before;
      }
    }
  }
  EXPECT_GT(read, 100) << "of 120 questions read details";
  RecordProperty("rows", static_cast<int>(rows));
}

// The other range beside this one is what asking for it alone gives.
TEST_P(RandomQuery, ComparisonEqualsTheOtherRangeAskedAlone) {
  for (int i = 0; i < 60; ++i) {
    const int length = 1 + Pick(20);
    const absl::CivilDay from = GetParam().middle - Pick(30);
    const absl::CivilDay other = from - length;
    // Days that do not correspond one to one (Samoa left one out) are compared in sum alone.
    const bool whole = std::string_view(GetParam().zone) != "Pacific/Apia";
    const char* by = whole && Chance(50) ? "by=time:day" : "by=source";
    if (!whole && (from == GetParam().middle || from + length == GetParam().middle)) continue;
    const auto words = [&](absl::CivilDay first) {
      return "page=alpha,beta metrics=views,reach,reactions " + std::string(by) +
             " from=" + absl::FormatCivilTime(first) +
             " to=" + absl::FormatCivilTime(first + length - 1);
    };
    const auto both =
        RunQuery(*ParseQueryWords(words(from) + " compare=previous"), catalog_, cut_, now_ms_);
    const auto alone = RunQuery(*ParseQueryWords(words(other)), catalog_, cut_, now_ms_);
    ASSERT_TRUE(both.ok()) << both.status();
    ASSERT_TRUE(alone.ok()) << alone.status();
    EXPECT_EQ(TextOf({}, both->compare_totals), TextOf({}, alone->totals)) << words(from);
    std::map<std::string, std::string> expected, got;
    for (const ResultRow& row : alone->rows) {
      expected[row.labels[0].value_or("null")] = TextOf({}, row.values);
    }
    for (const ResultRow& row : both->rows) {
      if (by[3] == 't' && !row.compare_time) continue;  // a day that the other range has not
      const std::string key = by[3] == 't' ? *row.compare_time : row.labels[0].value_or("null");
      got[key] = TextOf({}, row.compare_values);
    }
    for (const auto& [key, text] : expected) EXPECT_EQ(got[key], text) << words(from) << key;
  }
}

// How the same deltas lie in rows and in memory changes nothing.
TEST_P(RandomQuery, AnyCutOfTheSameDeltas) {
  FakeCut all_open(catalog_), all_stored(catalog_);
  all_open.Open(deltas_);
  all_stored.horizon[1] = all_open.horizon[1] = cut_.horizon[1];
  std::shuffle(deltas_.begin(), deltas_.end(), random_);
  all_stored.Store(deltas_);
  for (int i = 0; i < 100; ++i) {
    std::string words;
    Ask(&words);
    const QuerySpec spec = *ParseQueryJson(words);
    const std::string expected =
        FormatResult(*RunQuery(spec, catalog_, cut_, now_ms_), OutputFormat::kJson, false);
    for (const FakeCut* cut : {&all_open, &all_stored}) {
      EXPECT_EQ(FormatResult(*RunQuery(spec, catalog_, *cut, now_ms_), OutputFormat::kJson, false),
                expected)
          << words;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, RandomQuery,
                         ::testing::Values(World{"Asia/Ho_Chi_Minh", absl::CivilDay(2025, 9, 30)},
                                           World{"Europe/Berlin", absl::CivilDay(2025, 10, 26)},
                                           World{"Europe/Berlin", absl::CivilDay(2025, 3, 30)},
                                           World{"America/Havana", absl::CivilDay(2025, 3, 9)},
                                           World{"America/Havana", absl::CivilDay(2025, 11, 2)},
                                           World{"Australia/Lord_Howe", absl::CivilDay(2025, 4, 6)},
                                           World{"Australia/Lord_Howe",
                                                 absl::CivilDay(2025, 10, 5)},
                                           World{"Pacific/Apia", absl::CivilDay(2011, 12, 30)},
                                           World{"Pacific/Chatham", absl::CivilDay(2025, 4, 6)},
                                           World{"Asia/Kolkata", absl::CivilDay(2025, 12, 31)}));

}  // namespace
}  // namespace pagepulse
