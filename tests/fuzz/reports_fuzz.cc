// Any bytes as a report, in each of the formats: answered, never more than an error, and no figure
// that the engine may not take.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/adapter.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckFigure(const ReportedFigure& figure, int64_t now_ms) {
  Check(!figure.page.empty() && figure.page.size() <= 128 && figure.page != "*");
  Check(figure.post.size() <= 128 && !figure.source.empty() && figure.source.size() <= 32);
  Check(IsReportedName(figure.metric));
  Check(figure.value >= 0 && figure.value <= kMaxReported && figure.line > 0);
  Check(figure.as_of_ms >= 0 && figure.as_of_ms <= now_ms + 300'000);
  const bool counts = figure.days == 0 && CountedReport(figure.metric, !figure.post.empty());
  Check(!counts || figure.value <= kMaxCountedReported);
}

// The first byte says which options are given.
void ParseBytes(const Adapter& adapter, uint8_t options, std::string_view bytes) {
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'k'));
  ImportOptions import;
  if (options & 1) import.page = "1001";
  if (options & 2) import.zone = *LoadZone(kDefaultZone);
  if (options & 4) import.exported = "2025-09-01";
  if (options & 8) import.file_name = "Aug-01-2025_Aug-31-2025_luot_xem.csv";
  ParseContext context;
  context.key = &key;
  context.now_ms = 1'900'000'000'000;
  context.import = options & 16 ? nullptr : &import;
  EventBatch batch;
  if (!adapter.Parse(CopyToChunk(bytes), Headers(), context, &batch).ok()) return;
  Check(batch.events.empty());
  for (const ReportedFigure& figure : batch.figures) CheckFigure(figure, context.now_ms);
  for (const PostInfo& post : batch.posts) {
    Check(!post.page.empty() && !post.post.empty() && post.title.size() <= 240);
  }
}

}  // namespace
}  // namespace pagepulse

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const pagepulse::Adapter* adapter :
       {&pagepulse::MetaContent(), &pagepulse::MetaSeries(), &pagepulse::GraphInsights(),
        &pagepulse::GraphTable()}) {
    pagepulse::ParseBytes(*adapter, data[0], bytes);
  }
  return 0;
}
