// Any bytes as a report in PAGEPULSE_FUZZ_FORMAT: answered, never more than an error, and no figure
// that the engine may not take.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/adapter.h"
#include "ingest/registry.h"
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

const Adapter& Format() {
  static const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make({});
  static const Adapter& adapter = **registry->Find(PAGEPULSE_FUZZ_FORMAT);
  return adapter;
}

std::string AsUtf16(std::string_view bytes) {
  std::string text = "\xFF\xFE";
  for (const char c : bytes) text += {c, '\0'};
  return text;
}

// The last byte says which options are given, and whether each other one is a UTF-16 unit.
void ParseBytes(std::string_view bytes, uint8_t options) {
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
  const std::string text = options & 32 ? AsUtf16(bytes) : std::string(bytes);
  EventBatch batch;
  if (!Format().Parse(CopyToChunk(text), Headers(), context, &batch).ok()) return;
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
  pagepulse::ParseBytes({reinterpret_cast<const char*>(data), size - 1}, data[size - 1]);
  return 0;
}
