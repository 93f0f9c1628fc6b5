#pragma once

// Random data of four pages around a change of the clocks, some of it rows and some of it open, and
// random questions about it, each with the words that ask it.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/time_zone.h"
#include "query/query.h"
#include "query/time_text.h"
#include "tests/query/fake_source.h"
#include "tests/query/oracle.h"

namespace pagepulse {

struct World {
  const char* zone;
  absl::CivilDay middle;  // of the data; a change of the clocks
};

inline constexpr int kDays = 50;  // of data, on either side of the middle

class RandomQuestions : public ::testing::TestWithParam<World> {
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

}  // namespace pagepulse
