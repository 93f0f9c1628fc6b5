#include "engine/fact_history.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"

namespace pagepulse {
namespace {

// Ids run against the order of the names, so a history that is ordered by ids fails here.
class TestNames : public FactNames {
 public:
  std::string_view Post(uint32_t id) const override { return kPosts[id]; }
  std::string_view Source(uint32_t id) const override { return kSources[id]; }

  static constexpr std::string_view kPosts[] = {"", "p9", "p5", "p1"};
  static constexpr std::string_view kSources[] = {"", "zalo", "web", "facebook"};
};
const TestNames kNames;

// --- The oracle: product.md read once more, over strings and a sorted vector, sharing no code.

using Key = std::tuple<int64_t, int, std::string, std::string, std::string>;
// time, post, source, kind, removed -> how often
using Counts = std::map<std::tuple<int64_t, uint32_t, uint16_t, int, bool>, int>;

Key KeyOf(const FactEvent& e) {
  static const char* const kReactions[] = {"",     "like", "love", "care",
                                           "haha", "wow",  "sad",  "angry"};
  static const std::map<Op, int> kOps = {
      {Op::kAdd, 1}, {Op::kEdit, 2}, {Op::kHide, 3}, {Op::kUnhide, 4}, {Op::kRemove, 5}};
  return {e.ts_ms, kOps.at(e.op), kReactions[static_cast<int>(e.kind)],
          std::string(TestNames::kPosts[e.post]), std::string(TestNames::kSources[e.source])};
}

Counts Oracle(std::vector<FactEvent> events) {
  std::sort(events.begin(), events.end(),
            [](const FactEvent& a, const FactEvent& b) { return KeyOf(a) < KeyOf(b); });
  constexpr int kNothing = -1;
  Counts counts;
  bool exists = false, hidden = false;
  int kind = 0;
  uint32_t post = 0;
  uint16_t source = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const FactEvent& e = events[i];
    if (i > 0 && KeyOf(e) == KeyOf(events[i - 1])) continue;
    const int seen_before = exists && !hidden ? kind : kNothing;
    if (e.op == Op::kAdd) {
      if (!exists) post = e.post, source = e.source;
      exists = true, hidden = false;
      kind = static_cast<int>(e.kind);
    } else if (e.op == Op::kRemove) {
      exists = hidden = false;
    } else if (exists && e.op == Op::kHide) {
      hidden = true;
    } else if (exists && e.op == Op::kUnhide) {
      hidden = false;
    } else if (exists && e.op == Op::kEdit && e.kind != ReactionKind::kUnknown) {
      kind = static_cast<int>(e.kind);
    }
    const int seen_after = exists && !hidden ? kind : kNothing;
    if (seen_before == seen_after) continue;
    if (seen_before != kNothing) ++counts[{e.ts_ms, post, source, seen_before, true}];
    if (seen_after != kNothing) ++counts[{e.ts_ms, post, source, seen_after, false}];
  }
  return counts;
}

void AddTo(const Transitions& transitions, Counts* counts) {
  for (const Transition& t : transitions) {
    int& n = (*counts)[{t.ts_ms, t.post, t.source, static_cast<int>(t.kind), t.removed}];
    n += t.times;
  }
  std::erase_if(*counts, [](const auto& entry) { return entry.second == 0; });
}

FactEvent RandomEvent(std::mt19937_64& random, int64_t times, bool with_kinds) {
  FactEvent e;
  e.ts_ms = 1'751'302'800'000 + static_cast<int64_t>(random() % times);
  e.post = random() % 4;
  e.source = static_cast<uint16_t>(random() % 4);
  e.op = static_cast<Op>(random() % 5);
  if (with_kinds) {
    // Only what need not name a reaction may leave it out.
    const bool must_say = e.op == Op::kAdd || (e.op == Op::kEdit && random() % 8 != 0);
    e.kind = static_cast<ReactionKind>(must_say ? 1 + random() % 7 : random() % 8);
  }
  return e;
}

FactEvent At(int64_t ts, Op op, ReactionKind kind = ReactionKind::kUnknown, uint32_t post = 0,
             uint16_t source = 0) {
  return {ts, post, source, op, kind};
}

Transition Added(int64_t ts, ReactionKind kind, int32_t times = 1) {
  return {ts, 0, 0, kind, false, times};
}
Transition Removed(int64_t ts, ReactionKind kind, int32_t times = 1) {
  return {ts, 0, 0, kind, true, times};
}

constexpr ReactionKind kLove = ReactionKind::kLove, kWow = ReactionKind::kWow,
                       kSad = ReactionKind::kSad;

TEST(FactHistory, AddEditRemoveInOrder) {
  FactHistory history;
  Transitions d;
  EXPECT_EQ(history.Insert(At(10, Op::kAdd, kLove), kNames, &d), FactHistory::Outcome::kInserted);
  EXPECT_EQ(d, Transitions({Added(10, kLove)}));
  history.Insert(At(20, Op::kEdit, kWow), kNames, &d);
  EXPECT_EQ(d, Transitions({Removed(20, kLove), Added(20, kWow)}));
  history.Insert(At(30, Op::kRemove), kNames, &d);
  EXPECT_EQ(d, Transitions({Removed(30, kWow)}));
  EXPECT_EQ(history.Insert(At(20, Op::kEdit, kWow), kNames, &d),
            FactHistory::Outcome::kAlreadyThere);
  EXPECT_EQ(history.size(), 3u);
}

TEST(FactHistory, LateEventCountsOnlyTheDifference) {
  FactHistory history;
  Transitions d;
  history.Insert(At(30, Op::kRemove), kNames, &d);
  EXPECT_TRUE(d.empty());  // no add precedes it yet
  history.Insert(At(10, Op::kAdd, kLove), kNames, &d);
  EXPECT_EQ(d, Transitions({Added(10, kLove), Removed(30, kLove)}));
  history.Insert(At(20, Op::kEdit, kWow), kNames, &d);
  EXPECT_EQ(d, Transitions({Removed(20, kLove), Added(20, kWow), Removed(30, kWow),
                            Removed(30, kLove, -1)}));
}

TEST(FactHistory, WhatIsTakenOutAgainCountsTheDifferenceBack) {
  FactHistory history;
  Transitions d;
  history.Insert(At(10, Op::kAdd, kLove), kNames, &d);
  history.Insert(At(20, Op::kEdit, kWow), kNames, &d);
  history.Insert(At(30, Op::kRemove), kNames, &d);
  EXPECT_FALSE(history.Remove(At(20, Op::kEdit, kLove), kNames, &d));
  EXPECT_FALSE(history.Remove(At(31, Op::kRemove), kNames, &d));
  EXPECT_TRUE(history.Remove(At(20, Op::kEdit, kWow), kNames, &d));
  EXPECT_EQ(d, Transitions({Removed(20, kLove, -1), Added(20, kWow, -1), Removed(30, kWow, -1),
                            Removed(30, kLove)}));
  EXPECT_TRUE(history.Remove(At(10, Op::kAdd, kLove), kNames, &d));  // nothing is left to remove
  EXPECT_EQ(d, Transitions({Added(10, kLove, -1), Removed(30, kLove, -1)}));
  EXPECT_TRUE(history.Remove(At(30, Op::kRemove), kNames, &d));
  EXPECT_TRUE(d.empty());
  EXPECT_TRUE(history.empty());
  EXPECT_FALSE(history.Remove(At(30, Op::kRemove), kNames, &d));
}

TEST(FactHistory, EditWhileHiddenIsSilentAndAddShows) {
  FactHistory history;
  Transitions d;
  history.Insert(At(10, Op::kAdd, kLove), kNames, &d);
  history.Insert(At(20, Op::kHide), kNames, &d);
  EXPECT_EQ(d, Transitions({Removed(20, kLove)}));
  history.Insert(At(30, Op::kEdit, kWow), kNames, &d);
  EXPECT_TRUE(d.empty());
  history.Insert(At(40, Op::kUnhide), kNames, &d);
  EXPECT_EQ(d, Transitions({Added(40, kWow)}));
  history.Insert(At(35, Op::kAdd, kSad), kNames, &d);  // shown before the unhide, which now idles
  EXPECT_EQ(d, Transitions({Added(35, kSad), Added(40, kWow, -1)}));
}

TEST(FactHistory, BelongsToTheAddThatBroughtItOutOfAbsence) {
  FactHistory history;
  Transitions d;
  history.Insert(At(10, Op::kAdd, kLove, 1, 2), kNames, &d);
  history.Insert(At(20, Op::kHide, kLove, 3, 3), kNames, &d);
  history.Insert(At(30, Op::kAdd, kLove, 2, 1), kNames, &d);  // from hidden: it stays where it was
  EXPECT_EQ(d, Transitions({{30, 1, 2, kLove, false, 1}}));
  history.Insert(At(40, Op::kRemove, kLove, 2, 1), kNames, &d);
  EXPECT_EQ(d, Transitions({{40, 1, 2, kLove, true, 1}}));
  history.Insert(At(50, Op::kAdd, kLove, 2, 1), kNames, &d);
  EXPECT_EQ(d, Transitions({{50, 2, 1, kLove, false, 1}}));
  history.Insert(At(5, Op::kAdd, kLove, 3, 3), kNames, &d);  // an earlier add moves the first life
  Counts expected = {{{5, 3, 3, 2, false}, 1},   {{10, 1, 2, 2, false}, -1},
                     {{20, 1, 2, 2, true}, -1},  {{20, 3, 3, 2, true}, 1},
                     {{30, 1, 2, 2, false}, -1}, {{30, 3, 3, 2, false}, 1},
                     {{40, 1, 2, 2, true}, -1},  {{40, 3, 3, 2, true}, 1}};
  Counts got;
  AddTo(d, &got);
  EXPECT_EQ(got, expected);
}

TEST(FactHistory, EqualTimesGoByOperationThenReactionBytesThenNames) {
  FactHistory history;
  Transitions d;
  // kWow > kSad in bytes; in the enumeration too. "care" < "like" only in bytes.
  history.Insert(At(10, Op::kAdd, ReactionKind::kLike), kNames, &d);
  history.Insert(At(10, Op::kAdd, ReactionKind::kCare), kNames, &d);
  history.Insert(At(10, Op::kRemove), kNames, &d);
  history.Insert(At(10, Op::kEdit, kWow), kNames, &d);
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(history.begin()[0].kind, ReactionKind::kCare);
  EXPECT_EQ(history.begin()[1].kind, ReactionKind::kLike);
  EXPECT_EQ(history.begin()[2].op, Op::kEdit);
  EXPECT_EQ(history.begin()[3].op, Op::kRemove);

  FactHistory places;
  places.Insert(At(10, Op::kAdd, kLove, 1, 0), kNames, &d);  // "p9"
  places.Insert(At(10, Op::kAdd, kLove, 3, 1), kNames, &d);  // "p1", "zalo"
  places.Insert(At(10, Op::kAdd, kLove, 3, 3), kNames, &d);  // "p1", "facebook"
  EXPECT_EQ(places.begin()[0].source, 3u);
  EXPECT_EQ(places.begin()[1].source, 1u);
  EXPECT_EQ(places.begin()[2].post, 1u);
}

TEST(FactHistory, TooBusyAtTheEventAfterTheLast) {
  FactHistory history;
  Transitions d;
  for (int i = 0; i < 256; ++i) {
    const auto op = i % 2 == 0 ? Op::kAdd : Op::kRemove;
    ASSERT_EQ(history.Insert(At(i, op, kLove), kNames, &d), FactHistory::Outcome::kInserted);
  }
  Transitions untouched = d;
  EXPECT_EQ(history.Insert(At(1000, Op::kAdd, kLove), kNames, &d), FactHistory::Outcome::kTooBusy);
  EXPECT_EQ(history.Insert(At(3, Op::kRemove, kLove), kNames, &d),
            FactHistory::Outcome::kAlreadyThere);
  EXPECT_EQ(d, untouched);
  EXPECT_EQ(history.size(), 256u);
}

// Any order and repetition of arrival: the differences add up to the oracle's walk of the set.
TEST(FactHistory, DifferencesAddUpToTheOracleInAnyOrder) {
  std::mt19937_64 random(20250701);
  for (int round = 0; round < 6000; ++round) {
    const bool with_kinds = round % 3 != 0;
    const int64_t times = 1 + static_cast<int64_t>(random() % 12);
    std::vector<FactEvent> set;
    const size_t n = 1 + random() % (round % 50 == 0 ? 120 : 14);
    for (size_t i = 0; i < n; ++i) set.push_back(RandomEvent(random, times, with_kinds));
    const Counts expected = Oracle(set);

    std::string first_bytes;
    for (int order = 0; order < 3; ++order) {
      std::vector<FactEvent> arrivals = set;
      for (size_t i = 0; i < n / 2; ++i) arrivals.push_back(set[random() % n]);
      std::shuffle(arrivals.begin(), arrivals.end(), random);
      FactHistory history;
      Counts sum;
      for (const FactEvent& e : arrivals) {
        Transitions difference;
        const Counts before = sum;
        const auto outcome = history.Insert(e, kNames, &difference);
        ASSERT_NE(outcome, FactHistory::Outcome::kTooBusy);
        if (outcome == FactHistory::Outcome::kAlreadyThere) {
          ASSERT_TRUE(difference.empty());
        }
        for (const Transition& t : difference) ASSERT_NE(t.times, 0);
        AddTo(difference, &sum);
      }
      ASSERT_EQ(sum, expected) << "round " << round;
      Counts walked;
      AddTo(history.Walk(), &walked);
      ASSERT_EQ(walked, expected) << "round " << round;
      std::string bytes;
      history.Encode(&bytes);
      if (order == 0) first_bytes = bytes;
      ASSERT_EQ(bytes, first_bytes) << "round " << round;
      auto decoded = FactHistory::Decode(bytes);
      ASSERT_TRUE(decoded.ok()) << decoded.status();
      ASSERT_TRUE(std::equal(decoded->begin(), decoded->end(), history.begin(), history.end()));
    }
  }
}

// Any order of taking out: the differences add up to the oracle's walk of what is left.
TEST(FactHistory, WhatIsLeftIsTheOraclesInAnyOrderOfTakingOut) {
  std::mt19937_64 random(20251128);
  for (int round = 0; round < 3000; ++round) {
    const int64_t times = 1 + static_cast<int64_t>(random() % 12);
    FactHistory history;
    Counts sum;
    for (size_t n = 1 + random() % (round % 50 == 0 ? 120 : 14); n > 0; --n) {
      Transitions difference;
      history.Insert(RandomEvent(random, times, round % 3 != 0), kNames, &difference);
      AddTo(difference, &sum);
    }
    std::vector<FactEvent> left(history.begin(), history.end());
    std::shuffle(left.begin(), left.end(), random);
    while (!left.empty()) {
      Transitions difference;
      ASSERT_TRUE(history.Remove(left.back(), kNames, &difference));
      left.pop_back();
      for (const Transition& t : difference) ASSERT_NE(t.times, 0);
      AddTo(difference, &sum);
      ASSERT_EQ(sum, Oracle(left)) << "round " << round;
    }
    ASSERT_TRUE(history.empty());
  }
}

// The bytes of the worked example in docs/storage_format.md, written by hand.
TEST(FactHistory, GoldenBytes) {
  FactHistory history;
  Transitions d;
  // 2025-07-01 07:00:00 +07:00, love on post 3 from source 2; a wow 60 s later; withdrawn after
  // another 2 ms, by an event that named no post and no source.
  history.Insert(At(1'751'328'000'000, Op::kAdd, kLove, 3, 2), kNames, &d);
  history.Insert(At(1'751'328'060'000, Op::kEdit, kWow, 3, 2), kNames, &d);
  history.Insert(At(1'751'328'060'002, Op::kRemove), kNames, &d);
  const std::string golden(
      "\x01"  // version
      "\x10"
      "\x80\xa0\xc4\xb4\xf8\x65"  // add, love; zigzag of the time
      "\x03"
      "\x02"  // post 3, source 2
      "\x69"
      "\xe0\xd4\x03"  // edit, wow, same place; 60,000 ms later
      "\x04"
      "\x02"
      "\x00"
      "\x00",  // remove; 2 ms later; no post, no source
      18);
  std::string bytes;
  history.Encode(&bytes);
  EXPECT_EQ(bytes, golden);
  auto decoded = FactHistory::Decode(golden);
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(std::equal(decoded->begin(), decoded->end(), history.begin(), history.end()));
  EXPECT_TRUE(FactHistory::Decode("")->empty());
}

TEST(FactHistory, DecodeRefusesWhatEncodeDoesNotWrite) {
  const auto refused = [](std::string_view bytes) {
    return FactHistory::Decode(bytes).status().code() == absl::StatusCode::kDataLoss;
  };
  using namespace std::string_view_literals;
  EXPECT_TRUE(refused("\x02\x40\x02"sv));                          // another version
  EXPECT_TRUE(refused("\x01"sv));                                  // no event
  EXPECT_TRUE(refused("\x01\x45\x02"sv));                          // no such operation
  EXPECT_TRUE(refused("\x01\xc0\x02"sv));                          // bit 7
  EXPECT_TRUE(refused("\x01\x40"sv));                              // cut
  EXPECT_TRUE(refused("\x01\x00\x02\x00\x00"sv));                  // same place, not said so
  EXPECT_TRUE(refused("\x01\x50\x02\x50\x00"sv));                  // the same event twice
  EXPECT_TRUE(refused("\x01\x44\x02\x40\x00"sv));                  // remove before add
  EXPECT_TRUE(refused("\x01\x48\x02\x58\x00"sv));                  // like before care
  EXPECT_TRUE(refused("\x01\x00\x02\x80\x80\x80\x80\x10\x00"sv));  // a post above 2^32
  EXPECT_FALSE(refused("\x01\x50\x02\x50\x02"sv));
  std::string many = "\x01\x40\x02";
  for (int i = 1; i < 256; ++i) many += "\x40\x02";
  EXPECT_FALSE(refused(many));
  many += "\x40\x02";
  EXPECT_TRUE(refused(many));
}

TEST(FactHistory, DecodeOfRandomBytesNeverCrashesAndIsCanonicalInOrder) {
  std::mt19937_64 random(7);
  int decoded_count = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string bytes = "\x01";
    const size_t n = random() % 24;
    for (size_t i = 0; i < n; ++i) bytes += static_cast<char>(random() & (random() | 0x4f));
    auto decoded = FactHistory::Decode(bytes);
    if (!decoded.ok()) continue;
    ++decoded_count;
    std::string again;
    decoded->Encode(&again);
    auto twice = FactHistory::Decode(again);
    ASSERT_TRUE(twice.ok());
    ASSERT_TRUE(std::equal(twice->begin(), twice->end(), decoded->begin(), decoded->end()));
    decoded->Walk();
  }
  EXPECT_GT(decoded_count, 1000);
}

}  // namespace
}  // namespace pagepulse
