#include "server/body_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"

namespace pagepulse {
namespace {

// What came out: all text in order, and by whom it is to be read.
struct Read {
  absl::Status status;
  std::string text;
  std::vector<const Adapter*> adapters;
  uint32_t first_line = 0;
  uint32_t lines = 0;
  std::vector<uint32_t> too_long;
};

BodyPlan Plan(uint64_t max = 1 << 20) {
  BodyPlan plan;
  plan.max_bytes = max;
  plan.max_whole_bytes = max;
  return plan;
}

constexpr size_t kAtOnce = std::numeric_limits<size_t>::max();

// Feeds the body in pieces of at most `step` bytes; 0: of random sizes; kAtOnce: by FeedAll.
Read Feed(const BodyPlan& plan, std::string_view body, size_t step,
          std::mt19937* random = nullptr) {
  Read read;
  BodyReader reader(plan, [&](const Adapter& adapter, Chunk chunk) {
    if (read.adapters.empty()) read.first_line = chunk.first_line;
    read.text.append(chunk.text());
    read.adapters.push_back(&adapter);
    read.lines += chunk.lines;
    for (const Rejection& rejection : chunk.too_long) read.too_long.push_back(rejection.line);
    for (size_t i = 0; i < kPadding; ++i) EXPECT_EQ(chunk.block[chunk.size + i], '\0');
  });
  if (step == kAtOnce) {
    auto block = std::make_unique<char[]>(body.size() + kPadding);
    std::fill_n(block.get(), body.size() + kPadding, 'x');
    std::copy(body.begin(), body.end(), block.get());
    read.status = reader.FeedAll(std::move(block), body.size());
    return read;
  }
  while (!body.empty() && read.status.ok()) {
    const size_t n = step != 0 ? step : 1 + (*random)() % 70'000;
    read.status = reader.Feed(body.substr(0, n));
    body.remove_prefix(std::min(n, body.size()));
  }
  if (read.status.ok()) read.status = reader.Finish();
  return read;
}

TEST(BodyReaderTest, ACompressedBodyThatDoesNotSaySoIsRefused) {
  for (const std::string body : {"\x1F\x8B\x08 and more", "\x28\xB5\x2F\xFD and more"}) {
    for (const size_t step : {size_t{1}, size_t{3}, size_t{100}, kAtOnce}) {
      const Read read = Feed(Plan(), body, step);
      EXPECT_EQ(ErrorCode(read.status), "looks_compressed");
    }
    BodyPlan within = Plan();
    within.offset = 1;
    EXPECT_TRUE(Feed(within, body, 1).status.ok());
    EXPECT_TRUE(Feed(Plan(), " " + body, 1).status.ok());
  }
  EXPECT_TRUE(Feed(Plan(), "\x1F\x8B", 1).status.ok());
}

TEST(BodyReaderTest, TheFirstByteThatIsNotSpaceDecides) {
  const struct {
    std::string body;
    const Adapter* adapter;
  } cases[] = {
      {"{\"a\":1}\n", &NativeLines()},     {" \r\n\t [1]", &NativeArray()},
      {"\xEF\xBB\xBF[1]", &NativeArray()}, {"\xEF\xBB\xBF\n {}\n", &NativeLines()},
      {"\xEF[", &NativeLines()},           {"x[", &NativeLines()},
  };
  for (const auto& c : cases) {
    for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{100}, kAtOnce}) {
      const Read read = Feed(Plan(), c.body, step);
      ASSERT_TRUE(read.status.ok()) << c.body;
      ASSERT_EQ(read.adapters.size(), 1u) << c.body << " by " << step;
      EXPECT_EQ(read.adapters[0], c.adapter) << c.body << " by " << step;
      if (c.adapter == &NativeArray()) {
        EXPECT_EQ(read.text, c.body);
      }
    }
  }
}

TEST(BodyReaderTest, AnEmptyBodyHasNoChunks) {
  for (const size_t step : {size_t{1}, kAtOnce}) {
    EXPECT_TRUE(Feed(Plan(), "", step).adapters.empty());
    EXPECT_EQ(Feed(Plan(), " \n \n", step).text.find_first_not_of(" \n"), std::string::npos);
  }
}

