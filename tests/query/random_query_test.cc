// Random questions over random data, cell by cell against the oracle.

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "model/time_zone.h"
#include "query/query.h"
#include "query/time_text.h"
#include "tests/query/fake_source.h"
#include "tests/query/oracle.h"

namespace pagepulse {
namespace {

struct World {
  const char* zone;
  absl::CivilDay middle;  // of the data; a change of the clocks
};

constexpr int kDays = 50;  // of data, on either side of the middle

class RandomQuery : public ::testing::TestWithParam<World> {
 protected:
  void SetUp() override {
    zone_ = *LoadZone(GetParam().zone);
    first_ = DayStartMinute(zone_, GetParam().middle - kDays);
    last_ = DayStartMinute(zone_, GetParam().middle + kDays);
    now_ms_ = (last_ + 600) * 60'000;
    for (const char* name : {"alpha", "beta", "gamma"}) catalog_.AddPage(name, GetParam().zone);
    elsewhere_ = catalog_.AddPage("elsewhere", "Asia/Kathmandu");
    for (uint32_t page = 1; page <= 4; ++page) {
      for (const char* name : {"p1", "p2", "p3", "=p4"})
        posts_.push_back(catalog_.AddPost(page, name));
    }
    for (const char* name : {"facebook", "zalo", "web"}) catalog_.AddSource(name);
    catalog_.AddCustom("rsvp");
    MakeDeltas();
  }

  int Pick(int n) { return static_cast<int>(random_() % n); }
  bool Chance(int percent) { return Pick(100) < percent; }

  void MakeDeltas() {
    for (int i = 0; i < 6000; ++i) {
      DeltaOf d;
      d.page = 1 + Pick(4);
      d.post = Chance(70) ? posts_[(d.page - 1) * 4 + Pick(4)] : 0;
      d.source = Pick(4);
      // Half of them crowd around the change of the clocks.
      const int64_t middle = (first_ + last_) / 2;
      d.minute = Chance(50) ? middle - 4000 + Pick(8000) : first_ + Pick(last_ - first_);
      d.actor = Chance(80) ? 1 + Pick(60) : 0;
      static constexpr CounterId kCounters[] = {0,  0,  0,  1,  2,  3,  4,  5,  6,  7, 8,
                                                15, 17, 18, 19, 20, 21, 22, 23, 24, 32};
      d.counter = kCounters[Pick(std::size(kCounters))];
      d.value = 1 + Pick(5);
      if (d.counter >= 3 && d.counter < 32 && Chance(15)) d.value = -d.value;
      d.reach = d.counter == kViews;
      d.engaged = d.counter == kClicks || (d.counter >= 3 && d.counter % 2 == 1);
      deltas_.push_back(d);
      if (d.counter >= 3 && Chance(10)) {  // something that cancels out
        d.value = -d.value;
        d.actor = 0;
        deltas_.push_back(d);
      }
    }
    cut_.horizon[static_cast<int>(Level::kMinute)] = last_ - 10 * 1440;
    std::vector<Delta> part;
    for (const Delta& delta : deltas_) {
      part.push_back(delta);
      if (part.size() == 1500) {
        if (parts_++ < 3) {
          cut_.Store(part);
        } else {
          cut_.Open(part);
        }
        part.clear();
      }
    }
    cut_.Open(part);
  }

  // A question, and the words for it.
  OracleQuestion Ask(std::string* words) {
    OracleQuestion q;
    QuerySpec& spec = q.spec;
    const bool local = Chance(70);
    AskPages(local, &spec);
    AskGroupings(&spec);
    q.zone = local && Chance(60) ? zone_ : *LoadZone(kZones[Pick(std::size(kZones))]);
    AskMetrics(&spec);
    AskRange(&q, words);
    AskOrder(&spec);
    spec.fill = static_cast<Fill>(Pick(3));
    spec.tz = q.zone.name();
    QuerySpec said = spec;
    said.from = TimeBound{.minute = q.from};
    said.to = TimeBound{.minute = q.to};
    if (words->empty()) {
      *words = QueryJson(said);
    } else {
      const std::string range = std::exchange(*words, {});
      said.from.reset();
      said.to.reset();
      *words = QueryJson(said);
      words->insert(1, range + ",");
    }
    LabelByPage(&spec);
    return q;
  }

  // What several pages mean for posts is said in docs/query.md.
  static void LabelByPage(QuerySpec* spec) {
    const auto post = std::find(spec->by.begin(), spec->by.end(), Grouping::kPost);
    const bool has_page = std::count(spec->by.begin(), spec->by.end(), Grouping::kPage) > 0;
    if (post != spec->by.end() && !has_page && (spec->all_pages || spec->pages.size() > 1)) {
      spec->by.insert(post, Grouping::kPage);
    }
  }

  // Asks in words what the question says, and adds to *rows how many the answer has.
  void ExpectOracle(const OracleQuestion& question, const std::string& words, int64_t* rows);

