#include "generate/generate.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "gtest/gtest.h"
#include "tests/generate/recount.h"

namespace pagepulse {
namespace {

template <typename Fn>
void ForEachLine(std::string_view block, Fn&& fn) {
  ASSERT_TRUE(block.ends_with('\n'));
  while (!block.empty()) {
    const size_t end = block.find('\n');
    fn(block.substr(0, end));
    block.remove_prefix(end + 1);
  }
}

std::string Collect(const GenerateOptions& options) {
  std::string all;
  const auto sink = [&](std::string_view block) {
    all += block;
    return absl::OkStatus();
  };
  EXPECT_TRUE(Generate(options, sink).ok());
  return all;
}

std::string_view Between(std::string_view line, std::string_view before) {
  const size_t begin = line.find(before);
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin + before.size());
  return line.substr(0, line.find('"'));
}

std::string Hex(Hash128 hash) {
  char text[40];
  std::snprintf(text, sizeof text, "%016llx%016llx",
                static_cast<unsigned long long>(absl::Uint128High64(hash)),
                static_cast<unsigned long long>(absl::Uint128Low64(hash)));
  return text;
}

class MixTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kLines = 300'000;
  static void SetUpTestSuite() { text_ = new std::string(Collect({.events = kLines, .seed = 1})); }
  static void TearDownTestSuite() { delete text_; }
  static std::string* text_;
};
std::string* MixTest::text_ = nullptr;

// A change of these bytes changes every benchmark's input: say so where it is meant.
TEST_F(MixTest, TheBytesAreTheSameEverywhere) {
  EXPECT_EQ(Hex(ContentHash(*text_)), "bc933415043831d19dd5521aa229ab1a");
  EXPECT_NE(ContentHash(*text_), ContentHash(Collect({.events = kLines, .seed = 2})));
}

TEST_F(MixTest, SharesOfTypesAndSources) {
  std::map<std::string, double> types, sources, ops;
  double posts = 0, ids = 0;
  ForEachLine(*text_, [&](std::string_view line) {
    const std::string type(Between(line, "\"type\":\""));
    ++types[type];
    ++sources[std::string(Between(line, "\"source\":\""))];
    ++ops[type + "." + std::string(Between(line, "\"op\":\""))];
    posts += line.find("\"post\":") != std::string_view::npos;
    const bool has_id = line.starts_with("{\"id\":\"");
    ids += has_id;
    if (type == "view" || type == "click") {
      ASSERT_TRUE(has_id) << line;
    }
  });
  const auto percent = [](double n) { return n * 100 / kLines; };
  EXPECT_NEAR(percent(types["view"]), 83, 0.4);
  EXPECT_NEAR(percent(types["reaction"]), 11, 0.3);
  EXPECT_NEAR(percent(types["comment"]), 2, 0.15);
  EXPECT_NEAR(percent(types["share"]), 2, 0.15);
  EXPECT_NEAR(percent(types["click"]), 2, 0.15);
  EXPECT_NEAR(percent(sources["facebook"]), 70, 0.5);
  EXPECT_NEAR(percent(sources["zalo"]), 14, 0.5);
  EXPECT_NEAR(percent(sources["web"]), 11, 0.5);
  EXPECT_NEAR(percent(sources[""]), 5, 0.3);
  EXPECT_GT(percent(ids), 96);
  EXPECT_GT(percent(posts), 95);
  for (const char* op : {"reaction.edit", "reaction.remove", "comment.edit", "comment.remove",
                         "comment.hide", "comment.unhide", "share.remove"}) {
    EXPECT_GT(ops[op], 20) << op;
  }
  EXPECT_NEAR(static_cast<double>(text_->size()) / kLines, 223, 3);
}

TEST_F(MixTest, LateAndRepeatedLines) {
  std::map<std::string_view, int> seen;
  std::string latest;
  double late = 0, repeated = 0;
  ForEachLine(*text_, [&](std::string_view line) {
    if (++seen[line] > 1) {
      ++repeated;
      return;
    }
    // All times are at +07:00, so their text is their order.
    const std::string_view ts = Between(line, "\"ts\":\"");
    late += ts < latest;
    latest = std::max(latest, std::string(ts));
  });
  EXPECT_NEAR(late * 100 / kLines, 1.0, 0.1);
  EXPECT_NEAR(repeated * 100 / kLines, 0.5, 0.06);
  EXPECT_GE(latest, "2025-12-31T23");
}

TEST_F(MixTest, EveryLineIsAnEventAndPagesArePopularUnevenly) {
  Recount recount;
  ForEachLine(*text_, [&](std::string_view line) {
    ASSERT_LT(line.size(), 1024u);
    ASSERT_TRUE(recount.Add(line)) << recount.error();
  });
  recount.Finish();
  EXPECT_EQ(recount.pages().size(), 200u);
  const auto& first = recount.pages().at("ubnd-phuong-tphcm-001").at("");
  const auto& last = recount.pages().at("ubnd-phuong-tphcm-200").at("");
  EXPECT_GT(first.views, 20 * last.views);
  EXPECT_GT(last.views, 100);
  EXPECT_GT(first.interactions(), 1000);
  EXPECT_NEAR(static_cast<double>(recount.duplicates()) / kLines, 0.005, 0.0006);
}

TEST(Generate, SmallNumbersGiveThatManyLines) {
  for (const uint64_t events : {0, 1, 7, 1000}) {
    const std::string text = Collect({.events = events});
    EXPECT_EQ(static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')), events);
  }
}

TEST(Generate, TheSinksErrorEndsTheWork) {
  int calls = 0;
  const auto sink = [&](std::string_view) {
    ++calls;
    return absl::UnavailableError("full");
  };
  EXPECT_EQ(Generate({.events = 100'000}, sink).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 1);
}

TEST(Generate, Profiles) {
  EXPECT_EQ(ParseGenerateProfile("mix"), GenerateProfile::kMix);
  EXPECT_EQ(ParseGenerateProfile("sample"), GenerateProfile::kSample);
  EXPECT_FALSE(ParseGenerateProfile("").has_value());
}

}  // namespace
}  // namespace pagepulse
