// Row decoders on any bytes: two rows are cut out of the input, read and merged. What merges must
// be canonical: it reads, and merging it again, in any order, changes no byte.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rollup/row.h"
#include "rollup/row_key.h"

namespace {

using pagepulse::MergeRows;

void Check(bool holds) {
  if (!holds) std::abort();
}

void Read(pagepulse::SketchShape shape, std::string_view bytes) {
  const auto view = pagepulse::RowView::Open(bytes);
  if (!view.ok()) return;
  view->VisitCounters(
          [](uint32_t slot, pagepulse::CounterId, int64_t) { Check(slot < pagepulse::kMaxSlots); })
      .IgnoreError();
  pagepulse::DistinctSet set(shape);
  view->VisitPeople([&](uint32_t slot, pagepulse::People, std::string_view people) {
        Check(slot < pagepulse::kMaxSlots);
        set.MergeEncoded(people).IgnoreError();
      })
      .IgnoreError();
  Check(set.Estimate() >= 0);
}

std::string Merged(pagepulse::SketchShape shape, std::string_view a, std::string_view b) {
  std::string out;
  return MergeRows(shape, {a, b}, &out).ok() ? out : "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const pagepulse::SketchShape shape =
      data[0] % 2 != 0 ? pagepulse::kPostShape : pagepulse::kPageShape;
  const std::string_view a = input.substr(0, input.size() * data[1] / 255);
  const std::string_view b = input.substr(a.size());
  if (const auto key = pagepulse::DecodeRowKey(a)) Check(pagepulse::EncodeRowKey(*key) == a);
  Read(shape, a);
  Read(shape, b);

  const std::string merged = Merged(shape, a, b);
  Check(merged == Merged(shape, b, a));
  if (merged.empty()) return 0;
  Read(shape, merged);
  const std::string empty("\x01\x00", 2);
  const std::string again = Merged(shape, merged, empty);
  Check(again.empty() || again == merged);
  return 0;
}