  void AskPages(bool local, QuerySpec* spec) {
    if (!local && Chance(50)) {
      spec->all_pages = true;
      return;
    }
    const std::vector<std::string> names = {"alpha", "beta", "gamma", "elsewhere"};
    spec->pages.push_back(names[Pick(local ? 3 : 4)]);
    if (Chance(40)) {
      const std::string& other = names[Pick(local ? 3 : 4)];
      if (other != spec->pages[0]) spec->pages.push_back(other);
    }
  }

  void AskGroupings(QuerySpec* spec) {
    const int scope = Pick(3);
    if (Chance(70)) spec->by.push_back(Grouping::kTime);
    if (Chance(20)) spec->by.push_back(Grouping::kPage);
    if (scope == 1) {
      if (Chance(60)) spec->by.push_back(Grouping::kPost);
      if (Chance(40)) spec->posts = {"p1"};
      if (!spec->posts.empty() && Chance(50)) spec->posts.push_back("=p4");
    } else if (scope == 2) {
      if (Chance(60)) spec->by.push_back(Grouping::kSource);
      if (Chance(40)) spec->sources = {"zalo"};
      if (Chance(20)) spec->no_source = true;
    }
    if (Chance(15)) spec->by.push_back(Grouping::kReaction);
    std::shuffle(spec->by.begin(), spec->by.end(), random_);
    if (std::count(spec->by.begin(), spec->by.end(), Grouping::kTime) > 0) {
      spec->step = static_cast<Step>(1 + Pick(7));
    }
  }

  void AskMetrics(QuerySpec* spec) {
    std::vector<std::string> names = {"views",
                                      "clicks",
                                      "messages",
                                      "rsvp",
                                      "reach",
                                      "engaged",
                                      "engagement_rate",
                                      "interactions",
                                      "interactions.added",
                                      "interactions.removed",
                                      "reactions",
                                      "reactions.added",
                                      "reactions.removed",
                                      "reactions.love",
                                      "reactions.like.added",
                                      "reactions.angry.removed",
                                      "comments",
                                      "comments.removed",
                                      "shares",
                                      "shares.added",
                                      "follows",
                                      "follows.removed"};
    if (std::count(spec->by.begin(), spec->by.end(), Grouping::kReaction) > 0) {
      names = {"reactions", "reactions.added", "reactions.removed"};
    }
    std::shuffle(names.begin(), names.end(), random_);
    names.resize(1 + Pick(std::min<int>(4, static_cast<int>(names.size()))));
    spec->metrics = names;
  }

  void AskRange(OracleQuestion* q, std::string* words) {
    const bool pages_alone =
        q->spec.posts.empty() && q->spec.sources.empty() && !q->spec.no_source &&
        std::none_of(q->spec.by.begin(), q->spec.by.end(),
                     [](Grouping g) { return g == Grouping::kPost || g == Grouping::kSource; });
    const bool short_steps = q->spec.step <= Step::kHour;
    const int length = short_steps ? 1 + Pick(6) : 1 + Pick(2 * kDays);
    const int start = Pick(2 * kDays - length + 1);
    const absl::CivilDay from = GetParam().middle - kDays + start;
    q->from = DayStartMinute(q->zone, from);
    q->to = DayStartMinute(q->zone, from + length);
    if (Chance(40)) {
      *words = "\"from\":\"" + absl::FormatCivilTime(from) + "\",\"to\":\"" +
               absl::FormatCivilTime(from + length - 1) + "\"";
    } else if (Chance(50)) {
      q->from += 15 * Pick(40);
      q->to += 15 * Pick(40);
    } else if (pages_alone) {  // on any minute, where minutes are kept
      q->to = last_ - 1 - Pick(1000);
      q->from = q->to - 1 - Pick(8 * 1440);
      if (q->from > last_ - 2 * 1440 && Chance(50)) q->spec.step = Step::kMinute;
      if (std::count(q->spec.by.begin(), q->spec.by.end(), Grouping::kTime) == 0) {
        q->spec.step = Step::kTotal;
      }
    }
  }

  void AskOrder(QuerySpec* spec) {
    if (Chance(50)) spec->order.push_back({spec->metrics[Pick(spec->metrics.size())], Chance(70)});
    if (!spec->by.empty() && Chance(30)) {
      static constexpr const char* kNames[] = {"time", "page", "post", "source", "reaction"};
      spec->order.push_back(
          {kNames[static_cast<int>(spec->by[Pick(spec->by.size())])], Chance(50)});
    }
    if (Chance(30)) spec->limit = 1 + Pick(10);
    if (Chance(10)) spec->offset = Pick(5);
  }

  static constexpr const char* kZones[] = {"UTC",
                                           "Asia/Ho_Chi_Minh",
                                           "Europe/Berlin",
                                           "Asia/Kolkata",
                                           "America/Havana",
                                           "Asia/Kathmandu",
                                           "Pacific/Chatham"};
  std::mt19937_64 random_{20251118};
  absl::TimeZone zone_;
  int64_t first_ = 0, last_ = 0, now_ms_ = 0;
  FakeCatalog catalog_;
  FakeCut cut_{catalog_};
  uint32_t elsewhere_ = 0;
  std::vector<uint32_t> posts_;
  std::vector<Delta> deltas_;
  int parts_ = 0;
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
