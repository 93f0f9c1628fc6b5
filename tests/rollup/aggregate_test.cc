#include "rollup/aggregate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "model/time_zone.h"
#include "rollup/detail.h"
#include "rollup/row.h"
#include "sketch/ultraloglog.h"

namespace pagepulse {
namespace {

using Rows = std::map<RowKey, std::string>;

// Whole hours, half hours, quarters, DST, DST of half an hour, a repeated and a skipped midnight.
constexpr const char* kZones[] = {"Asia/Ho_Chi_Minh",  "Asia/Kolkata",     "Asia/Kathmandu",
                                  "Europe/Berlin",     "America/New_York", "Australia/Lord_Howe",
                                  "America/Havana",    "America/St_Johns", "Pacific/Apia",
                                  "America/Sao_Paulo", "Africa/Cairo",     "UTC"};

absl::TimeZone ZoneOf(uint32_t page) { return *LoadZone(kZones[page % std::size(kZones)]); }

AggregateOptions Options(int64_t horizon = 0) {
  AggregateOptions options;
  options.zone_of = ZoneOf;
  options.minute_horizon = horizon;
  return options;
}

Rows Aggregated(const std::vector<Delta>& deltas, int64_t horizon = 0) {
  const Partials partials = Aggregate(deltas, Options(horizon));
  Rows rows;
  for (const Partials::Row& row : partials.rows) {
    EXPECT_TRUE(rows.empty() || rows.rbegin()->first < row.key);
    rows.emplace_hint(rows.end(), row.key, partials.value(row));
  }
  return rows;
}

// --- The recount: every delta into every bucket, with maps and sets alone.

struct Bucket {
  std::map<CounterId, int64_t> counters;
  std::set<uint64_t> people[2];
};
// A cell: of a row, or of a detail's entry for a post and a source.
struct Place {
  RowKey row;
  uint32_t post = 0, source = 0;
  uint32_t slot = 0;
  auto operator<=>(const Place&) const = default;
};
using Buckets = std::map<Place, Bucket>;

// Civil days the slow way: the last day that has begun.
absl::CivilDay DayOf(const absl::TimeZone& zone, int64_t minute) {
  absl::CivilDay day = absl::ToCivilDay(absl::FromUnixSeconds(minute * 60), zone) - 3;
  while (absl::FromCivil(day + 1, zone) <= absl::FromUnixSeconds(minute * 60)) ++day;
  return day;
}

Buckets Recount(const std::vector<Delta>& deltas, int64_t horizon) {
  Buckets buckets;
  for (const Delta& d : deltas) {
    const absl::CivilDay day = DayOf(ZoneOf(d.page), d.minute);
    const uint32_t utc_day = d.minute / 1440, in_day = d.minute % 1440;
    const auto month = static_cast<uint32_t>((day.year() - 1970) * 12 + day.month() - 1);
    const auto day_slot = static_cast<uint32_t>(day.day() - 1);
    const auto add = [&](const Place& place) {
      Bucket& bucket = buckets[place];
      bucket.counters[d.counter] += d.value();
      if (d.actor_and_flags & Delta::kReach) bucket.people[0].insert(d.actor_and_flags >> 24);
      if (d.actor_and_flags & Delta::kEngaged) bucket.people[1].insert(d.actor_and_flags >> 24);
    };
    for (Scope scope : {Scope::kPage, Scope::kPost, Scope::kSource}) {
      if (scope == Scope::kPost && d.post == 0) continue;
      const uint32_t member = scope == Scope::kPage ? 0 : scope == Scope::kPost ? d.post : d.source;
      add({.row = {scope, Level::kDay, month, d.page, member}, .slot = day_slot});
      add({.row = {scope, Level::kMonth, month, d.page, member}, .slot = 0});
    }
    if ((int64_t{utc_day} + 1) * 1440 > horizon) {
      add({.row = {Scope::kPage, Level::kMinute, utc_day, d.page, 0}, .slot = in_day});
    }
    add({{Scope::kDetail, Level::kQuarter, utc_day, d.page, 0}, d.post, d.source, in_day / 15});
  }
  for (auto& [at, bucket] : buckets) {
    std::erase_if(bucket.counters, [](const auto& entry) { return entry.second == 0; });
  }
  std::erase_if(buckets, [](const auto& entry) {
    const Bucket& bucket = entry.second;
    return bucket.counters.empty() && bucket.people[0].empty() && bucket.people[1].empty();
  });
  return buckets;
}

void ExpectPeople(SketchShape shape, const std::set<uint64_t>& people, std::string_view encoded) {
  DistinctSet set(shape);
  ASSERT_TRUE(set.MergeEncoded(encoded).ok());
  ASSERT_EQ(set.exact(), people.size() <= shape.max_exact);
  if (set.exact()) {
    EXPECT_TRUE(
        std::equal(people.begin(), people.end(), set.members().begin(), set.members().end()));
    return;
  }
  std::vector<uint8_t> registers(size_t{1} << shape.precision);
  for (uint64_t h : people) ull::Add(registers.data(), shape.precision, (h << 24) | 0x800000);
  EXPECT_EQ(encoded.substr(1), std::string(registers.begin(), registers.end()));
  EXPECT_EQ(set.Estimate(), ull::Estimate(registers.data(), shape.precision));
}

// Takes out of `buckets` what the row holds; `place` without its slot.
void ExpectRow(Place place, SketchShape shape, std::string_view value, Buckets* buckets) {
  const auto view = RowView::Open(value);
  ASSERT_TRUE(view.ok());
  ASSERT_TRUE(view->VisitCounters([&](uint32_t slot, CounterId counter, int64_t sum) {
                    place.slot = slot;
                    Bucket& bucket = (*buckets)[place];
                    EXPECT_EQ(bucket.counters[counter], sum);
                    bucket.counters.erase(counter);
                  })
                  .ok());
  ASSERT_TRUE(view->VisitPeople([&](uint32_t slot, People which, std::string_view set) {
                    place.slot = slot;
                    Bucket& bucket = (*buckets)[place];
                    ExpectPeople(shape, bucket.people[static_cast<int>(which)], set);
                    bucket.people[static_cast<int>(which)].clear();
                  })
                  .ok());
}

void ExpectValue(const RowKey& key, std::string_view value, Buckets* buckets) {
  if (key.scope != Scope::kDetail) {
    const SketchShape shape = key.scope == Scope::kPost ? kPostShape : kPageShape;
    return ExpectRow({.row = key}, shape, value, buckets);
  }
  size_t entries = 0;
  const absl::Status status =
      VisitDetail(value, [&](uint32_t post, uint32_t source, std::string_view row) {
        ++entries;
        EXPECT_NE(row, std::string("\x01\x00", 2));
        ExpectRow({key, post, source, 0}, kPageShape, row, buckets);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_GT(entries, 0u);
}

void ExpectEqualsRecount(const std::vector<Delta>& deltas, int64_t horizon) {
  Buckets buckets = Recount(deltas, horizon);
  std::set<RowKey> keys;
  for (const auto& [at, bucket] : buckets) keys.insert(at.row);
  const Rows rows = Aggregated(deltas, horizon);
  EXPECT_EQ(rows.size(), keys.size());
  for (const auto& [key, value] : rows) {
    EXPECT_TRUE(keys.count(key));
    ExpectValue(key, value, &buckets);
  }
  for (const auto& [at, bucket] : buckets) {
    EXPECT_TRUE(bucket.counters.empty() && bucket.people[0].empty() && bucket.people[1].empty());
  }
}

// --- Random deltas.

struct Mix {
  size_t n;
  uint32_t pages, posts, actors;
  uint32_t first_minute, minutes;
};

std::vector<Delta> MakeDeltas(std::mt19937_64& random, const Mix& mix) {
  std::vector<uint64_t> actors(mix.actors);
  for (uint64_t& actor : actors) actor = random() >> 24;
  std::vector<Delta> deltas(mix.n);
  for (Delta& d : deltas) {
    d.page = 1 + static_cast<uint32_t>(random() % mix.pages);
    d.post = static_cast<uint32_t>(random() % (mix.posts + 1));
    d.source = random() % 2 ? static_cast<uint16_t>(random() % 4) : 0;
    d.minute = mix.first_minute + static_cast<uint32_t>(random() % mix.minutes);
    d.count = random() % 8 ? 1 : static_cast<uint32_t>(random() % 3 * 1000000000);
    d.counter = static_cast<CounterId>(random() % 10 ? random() % 25 : random() % 65536);
    const uint64_t actor = actors[random() % actors.size()];
    d.actor_and_flags = actor << 24 | (random() % 8);  // any of negative, reach, engaged
  }
  return deltas;
}

// 2007-03-01 and 2007-11-01 hold DST changes at a minute past midnight in St. John's; the first
// days of 2012 follow the day that Samoa skipped; 2025-10-01 holds changes in most other zones.
constexpr uint32_t k2007March = 13573 * 1440, k2007November = 13818 * 1440,
                   k2011December = 15330 * 1440, k2025October = 20362 * 1440;

TEST(Aggregate, EqualsARecount) {
  std::mt19937_64 random(1);
  for (uint32_t start : {k2007March, k2007November, k2011December, k2025October, 0u}) {
    const Mix mix{3000, 24, 5, 700, start, 40 * 1440};
    ExpectEqualsRecount(MakeDeltas(random, mix), 0);
    const Mix dense_in_time{3000, 12, 2, 60, start + 3 * 1440, 3000};
    ExpectEqualsRecount(MakeDeltas(random, dense_in_time), start + 4 * 1440);
  }
}

TEST(Aggregate, EqualsARecountWhereSetsAreLarge) {
  std::mt19937_64 random(2);
  // Pages above 256 people a minute, posts above 64, and both beside small ones.
  ExpectEqualsRecount(MakeDeltas(random, {20000, 2, 3, 5000, k2025October, 20}), 0);
  ExpectEqualsRecount(MakeDeltas(random, {20000, 3, 40, 330, k2025October, 200}), 0);
}

TEST(Aggregate, ManyPagesWithFewDeltas) {
  std::mt19937_64 random(3);
  ExpectEqualsRecount(MakeDeltas(random, {4000, 3000, 2, 100, k2025October, 50000}), 0);
}

TEST(Aggregate, NothingMakesNothing) {
  EXPECT_TRUE(Aggregate({}, Options()).rows.empty());
  // Counters that cancel out, without people.
  Delta plus;
  plus.page = 1;
  plus.post = 2;
  plus.minute = k2025October;
  plus.count = 5;
  Delta minus = plus;
  minus.actor_and_flags = Delta::kNegative;
  EXPECT_TRUE(Aggregated({plus, minus}).empty());
}

TEST(Aggregate, MinuteHorizonDropsWholeDays) {
  Delta d;
  d.page = 1;
  d.count = 1;
  d.minute = k2025October + 1439;
  const auto has_minutes = [&](int64_t horizon) {
    const Rows rows = Aggregated({d}, horizon);
    return rows.count({Scope::kPage, Level::kMinute, k2025October / 1440, 1, 0}) == 1;
  };
  EXPECT_TRUE(has_minutes(0));
  EXPECT_TRUE(has_minutes(k2025October + 1439));
  EXPECT_FALSE(has_minutes(k2025October + 1440));
  // The page's and no source's day and month, and the detail.
  EXPECT_EQ(Aggregated({d}, k2025October + 1440).size(), 2u + 2u + 1u);
}

TEST(Aggregate, OrderDoesNotMatter) {
  std::mt19937_64 random(4);
  std::vector<Delta> deltas = MakeDeltas(random, {30000, 30, 50, 2000, k2025October, 30 * 1440});
  const Partials expected = Aggregate(deltas, Options());
  for (int round = 0; round < 5; ++round) {
    std::shuffle(deltas.begin(), deltas.end(), random);
    const Partials shuffled = Aggregate(deltas, Options());
    EXPECT_EQ(shuffled.bytes, expected.bytes);
    ASSERT_EQ(shuffled.rows.size(), expected.rows.size());
    for (size_t i = 0; i < expected.rows.size(); ++i) {
      EXPECT_EQ(shuffled.rows[i].key, expected.rows[i].key);
      EXPECT_EQ(shuffled.value(shuffled.rows[i]), expected.value(expected.rows[i]));
    }
  }
}

TEST(Aggregate, PartsMergedAreTheWhole) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 6; ++round) {
    const uint32_t minutes = round % 2 ? 100 : 30 * 1440;
    const std::vector<Delta> deltas =
        MakeDeltas(random, {12000, 5, 12, round < 3 ? 300u : 5000u, k2025October, minutes});
    std::vector<std::vector<Delta>> parts(2 + random() % 12);
    for (const Delta& d : deltas) parts[random() % parts.size()].push_back(d);
    std::map<RowKey, std::vector<std::string>> pieces;
    for (const std::vector<Delta>& part : parts) {
      for (auto& [key, value] : Aggregated(part)) pieces[key].push_back(value);
    }
    Rows merged;
    for (const auto& [key, values] : pieces) {
      const bool detail = key.scope == Scope::kDetail;
      const std::vector<std::string_view> views(values.begin(), values.end());
      std::string out;
      ASSERT_TRUE(
          (detail ? MergeDetails(views, &out) : MergeRows(ShapeOf(key.scope), views, &out)).ok());
      // Of what cancelled out nothing is left but the version, and the row's length of counters.
      if (out != (detail ? "\x01" : std::string("\x01\x00", 2))) merged[key] = out;
    }
    EXPECT_EQ(merged, Aggregated(deltas));
  }
}

}  // namespace
}  // namespace pagepulse
