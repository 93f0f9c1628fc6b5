#include "ingest/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ingest/reports_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Row = std::vector<std::string>;

std::vector<Row> Rows(std::string_view text, char separator = ',',
                      std::vector<uint32_t>* lines = nullptr) {
  CsvReader reader(text, separator);
  std::vector<Row> rows;
  for (Row cells; reader.Next(&cells);) {
    rows.push_back(cells);
    if (lines != nullptr) lines->push_back(reader.line());
  }
  return rows;
}

TEST(Csv, CellsAndRows) {
  EXPECT_THAT(Rows("a,b\r\nc,d\n"), ElementsAre(Row{"a", "b"}, Row{"c", "d"}));
  EXPECT_THAT(Rows("a,,\n,\nx"), ElementsAre(Row{"a", "", ""}, Row{"", ""}, Row{"x"}));
  EXPECT_THAT(Rows(""), IsEmpty());
  EXPECT_THAT(Rows("\n\r\n\na\n\n"), ElementsAre(Row{"a"}));
}

TEST(Csv, QuotesHoldSeparatorsLineEndsAndQuotes) {
  std::vector<uint32_t> lines;
  EXPECT_THAT(Rows("\"a,\nb\",\"say \"\"x\"\"\"\n\"\",5\" screen\n", ',', &lines),
              ElementsAre(Row{"a,\nb", "say \"x\""}, Row{"", "5\" screen"}));
  EXPECT_THAT(lines, ElementsAre(1u, 3u));
}

TEST(Csv, AnOpenQuoteEndsWithItsLine) {
  std::vector<uint32_t> lines;
  EXPECT_THAT(Rows("a,\"b\nc,d\n", ',', &lines), ElementsAre(Row{"a", "b\nc,d\n"}, Row{"c", "d"}));
  EXPECT_THAT(lines, ElementsAre(1u, 2u));
}

TEST(Csv, ResyncGoesOnBehindTheRowsFirstLine) {
  CsvReader reader("a,\"b\nc,\"d\ne,f\n", ',');
  Row cells;
  ASSERT_TRUE(reader.Next(&cells));
  EXPECT_THAT(cells, ElementsAre("a", "b\nc,d"));
  reader.Resync();
  ASSERT_TRUE(reader.Next(&cells));
  EXPECT_EQ(reader.line(), 2u);
}

// Each line opens a quote that reaches the end of the text: 7000 bytes, of which the k-th line,
// from 0, has 6994 - 7k behind it. Sixteen times the text is 112,000 bytes: the first sixteen lines
// are gone back to (111,064 bytes), and the row of the seventeenth takes the rest.
TEST(Csv, GoingBackEndsSoThatReadingIsLinear) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\"a\",\"b\n";
  std::vector<uint32_t> lines;
  const std::vector<Row> rows = Rows(text, ',', &lines);
  ASSERT_EQ(rows.size(), 17u);
  EXPECT_EQ(lines.back(), 17u);
  EXPECT_EQ(rows.front().size(), 1001u);  // "a", then what stands between two quotes
  // One that asks itself, after each row, has no more of them.
  CsvReader reader(text, ',');
  size_t asked = 0;
  for (Row cells; reader.Next(&cells); ++asked) reader.Resync();
  EXPECT_EQ(asked, 17u);
}

TEST(Csv, ALineThatSaysItsSeparator) {
  EXPECT_THAT(Rows("sep=;\r\na;b\n"), ElementsAre(Row{"a", "b"}));
  EXPECT_THAT(Rows("sep=,\na,b"), ElementsAre(Row{"a", "b"}));
  EXPECT_EQ(GuessSeparator("\"a,b,c\";d;e\n1,2,3,4"), ';');
  EXPECT_EQ(GuessSeparator("a\tb"), '\t');
  EXPECT_EQ(GuessSeparator("alone"), ',');
  EXPECT_EQ(GuessSeparator("\"title, of it\"\r\n\r\na;b\n1,2,3;4\n"), ';');
}

TEST(Csv, TextIsMadeUtf8) {
  EXPECT_EQ(*DecodeText("\xEF\xBB\xBFL\xC6\xB0\xE1\xBB\xA3t"), "Lượt");
  EXPECT_EQ(*DecodeText(Utf16(u"Lượt 👍")), "Lượt 👍");
  EXPECT_EQ(*DecodeText(std::string_view("\xFE\xFF\0A", 4)), "A");
  EXPECT_EQ(*DecodeText(""), "");
  for (const std::string_view bad :
       {std::string_view("\xFF\xFE"
                         "a"),
        std::string_view("\xFF\xFE\x00\xD8\x41\x00", 6), std::string_view("\xC3(")}) {
    EXPECT_EQ(DecodeText(bad).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace pagepulse
