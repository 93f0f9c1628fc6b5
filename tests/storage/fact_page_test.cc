#include "storage/fact_page.h"

#include <map>
#include <random>
#include <string>

#include "gtest/gtest.h"

namespace pagepulse {
namespace {

// docs/storage_format.md has these bytes.
TEST(FactPage, GoldenBytes) {
  FactPageBuilder builder;
  builder.Add(absl::MakeUint128(0x0102, 0x0304), "abc");
  builder.Add(absl::MakeUint128(0x0506, 0x0708), "");
  builder.Add(absl::MakeUint128(0x0506, 0x0709), "de");
  const std::string expected(
      "\x01\x03\x00"
      "\x02\x01\0\0\0\0\0\0\x06\x05\0\0\0\0\0\0\x06\x05\0\0\0\0\0\0"
      "\x04\x03\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\x09\x07\0\0\0\0\0\0"
      "\x03\x00\x03\x00\x05\x00"
      "abcde",
      3 + 24 + 24 + 6 + 5);
  EXPECT_EQ(builder.Finish(), expected);
}

TEST(FactPage, EqualsAMap) {
  std::mt19937_64 random(3);
  FactPageBuilder builder;
  for (int round = 0; round < 50; ++round) {
    // Equal high halves, neighbours and the ends of the range among them.
    std::map<Hash128, std::string> model;
    const int facts = 1 + static_cast<int>(random() % 300);
    for (int i = 0; i < facts; ++i) {
      const uint64_t high = random() % 3 == 0 ? random() % 4 - 2 : random();
      model[absl::MakeUint128(high, random() % 5 - 2)] = std::string(random() % 20, 'a' + i % 26);
    }
    ASSERT_TRUE(builder.empty());
    for (const auto& [identity, history] : model) builder.Add(identity, history);
    EXPECT_EQ(builder.first(), model.begin()->first);
    const std::string bytes(builder.Finish());
    const auto page = FactPage::Open(bytes);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->size(), model.size());
    size_t i = 0;
    for (const auto& [identity, history] : model) {
      EXPECT_EQ(page->identity(i), identity);
      EXPECT_EQ(page->history(i++), history);
      EXPECT_EQ(page->Find(identity), history);
      for (const Hash128 near : {identity - 1, identity + 1}) {
        EXPECT_EQ(page->Find(near).has_value(), model.count(near) == 1);
      }
    }
  }
}

TEST(FactPage, IsFullAtAboutEightKilobytes) {
  FactPageBuilder builder;
  uint64_t facts = 0;
  for (; !builder.full(); ++facts) builder.Add(Hash128(facts), "twelve bytes");
  EXPECT_GT(facts, 200u);
  EXPECT_LT(facts, 400u);
  builder.Add(Hash128(facts), std::string(FactPageBuilder::kMaxHistoryBytes, 'x'));
  const std::string bytes(builder.Finish());
  EXPECT_EQ(FactPage::Open(bytes)->history(facts).size(), FactPageBuilder::kMaxHistoryBytes);
}

TEST(FactPage, RefusesWhatIsNone) {
  FactPageBuilder builder;
  for (int i = 0; i < 20; ++i) builder.Add(Hash128(i), "history");
  const std::string bytes(builder.Finish());
  for (size_t size = 0; size < 3 + 20 * 18; ++size) {
    EXPECT_FALSE(FactPage::Open(std::string_view(bytes).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(FactPage::Open(std::string_view(bytes).substr(0, bytes.size() - 1)).ok());
  std::string other = bytes;
  other[0] = 2;
  EXPECT_EQ(FactPage::Open(other).status().code(), absl::StatusCode::kUnimplemented);
  other = bytes;
  other[3 + 20 * 16] = '\x7f';  // the first history would end behind the second
  EXPECT_EQ(FactPage::Open(other).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace pagepulse
