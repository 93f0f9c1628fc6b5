#include "ingest/line_cutter.h"

#include <algorithm>
#include <random>

#include "tests/ingest/native_testing.h"

namespace pagepulse {
namespace {

struct Line {
  uint32_t number;
  uint64_t offset;
  std::string text;  // without its end; empty where it is too long
  uint64_t length = 0;

  bool operator==(const Line&) const = default;
};

// What lines there are, by looking at all of the text at once.
std::vector<Line> NaiveLines(const std::string& text) {
  std::vector<Line> lines;
  size_t at = text.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const uint64_t length = line.size();
    if (length > 65536) line.clear();
    lines.push_back({static_cast<uint32_t>(lines.size() + 1), at, line, length});
    at = end + 1;
  }
  return lines;
}

std::vector<Line> LinesOf(const std::vector<Chunk>& chunks, size_t text_size) {
  std::vector<Line> lines;
  uint64_t end_offset = 0;
  uint32_t next_line = 1;
  for (const Chunk& chunk : chunks) {
    EXPECT_EQ(chunk.first_line, next_line);
    EXPECT_GE(chunk.offset, end_offset);
    const size_t before = lines.size();
    std::string_view text = chunk.text();
    uint64_t offset = chunk.offset;
    uint32_t number = chunk.first_line;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      std::string line(text.substr(0, end));
      if (!line.empty() && line.back() == '\r') line.pop_back();
      lines.push_back({number++, offset, line, line.size()});
      const size_t used = std::min(end + 1, text.size());
      text.remove_prefix(used);
      offset += used;
    }
    for (const Rejection& r : chunk.too_long) {
      EXPECT_EQ(r.code, RejectCode::kTooLong);
      lines.push_back({r.line, r.offset, "", r.length});
    }
    EXPECT_EQ(lines.size() - before, chunk.lines);
    for (size_t i = 0; i < kPadding; ++i) EXPECT_EQ(chunk.block[chunk.size + i], '\0');
    end_offset = chunk.end_offset;
    next_line += chunk.lines;
  }
  EXPECT_TRUE(chunks.empty() || end_offset == text_size);
  return lines;
}

TEST(LineCutterTest, AnyPiecesGiveTheSameLines) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 400; ++round) {
    std::string text;
    if (random() % 3 == 0) text += std::string("\xEF\xBB\xBF").substr(0, 1 + random() % 3);
    for (int i = random() % 12; i > 0; --i) {
      size_t size = random() % 40;
      if (random() % 6 == 0) size = 65530 + random() % 12;
      if (random() % 20 == 0) size = 200000;
      text.append(size, static_cast<char>('a' + random() % 26));
      if (random() % 3 == 0) text += '\r';
      if (i > 1 || random() % 2) text += '\n';
    }
    const std::vector<Line> expected = NaiveLines(text);
    for (const size_t chunk_bytes : {size_t{1}, size_t{100}, size_t{70000}, kChunkBytes}) {
      const size_t max_piece = random() % 2 ? 70000 : text.size() > 2000 ? 3000 : 3;
      const auto chunks = CutAtRandom(text, chunk_bytes, &random, max_piece);
      ASSERT_EQ(LinesOf(chunks, text.size()), expected) << round << " " << chunk_bytes;
      for (const Chunk& chunk : chunks) ASSERT_LE(chunk.size, chunk_bytes + kMaxLineBytes + 2);
    }
  }
}

TEST(LineCutterTest, ContinuesWhereAnotherEnded) {
  std::vector<Chunk> chunks;
  const auto keep = [&](Chunk chunk) { chunks.push_back(std::move(chunk)); };
  LineCutter cutter(1000, 7);
  cutter.Feed(
      "\xEF\xBB\xBF"
      "a\nb",
      keep);
  cutter.Finish(keep);
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].offset, 1000u);
  EXPECT_EQ(chunks[0].first_line, 7u);
  EXPECT_EQ(chunks[0].lines, 2u);
  EXPECT_EQ(chunks[0].end_offset, 1006u);
  EXPECT_EQ(chunks[0].text(),
            "\xEF\xBB\xBF"
            "a\nb");  // not the start of the stream
}

TEST(LineCutterTest, NothingGivesNothing) {
  int emitted = 0;
  const auto count = [&](Chunk) { ++emitted; };
  LineCutter cutter;
  cutter.Feed("", count);
  cutter.Feed("\xEF\xBB\xBF", count);
  cutter.Finish(count);
  EXPECT_EQ(emitted, 0);
}

TEST(LineCutterTest, ALineThatIsTooLongIsNotKept) {
  LineCutter cutter;
  const auto none = [](Chunk) { FAIL(); };
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) cutter.Feed(piece, none);
  std::vector<Chunk> chunks;
  const auto keep = [&](Chunk chunk) { chunks.push_back(std::move(chunk)); };
  cutter.Feed("\nok\n", keep);
  cutter.Finish(keep);
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].size, 0u);
  ASSERT_EQ(chunks[0].too_long.size(), 1u);
  EXPECT_EQ(chunks[0].too_long[0].length, 64u << 20);
  EXPECT_EQ(chunks[1].text(), "ok\n");
  EXPECT_EQ(chunks[1].first_line, 2u);
  EXPECT_EQ(chunks[1].offset, (64u << 20) + 1);
}

TEST(LineCutterTest, CountsLines) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string text(random() % 100, '\0');
    for (char& c : text) c = "\n\x0b\x8a\0a"[random() % 5];
    const auto ends = static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n'));
    EXPECT_EQ(CountLines(text), ends + (!text.empty() && text.back() != '\n'));
  }
}

}  // namespace
}  // namespace pagepulse
