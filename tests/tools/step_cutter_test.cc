// Every byte of a file is in one step, in order, and steps end where lines end.

#include "tools/step_cutter.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <random>
#include <string>

#include "ingest/adapter.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

std::string Line(std::mt19937_64& random, size_t bytes) {
  std::string line = R"({"ts":1759300000,"page":"p","type":"view","actor":")";
  while (line.size() + 2 < bytes) line += static_cast<char>('a' + random() % 26);
  return line + "\"}";
}

std::string RandomText(std::mt19937_64& random) {
  std::string text;
  const size_t lines = random() % 4000;
  for (size_t i = 0; i < lines; ++i) {
    const uint64_t kind = random() % 300;
    if (kind == 0) {
      text += std::string(60'000 + random() % 3'000'000, 'x');  // too long, by itself or at all
    } else if (kind > 3) {
      text += Line(random, 60 + random() % 900);
    }  // else a blank line
    text += random() % 50 == 0 ? "\r\n" : "\n";
  }
  return random() % 2 == 0 ? text : text + Line(random, 80);
}

void Write(const std::string& path, const std::string& text, bool zip) {
  if (!zip) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  const gzFile file = gzopen(path.c_str(), "wb1");
  for (size_t i = 0; i < text.size(); i += 1 << 20) {
    const std::string_view piece = std::string_view(text).substr(i, 1 << 20);
    ASSERT_EQ(gzwrite(file, piece.data(), static_cast<unsigned>(piece.size())),
              static_cast<int>(piece.size()));
  }
  gzclose(file);
}

// The lines of a text, those too long for an event told by their length alone.
std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line.size() > kMaxLineBytes ? "too long" : line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

TEST(StepCutterTest, StepsHoldTheWholeFileInOrder) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 24; ++round) {
    TempDir dir;
    const std::string text = RandomText(random), path = dir / "events";
    Write(path, text, round % 3 == 0);
    JobFile known;  // where the run before stood; the second half of the rounds resume
    std::vector<std::string> expected = LinesOf(text), lines;
    uint64_t position = 0;
    for (const bool resumed : {false, true}) {
      std::vector<JobFile> files;
      if (resumed && position > 0) files.push_back(known);
      auto cutter = StepCutter::Open(path, "job", files, false);
      ASSERT_TRUE(cutter.ok()) << cutter.status();
      const uint64_t stop = resumed ? UINT64_MAX : text.size() / 2;
      RawStep step;
      while (position < stop) {
        const auto more = (*cutter)->Next(&step);
        ASSERT_TRUE(more.ok()) << more.status();
        if (!*more) break;
        ASSERT_EQ(step.position.from, position);
        ASSERT_EQ(step.chunk.size, step.position.to - position);
        const std::string_view piece = step.chunk.text();
        const std::string_view source = std::string_view(text).substr(position, piece.size());
        position = step.position.to;
        for (size_t i = 0; i < kPadding; ++i) ASSERT_EQ(step.chunk.block[step.chunk.size + i], 0);
        const bool inside =
            position - piece.size() > 0 && text[position - piece.size() - 1] != '\n';
        if (piece == source) {
          if (!inside) {
            ASSERT_EQ(step.chunk.first_line, lines.size() + 1);
            for (std::string& line : LinesOf(piece)) lines.push_back(std::move(line));
          }
        } else {  // the rest of a line that was told too long
          ASSERT_TRUE(inside);
          ASSERT_EQ(piece.find_first_not_of(" \n"), std::string_view::npos);
        }
        ASSERT_EQ(step.position.lines, lines.size());
        known.file = step.position.file;
        known.position = position;
        known.lines = step.position.lines;
        known.digest = step.position.digest;
      }
    }
    EXPECT_EQ(position, text.size());
    EXPECT_EQ(lines, expected);
  }
}

// Exactly of a file that is not compressed; of one that is, less by what was read ahead.
TEST(StepCutterTest, AStepSaysHowMuchFollows) {
  std::mt19937_64 random(8);
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += Line(random, 200 + random() % 100) + "\n";
  for (const bool zip : {false, true}) {
    TempDir dir;
    Write(dir / "events", text, zip);
    auto cutter = StepCutter::Open(dir / "events", "job", {}, false);
    ASSERT_TRUE(cutter.ok()) << cutter.status();
    RawStep step;
    while (*(*cutter)->Next(&step)) {
      const uint64_t more = text.size() - step.position.to;
      EXPECT_LE(step.position.more_bytes, more + (zip ? text.size() / 10 : 0));
      EXPECT_GE(step.position.more_bytes, zip ? more / 4 : more);
    }
    EXPECT_EQ(step.position.more_bytes, 0u);
  }
}

