#include "rollup/detail.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rollup/row.h"
#include "sketch/ultraloglog.h"

namespace pagepulse {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string operator""_b(const char* p, size_t n) { return std::string(p, n); }

// --- The layout written out by hand.

void PutVarint(uint64_t value, std::string* out) {
  for (; value >= 128; value /= 128) out->push_back(static_cast<char>(value % 128 + 128));
  out->push_back(static_cast<char>(value));
}

void PutSet(const std::set<uint64_t>& members, std::string* out) {
  if (members.size() > 256) {
    std::string registers(4096, '\0');
    for (uint64_t h : members) {
      ull::Add(reinterpret_cast<uint8_t*>(registers.data()), 12, h << 24 | 1 << 23);
    }
    *out += "\x19" + registers;
    return;
  }
  PutVarint(members.size() * 2, out);
  for (uint64_t h : members) {
    for (int i = 0; i < 5; ++i) out->push_back(static_cast<char>(h >> (8 * i)));
  }
}

// What an entry holds. By (slot, counter), and by 2 * slot, + 1 for engaged.
struct Content {
  std::map<std::pair<uint32_t, uint32_t>, int64_t> counters;
  std::map<uint32_t, std::set<uint64_t>> people;
};
using Detail = std::map<std::pair<uint32_t, uint32_t>, Content>;  // by (post, source)

// "" where nothing is left.
std::string RowBytes(const Content& content) {
  std::map<uint32_t, std::map<uint32_t, int64_t>> cells;
  for (const auto& [at, value] : content.counters) {
    if (value != 0) cells[at.first][at.second] = value;
  }
  std::string counters;
  uint32_t next_slot = 0;
  for (const auto& [slot, cell] : cells) {
    PutVarint(slot - next_slot, &counters);
    next_slot = slot + 1;
    uint32_t next_id = 0;
    for (const auto& [id, value] : cell) {
      PutVarint((id - next_id) * 2 + (id == cell.rbegin()->first), &counters);
      next_id = id + 1;
      PutVarint(static_cast<uint64_t>(value < 0 ? -2 * value - 1 : 2 * value), &counters);
    }
  }
  std::string people;
  uint32_t next_place = 0;
  for (const auto& [place, members] : content.people) {
    if (members.empty()) continue;
    PutVarint(place - next_place, &people);
    next_place = place + 1;
    PutSet(members, &people);
  }
  if (counters.empty() && people.empty()) return "";
  std::string row = "\x01";
  PutVarint(counters.size(), &row);
  return row + counters + people;
}

std::string DetailBytes(const Detail& detail) {
  std::string out = "\x01";
  uint32_t last_post = 0;
  for (const auto& [at, content] : detail) {
    const std::string row = RowBytes(content);
    if (row.empty()) continue;
    PutVarint(at.first - last_post, &out);
    last_post = at.first;
    PutVarint(at.second, &out);
    PutVarint(row.size(), &out);
    out += row;
  }
  return out;
}

void Add(const Detail& more, Detail* detail) {
  for (const auto& [at, content] : more) {
    Content& into = (*detail)[at];
    for (const auto& [place, value] : content.counters) into.counters[place] += value;
    for (const auto& [place, members] : content.people) {
      into.people[place].insert(members.begin(), members.end());
    }
  }
}

// --- The code.

struct Entry {
  uint32_t post, source;
  std::string row;
  bool operator==(const Entry&) const = default;
};

absl::Status Read(std::string_view bytes, std::vector<Entry>* entries) {
  return VisitDetail(bytes, [&](uint32_t post, uint32_t source, std::string_view row) {
    entries->push_back({post, source, std::string(row)});
    return absl::OkStatus();
  });
}

absl::Status Read(std::string_view bytes) {
  std::vector<Entry> ignored;
  return Read(bytes, &ignored);
}

std::string Merged(const std::vector<std::string>& details) {
  std::string out;
  const absl::Status status =
      MergeDetails(std::vector<std::string_view>(details.begin(), details.end()), &out);
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

// Two views at 00:00 without post or source; a love at 06:30 on post 3 through source 2 by the
// person 0x0102030405; three views at 23:45 of post 3 through source 300; a comment less on post
// 131 without a source.
const std::string kGolden =
    "\x01"                          // version
    "\x00\x00\x05"                  // post 0, source 0, 5 bytes
    "\x01\x03\x00\x01\x04"          // row: 3 bytes of counters; slot 0: 0, the last: 2
    "\x03\x02\x0c"                  // post 0 + 3, source 2, 12 bytes
    "\x01\x03\x1a\x0f\x02"          // slot 26: 7, the last: 1
    "\x35\x02\x05\x04\x03\x02\x01"  // place 53 = 2 * 26 + engaged: one member
    "\x00\xac\x02\x05"              // post 3 still, source 300, 5 bytes
    "\x01\x03\x5f\x01\x06"          // slot 95: 0, the last: 3
    "\x80\x01\x00\x05"              // post 3 + 128, source 0, 5 bytes
    "\x01\x03\x28\x27\x01"_b;       // slot 40: 19, the last: -1

const Detail kGoldenContent = {{{0, 0}, {{{{0, 0}, 2}}, {}}},
                               {{3, 2}, {{{{26, 7}, 1}}, {{53, {0x0102030405}}}}},
                               {{3, 300}, {{{{95, 0}, 3}}, {}}},
                               {{131, 0}, {{{{40, 19}, -1}}, {}}}};

TEST(Detail, GoldenBytes) {
  const std::vector<Entry> entries = {{0, 0, "\x01\x03\x00\x01\x04"_b},
                                      {3, 2, "\x01\x03\x1a\x0f\x02\x35\x02\x05\x04\x03\x02\x01"_b},
                                      {3, 300, "\x01\x03\x5f\x01\x06"_b},
                                      {131, 0, "\x01\x03\x28\x27\x01"_b}};
  std::string built = "kept ";
  DetailBuilder builder(&built);
  for (const Entry& entry : entries) builder.Add(entry.post, entry.source, entry.row);
  EXPECT_EQ(built, "kept " + kGolden);

  std::vector<Entry> read;
  ASSERT_TRUE(Read(kGolden, &read).ok());
  EXPECT_EQ(read, entries);

  EXPECT_EQ(DetailBytes(kGoldenContent), kGolden) << "the model speaks of another layout";
}

TEST(Detail, TheEndsOfTheRanges) {
  std::string bytes;
  DetailBuilder builder(&bytes);
  builder.Add(0, 0xffffffff, "x");
  builder.Add(0xffffffff, 0, "y");
  builder.Add(0xffffffff, 0xffffffff, "z");
  EXPECT_EQ(bytes,
            "\x01\x00\xff\xff\xff\xff\x0f\x01x"
            "\xff\xff\xff\xff\x0f\x00\x01y"
            "\x00\xff\xff\xff\xff\x0f\x01z"_b);
  std::vector<Entry> read;
  ASSERT_TRUE(Read(bytes, &read).ok());
  EXPECT_EQ(read, std::vector<Entry>(
                      {{0, 0xffffffff, "x"}, {0xffffffff, 0, "y"}, {0xffffffff, 0xffffffff, "z"}}));
}

TEST(Detail, VisitsEndWithTheVisitorsError) {
  int visited = 0;
  const absl::Status status = VisitDetail(kGolden, [&](uint32_t, uint32_t, std::string_view) {
    return ++visited == 2 ? absl::CancelledError("enough") : absl::OkStatus();
  });
  EXPECT_EQ(status, absl::CancelledError("enough"));
  EXPECT_EQ(visited, 2);
}

Detail RandomDetail(std::mt19937_64& random, size_t people) {
  Detail detail;
  const uint32_t posts = random() % 2 ? 4 : 400, sources = random() % 2 ? 1 : 300;
  for (size_t i = 0, n = random() % 30; i < n; ++i) {
    Content& content = detail[{static_cast<uint32_t>(random() % posts),
                               static_cast<uint32_t>(random() % sources)}];
    for (size_t j = 0, m = random() % 5; j < m; ++j) {
      const auto counter = static_cast<uint32_t>(random() % 8 ? random() % 25 : random() % 65536);
      content.counters[{static_cast<uint32_t>(random() % 96), counter}] +=
          static_cast<int64_t>(random() % 5) - 2;
    }
    if (random() % 3 == 0) {
      std::set<uint64_t>& members = content.people[static_cast<uint32_t>(random() % 12)];
      for (size_t j = random() % (people + 1); j > 0; --j) {
        members.insert(random() % 2 ? random() >> 24 : random() % 20);
      }
    }
  }
  return detail;
}

TEST(Detail, MergeEqualsAModelInAnyOrderAndGrouping) {
  std::mt19937_64 random(31);
  for (int round = 0; round < 150; ++round) {
    std::vector<std::string> details;
    Detail all;
    for (size_t i = 0, n = 2 + random() % 8; i < n; ++i) {
      const Detail detail = RandomDetail(random, round % 5 == 0 ? 600 : 20);
      details.push_back(DetailBytes(detail));
      Add(detail, &all);
    }
    const std::string expected = DetailBytes(all);
    EXPECT_EQ(Merged(details), expected);
    std::shuffle(details.begin(), details.end(), random);
    EXPECT_EQ(Merged(details), expected);
    while (details.size() > 1) {  // neighbours in any grouping
      const size_t i = random() % (details.size() - 1);
      const size_t n = std::min<size_t>(2 + random() % 2, details.size() - i);
      const auto first = details.begin() + static_cast<ptrdiff_t>(i);
      const std::string merged = Merged({first, first + static_cast<ptrdiff_t>(n)});
      details.erase(first + 1, first + static_cast<ptrdiff_t>(n));
      details[i] = merged;
    }
    EXPECT_EQ(details[0], expected);
  }
}

TEST(Detail, EntriesThatCancelOutVanish) {
  const Detail plus = {{{1, 0}, {{{{5, 3}, 2}}, {}}}, {{7, 4}, {{{{5, 3}, 1}, {{6, 3}, 1}}, {}}}};
  const Detail minus = {{{1, 0}, {{{{5, 3}, -2}}, {}}}, {{7, 4}, {{{{5, 3}, -1}}, {}}}};
  EXPECT_EQ(Merged({DetailBytes(plus), DetailBytes(minus)}),
            "\x01\x07\x04\x05\x01\x03\x06\x07\x02"_b);
  const Detail rest = {{{7, 4}, {{{{6, 3}, -1}}, {}}}};
  EXPECT_EQ(Merged({DetailBytes(plus), DetailBytes(rest), DetailBytes(minus)}), "\x01");
  // Where nobody's deeds are left, the people are.
  const Detail seen = {{{1, 0}, {{{{5, 3}, 2}}, {{11, {9}}}}}};
  EXPECT_EQ(
      Merged({DetailBytes(seen), DetailBytes(minus), DetailBytes(plus), DetailBytes(minus)}),
      DetailBytes({{{1, 0}, {{}, {{11, {9}}}}}, {{7, 4}, {{{{5, 3}, -1}, {{6, 3}, 1}}, {}}}}));
  EXPECT_EQ(Merged({}), "\x01");
  EXPECT_EQ(Merged({"\x01", "\x01"}), "\x01");
  EXPECT_TRUE(Read("\x01").ok());
}

TEST(Detail, SaysThatTheVersionIsUnknown) {
  for (const std::string& bytes : {"\x02"_b, "\x07"_b + kGolden.substr(1), "\x00"_b}) {
    const absl::Status status = Read(bytes);
    EXPECT_TRUE(absl::IsUnimplemented(status));
    EXPECT_EQ(ErrorCode(status), "unknown_row_version");
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("version " + std::to_string(static_cast<int>(bytes[0]))));
    std::string out;
    EXPECT_EQ(ErrorCode(MergeDetails({kGolden, bytes}, &out)), "unknown_row_version");
    EXPECT_THAT(out, IsEmpty());
  }
  // Of an entry's row, too, once it is merged.
  const std::string other = "\x01\x03\x02\x02\x07\x00"_b;
  EXPECT_TRUE(Read(other).ok());
  std::string out;
  EXPECT_EQ(ErrorCode(MergeDetails({kGolden, other}, &out)), "unknown_row_version");
  EXPECT_THAT(out, IsEmpty());
}

TEST(Detail, DamagedBytesAreDataLoss) {
  for (const std::string& bytes :
       {""_b, "\x01\x00"_b, "\x01\x00\x00"_b, "\x01\x00\x00\x03\x01\x00"_b,
        "\x01\x00\x05\x01x\x00\x05\x01y"_b,                         // an entry twice
        "\x01\x00\x05\x01x\x00\x04\x01y"_b,                         // sources descend
        "\x01\xff\xff\xff\xff\x0f\x00\x01x\x01\x00\x01y"_b,         // post 2^32
        "\x01\x80\x80\x80\x80\x10\x00\x01x"_b,                      // post 2^32 at once
        "\x01\x00\x80\x80\x80\x80\x10\x01x"_b,                      // source 2^32
        "\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01x"_b,  // source 2^64 - 1
        "\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"_b,       // a varint without end
        "\x01\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"_b}) {
    EXPECT_TRUE(absl::IsDataLoss(Read(bytes))) << testing::PrintToString(bytes);
    std::string out = "as it was";
    EXPECT_TRUE(absl::IsDataLoss(MergeDetails({kGolden, bytes}, &out)));
    EXPECT_EQ(out, "as it was");
  }
  // Entries that are no rows.
  for (const std::string& bytes : {"\x01\x00\x00\x00"_b, "\x01\x00\x00\x02\x01\x05"_b}) {
    EXPECT_TRUE(Read(bytes).ok());
    std::string out;
    EXPECT_TRUE(absl::IsDataLoss(MergeDetails({kGolden, bytes}, &out)));
    EXPECT_THAT(out, IsEmpty());
  }
}

// Every cut is refused or is a detail of fewer entries; nothing that was changed crashes.
TEST(Detail, AnyCutOfADetailIsReadSafely) {
  std::mt19937_64 random(32);
  Detail detail = kGoldenContent;
  for (int i = 0; i < 3; ++i) Add(RandomDetail(random, 60), &detail);
  const std::string bytes = DetailBytes(detail);
  size_t whole = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    whole += Read(bytes.substr(0, i)).ok();
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes, out;
      flipped[i] = static_cast<char>(flipped[i] ^ 1 << bit);
      std::vector<Entry> entries;
      Read(flipped, &entries).IgnoreError();
      const absl::Status status = MergeDetails({flipped, kGolden}, &out);
      EXPECT_TRUE(status.ok() || absl::IsDataLoss(status) || absl::IsUnimplemented(status));
    }
  }
  std::vector<Entry> entries;
  ASSERT_TRUE(Read(bytes, &entries).ok());
  EXPECT_GT(entries.size(), 3u);
  EXPECT_EQ(whole, entries.size()) << "a cut that is no detail was read";
}

}  // namespace
}  // namespace pagepulse
