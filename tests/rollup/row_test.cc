#include "rollup/row.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pagepulse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string operator""_b(const char* p, size_t n) { return std::string(p, n); }

// The content of a row, the plain way.
struct Content {
  std::map<std::pair<uint32_t, CounterId>, int64_t> counters;
  std::map<std::pair<uint32_t, People>, std::set<uint64_t>> people;

  void Add(const Content& other) {
    for (const auto& [at, value] : other.counters) counters[at] += value;
    for (const auto& [at, members] : other.people) {
      people[at].insert(members.begin(), members.end());
    }
  }
};

DistinctSet SetOf(SketchShape shape, const std::set<uint64_t>& members) {
  DistinctSet set(shape);
  for (uint64_t h : members) set.Add(h);
  return set;
}

std::string Encode(SketchShape shape, const Content& content) {
  RowBuilder builder(shape);
  for (uint32_t slot = 0; slot < kMaxSlots; ++slot) {
    builder.StartCell(slot);
    for (auto it = content.counters.lower_bound({slot, 0});
         it != content.counters.end() && it->first.first == slot; ++it) {
      builder.AddCounter(it->first.second, it->second);
    }
    for (People which : {People::kReach, People::kEngaged}) {
      const auto it = content.people.find({slot, which});
      if (it != content.people.end()) builder.AddPeople(which, SetOf(shape, it->second));
    }
  }
  std::string out;
  builder.Finish(&out);
  return out;
}

Content RandomContent(std::mt19937_64& random, size_t people) {
  Content content;
  const uint32_t slots = random() % 2 ? 96 : 3;
  for (size_t i = 0, n = random() % 40; i < n; ++i) {
    const auto counter = static_cast<CounterId>(random() % 8 ? random() % 25 : random() % 65536);
    content.counters[{static_cast<uint32_t>(random() % slots), counter}] +=
        static_cast<int64_t>(random() % 5) - 2;
  }
  for (size_t i = 0, n = random() % (people + 1); i < n; ++i) {
    content.people[{static_cast<uint32_t>(random() % slots), static_cast<People>(random() % 2)}]
        .insert(random() % 2 ? random() >> 24 : random() % 20);
  }
  return content;
}

TEST(Row, GoldenBytes) {
  RowBuilder builder(kPageShape);
  EXPECT_TRUE(builder.empty());
  builder.StartCell(3);
  builder.AddCounter(kViews, 300);
  builder.AddCounter(kComments, -1);
  builder.AddPeople(People::kReach, SetOf(kPageShape, {0x0102030405}));
  builder.StartCell(4);
  builder.AddPeople(People::kEngaged, SetOf(kPageShape, {7}));
  builder.StartCell(10);
  builder.AddCounter(kViews, 0);
  builder.AddCounter(kCustomFirst + 40, 1);
  EXPECT_FALSE(builder.empty());
  std::string bytes;
  builder.Finish(&bytes);
  EXPECT_EQ(bytes,
            "\x01\x0a"                          // version, 10 bytes of counters
            "\x03\x00\xd8\x04\x25\x01"          // slot 3: 0 = 300; 19 = -1, the last
            "\x06\x91\x01\x02"                  // slot 4 + 6: 72 = 1, the last
            "\x06\x02\x05\x04\x03\x02\x01"      // 2 * 3 + reach: one member
            "\x02\x02\x07\x00\x00\x00\x00"_b);  // 2 * 4 + engaged = 7 + 2: one member

  EXPECT_TRUE(builder.empty());
  builder.StartCell(0);
  builder.AddCounter(kViews, 1);
  bytes.clear();
  builder.Finish(&bytes);
  EXPECT_EQ(bytes, "\x01\x03\x00\x01\x02"_b);
}

TEST(Row, ViewsReadWhatWasBuilt) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    const Content content = RandomContent(random, 300);
    const std::string bytes = Encode(kPostShape, content);
    const auto view = RowView::Open(bytes);
    ASSERT_TRUE(view.ok());
    Content read;
    uint64_t last = 0;
    ASSERT_TRUE(view->VisitCounters([&](uint32_t slot, CounterId counter, int64_t value) {
                      EXPECT_NE(value, 0);
                      const uint64_t place = uint64_t{slot} << 16 | counter;
                      EXPECT_TRUE(read.counters.empty() || place > last);
                      last = place;
                      read.counters[{slot, counter}] = value;
                    })
                    .ok());
    Content expected = content;
    std::erase_if(expected.counters, [](const auto& entry) { return entry.second == 0; });
    EXPECT_EQ(read.counters, expected.counters);
    size_t sets = 0;
    ASSERT_TRUE(view->VisitPeople([&](uint32_t slot, People which, std::string_view set) {
                      ++sets;
                      std::string bytes_expected;
                      SetOf(kPostShape, content.people.at({slot, which})).Encode(&bytes_expected);
                      EXPECT_EQ(set, bytes_expected);
                    })
                    .ok());
    EXPECT_EQ(sets, content.people.size());
  }
}

