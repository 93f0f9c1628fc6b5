#include "server/parse_pipeline.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/reported.h"

namespace pagepulse {
namespace {

// Says that there are so many figures, of two pages in turn.
class FiguresOfTwoPages final : public Adapter {
 public:
  explicit FiguresOfTwoPages(size_t figures) : figures_(figures) {}

  std::string_view name() const override { return "two-pages"; }
  Framing framing() const override { return Framing::kWhole; }
  absl::Status Parse(Chunk, const Headers&, const ParseContext&, EventBatch* out) const override {
    out->figures.resize(figures_);
    for (size_t i = 0; i < figures_; ++i) out->figures[i].page = i % 2 == 0 ? "own" : "other";
    return absl::OkStatus();
  }

 private:
  const size_t figures_;
};

absl::StatusOr<std::vector<EventBatch>> ParsedBy(const Adapter& adapter, const Grant& grant) {
  boost::asio::thread_pool workers(1);
  const auto pipeline =
      std::make_shared<ParsePipeline>(&workers, &grant, [] { return ParseContext(); });
  pipeline->Add(adapter, CopyToChunk("{}"));
  absl::StatusOr<std::vector<EventBatch>> result;
  pipeline->Finish(
      [&](absl::StatusOr<std::vector<EventBatch>> batches) { result = std::move(batches); },
      /*may_call_now=*/true);
  return result;
}

// Those of a page that is not the sender's are rejected and no longer stand among the figures; what
// is over the limit was not kept and may have been the sender's own.
TEST(ParsePipeline, TooManyFiguresAreRefusedBeforeThoseOfOtherPagesAreTakenOut) {
  Grant grant;
  grant.all_pages = false;
  grant.pages = {"own"};
  const auto all = ParsedBy(FiguresOfTwoPages(kMaxFigures), grant);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->at(0).figures.size(), kMaxFigures / 2);
  EXPECT_EQ(all->at(0).rejections.size(), kMaxFigures / 2);
  EXPECT_EQ(ErrorCode(ParsedBy(FiguresOfTwoPages(kMaxFigures + 1), grant).status()),
            "too_many_figures");
}

}  // namespace
}  // namespace pagepulse
