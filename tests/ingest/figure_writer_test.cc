#include "ingest/figure_writer.h"

#include "base/error.h"
#include "tests/ingest/reports_testing.h"

namespace pagepulse {
namespace {

TEST(FigureWriter, APointThatMayPartThousandsIsNoFraction) {
  for (const auto& [text, want] : {std::pair("12", 12), {"12.0", 12}, {"12.00", 12}, {"0", 0}}) {
    int64_t value = -1;
    EXPECT_TRUE(ReadWhole(text, &value)) << text;
    EXPECT_EQ(value, want) << text;
  }
  for (const char* text : {"1.000", "12.000", "12.0000", "1.234", "1.000.000", "12.", ".0", "1,000",
                           "1.5", "1.50", ""}) {
    int64_t value = -1;
    EXPECT_FALSE(ReadWhole(text, &value)) << text;
  }
}

TEST(FigureWriter, MoreThanASubmissionMayHaveAreNotKept) {
  const ImportOptions import;
  ParseContext context;
  context.import = &import;
  context.now_ms = kReportsNow;
  EventBatch batch;
  FigureWriter writer(context, &batch);
  ReportedFigure figure;
  figure.page = "p";
  figure.metric = "views";
  figure.source = "facebook";
  figure.as_of_ms = kReportsNow;
  batch.figures.resize(kMaxFigures - 1);
  writer.Add(figure);
  EXPECT_TRUE(CheckFigures(batch.figures.size()).ok());
  for (int i = 0; i < 3; ++i) writer.Add(figure);
  EXPECT_EQ(batch.figures.size(), kMaxFigures + 1);
  EXPECT_EQ(ErrorCode(CheckFigures(batch.figures.size())), "too_many_figures");
}

}  // namespace
}  // namespace pagepulse