TEST(StepCutterTest, AnArrayIsOneStepAlsoBehindBlankLines) {
  for (const char* before : {"", "\n", "\r\n\r\n", "\xEF\xBB\xBF\n", "  \n"}) {
    TempDir dir;
    std::string text = std::string(before) + "[";
    std::mt19937_64 random(5);
    while (text.size() < 3'000'000) text += Line(random, 500) + ",\n";
    text += "{}]";
    Write(dir / "events", text, false);
    auto cutter = StepCutter::Open(dir / "events", "job", {}, false);
    ASSERT_TRUE(cutter.ok()) << cutter.status();
    RawStep step;
    ASSERT_TRUE(*(*cutter)->Next(&step));
    EXPECT_EQ(step.chunk.text(), text);
    EXPECT_FALSE(*(*cutter)->Next(&step));
  }
}

// The second file, of a job that has counted the first.
std::unique_ptr<StepCutter> OpenAfter(const std::string& first, const std::string& second,
                                      bool table) {
  TempDir dir;
  Write(dir / "first", first, false);
  Write(dir / "second", second, false);
  auto cutter = StepCutter::Open(dir / "first", "job", {}, table);
  EXPECT_TRUE(cutter.ok()) << cutter.status();
  RawStep step;
  EXPECT_TRUE(*(*cutter)->Next(&step));
  JobFile known;
  known.file = step.position.file;
  known.position = step.position.to;
  known.lines = step.position.lines;
  known.digest = step.position.digest;
  cutter = StepCutter::Open(dir / "second", "job", {known}, table);
  EXPECT_TRUE(cutter.ok()) << cutter.status();
  return *std::move(cutter);
}

// Its rest would be a table without its columns.
TEST(StepCutterTest, ADocumentThatHasGrownIsAnotherOne) {
  const std::string table = "Views\nDate,Primary\n2025-08-01,1\n", more = "2025-08-02,2\n";
  RawStep step;
  auto cutter = OpenAfter(table, table + more, true);
  EXPECT_EQ(cutter->start().position, 0u);
  EXPECT_EQ(cutter->start().ordinal, 1u);
  ASSERT_TRUE(*cutter->Next(&step));
  EXPECT_EQ(step.chunk.text(), table + more);
  for (const char* rest : {"", "\n", " \r\n\n"}) {
    cutter = OpenAfter(table, table + rest, true);
    EXPECT_EQ(cutter->start().position, table.size());
    EXPECT_FALSE(*cutter->Next(&step)) << rest;
  }
  cutter = OpenAfter("[\n{}]", "[\n{}]\n", false);
  EXPECT_EQ(cutter->start().position, 5u);
  EXPECT_FALSE(*cutter->Next(&step));
  // Lines go on.
  cutter = OpenAfter("{}\n", "{}\n{}\n", false);
  EXPECT_EQ(cutter->start().position, 3u);
  ASSERT_TRUE(*cutter->Next(&step));
  EXPECT_EQ(step.chunk.text(), "{}\n");
}

// What files of one kind all begin with is not worth a notice.
TEST(StepCutterTest, AFileResemblesAnotherByItsFirstEvent) {
  const auto resembles = [&](const std::string& first, const std::string& second, bool table) {
    return OpenAfter(first, second, table)->resembles_known();
  };
  EXPECT_TRUE(resembles("{\"id\":1}\n{\"id\":2}\n", "{\"id\":1}\n{\"id\":3}\n", false));
  EXPECT_FALSE(resembles("{\"id\":1}\n{\"id\":2}\n", "{\"id\":1}\n{\"id\":2}\n", false));
  EXPECT_FALSE(resembles("[\n{\"id\":1}]\n", "[\n{\"id\":2}]\n", false));
  EXPECT_FALSE(resembles("Post ID,Views\n1,2\n", "Post ID,Views\n1,3\n", true));
  EXPECT_FALSE(resembles("{\"data\":[\n1]}", "{\"data\":[\n2]}", true));
}

TEST(StepCutterTest, AnEmptyFileHasNoSteps) {
  TempDir dir;
  Write(dir / "events", "", false);
  auto cutter = StepCutter::Open(dir / "events", "job", {}, false);
  ASSERT_TRUE(cutter.ok()) << cutter.status();
  RawStep step;
  EXPECT_FALSE(*(*cutter)->Next(&step));
}

}  // namespace
}  // namespace pagepulse