TEST(BodyReaderTest, AnyPiecesGiveTheSameLines) {
  std::mt19937 random(20251120);
  std::string body;
  std::vector<uint32_t> long_lines;
  uint32_t lines = 0;
  std::string kept;
  while (body.size() < 3 << 20) {
    ++lines;
    const bool is_long = random() % 200 == 0;
    std::string line(is_long ? kMaxLineBytes + 1 + random() % 200'000 : random() % 600,
                     static_cast<char>('a' + random() % 26));
    body += line + "\n";
    if (is_long) {
      long_lines.push_back(lines);
    } else {
      kept += line + "\n";
    }
  }
  ASSERT_GT(long_lines.size(), 5u);
  for (int round = 0; round < 20; ++round) {
    const Read read = Feed(Plan(8 << 20), body, round == 0 ? kAtOnce : 0, &random);
    ASSERT_TRUE(read.status.ok());
    EXPECT_EQ(read.text, kept);
    EXPECT_EQ(read.lines, lines);
    EXPECT_EQ(read.too_long, long_lines);
  }
}

// The longest line that is kept, with any end, where it may look too long: at a body's edges.
TEST(BodyReaderTest, ALineOfTheMostBytesIsKept) {
  for (const char* end : {"", "\n", "\r\n"}) {
    for (const size_t more : {0, 1}) {
      const std::string line = std::string(kMaxLineBytes + more, 'x') + end;
      for (const std::string& body :
           {line, "a\n" + line, "a\n" + std::string(300, 'b') + "\n" + line}) {
        const Read pieces = Feed(Plan(), body, 1000), at_once = Feed(Plan(), body, kAtOnce);
        EXPECT_EQ(at_once.text, pieces.text) << body.size();
        EXPECT_EQ(at_once.lines, pieces.lines) << body.size();
        EXPECT_EQ(at_once.too_long, pieces.too_long) << body.size();
        EXPECT_EQ(at_once.too_long.size(), more) << body.size();
      }
    }
  }
}

TEST(BodyReaderTest, LimitsAreOfDecodedBytes) {
  for (const size_t step : {size_t{1}, size_t{3}, kAtOnce}) {
    EXPECT_TRUE(Feed(Plan(8), "12345678", step).status.ok());
    EXPECT_EQ(ErrorCode(Feed(Plan(8), "123456789", step).status), "body_too_large");
    BodyPlan plan = Plan(100);
    plan.max_whole_bytes = 4;
    EXPECT_TRUE(Feed(plan, "[1]\n", step).status.ok());
    EXPECT_EQ(ErrorCode(Feed(plan, "[1, 2]", step).status), "body_too_large");
    EXPECT_TRUE(Feed(plan, "{\"a\":1}", step).status.ok());
  }
}

TEST(BodyReaderTest, AStepOfAJobContinuesItsNumbers) {
  BodyPlan plan = Plan();
  plan.offset = 1000;
  plan.first_line = 41;
  plan.adapter = &NativeLines();
  for (const size_t step : {size_t{5}, kAtOnce}) {
    const Read read = Feed(plan, "[not an array\nx\n", step);
    ASSERT_EQ(read.adapters.size(), 1u);
    EXPECT_EQ(read.adapters[0], &NativeLines());
    EXPECT_EQ(read.first_line, 41u);
    EXPECT_EQ(read.lines, 2u);
  }
}

TEST(BodyReaderTest, CorruptCompressionIsInvalid) {
  BodyPlan plan = Plan();
  plan.encoding = Encoding::kGzip;
  EXPECT_EQ(Feed(plan, "this is not gzip at all", 100).status.code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Feed(plan, "this is not gzip at all", kAtOnce).status.code(),
            absl::StatusCode::kInvalidArgument);
  plan.encoding = Encoding::kZstd;
  EXPECT_EQ(Feed(plan, "this is not zstd at all", 100).status.code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace pagepulse