TEST(Row, MergeEqualsOneRowInAnyOrderAndGrouping) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 150; ++round) {
    const SketchShape shape = round % 2 ? kPostShape : kPageShape;
    std::vector<std::string> rows;
    Content all;
    for (size_t i = 0, n = 1 + random() % 9; i < n; ++i) {
      const Content content = RandomContent(random, round % 3 == 0 ? 3000 : 40);
      rows.push_back(Encode(shape, content));
      all.Add(content);
    }
    const std::string expected = Encode(shape, all);
    std::shuffle(rows.begin(), rows.end(), random);

    std::string merged;
    ASSERT_TRUE(
        MergeRows(shape, std::vector<std::string_view>(rows.begin(), rows.end()), &merged).ok());
    EXPECT_EQ(merged, expected);

    while (rows.size() > 1) {  // neighbours in any grouping
      const size_t i = random() % (rows.size() - 1);
      std::string two;
      ASSERT_TRUE(MergeRows(shape, {rows[i], rows[i + 1]}, &two).ok());
      rows[i] = two;
      rows.erase(rows.begin() + static_cast<ptrdiff_t>(i) + 1);
    }
    EXPECT_EQ(rows[0], expected);
  }
}

TEST(Row, WhatCancelsOutLeavesNothing) {
  Content plus, minus;
  plus.counters[{5, kViews}] = 3;
  minus.counters[{5, kViews}] = -3;
  std::string merged;
  ASSERT_TRUE(
      MergeRows(kPageShape, {Encode(kPageShape, plus), Encode(kPageShape, minus)}, &merged).ok());
  EXPECT_EQ(merged, "\x01\x00"_b);
  merged.clear();
  ASSERT_TRUE(MergeRows(kPageShape, {}, &merged).ok());
  EXPECT_EQ(merged, "\x01\x00"_b);
}

TEST(Row, SaysThatTheVersionIsUnknown) {
  const auto view = RowView::Open("\x07\x00"_b);
  EXPECT_EQ(ErrorCode(view.status()), "unknown_row_version");
  EXPECT_THAT(std::string(view.status().message()), HasSubstr("version 7"));
  std::string out;
  EXPECT_EQ(ErrorCode(MergeRows(kPageShape, {"\x07\x00"_b}, &out)), "unknown_row_version");
  EXPECT_EQ(ErrorCode(MergeRows(kPageShape, {"\x01\x00"_b, "\x07\x00"_b}, &out)),
            "unknown_row_version");
  EXPECT_THAT(out, IsEmpty());
}

TEST(Row, DamagedBytesAreDataLoss) {
  const auto read = [](const std::string& bytes) {
    const auto view = RowView::Open(bytes);
    if (!view.ok()) return view.status();
    const absl::Status counters = view->VisitCounters([](uint32_t, CounterId, int64_t) {});
    return counters.ok() ? view->VisitPeople([](uint32_t, People, std::string_view) {}) : counters;
  };
  EXPECT_TRUE(read("\x01\x03\x00\x01\x02"_b).ok());
  for (const std::string& bytes :
       {""_b, "\x01"_b, "\x01\x05\x00\x01\x02"_b, "\x01\x02\x00\x01"_b,
        "\x01\x03\x00\x00\x02"_b,          // no last counter
        "\x01\x04\xa0\x0b\x01\x02"_b,      // slot 1440
        "\x01\x05\x00\x81\x80\x08\x02"_b,  // counter 65536
        "\x01\x0c\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x02"_b, "\x01\x00\x00"_b,
        "\x01\x00\x00\x02\x01"_b,                         // people without a set, or cut short
        "\x01\x00\xc0\x16\x02\x01\x02\x03\x04\x05"_b}) {  // slot 1440
    EXPECT_TRUE(absl::IsDataLoss(read(bytes))) << testing::PrintToString(bytes);
  }
}

TEST(Row, AnyCutOfARowIsReadSafely) {
  std::mt19937_64 random(4);
  const std::string bytes = Encode(kPostShape, RandomContent(random, 500));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string cut = bytes.substr(0, i), out;
    MergeRows(kPostShape, {cut, bytes}, &out).IgnoreError();
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << random() % 8));
    MergeRows(kPostShape, {flipped, bytes}, &out).IgnoreError();
  }
}

}  // namespace
}  // namespace pagepulse
