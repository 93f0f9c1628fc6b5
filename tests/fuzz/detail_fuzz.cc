// Decoders of details on any bytes: two are cut out of the input, read and merged. What merges must
// be canonical: its entries ascend, none is without cells, and merging it again changes no byte.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "rollup/detail.h"
#include "rollup/row.h"

namespace {

using pagepulse::kDetailShape;

void Check(bool holds) {
  if (!holds) std::abort();
}

// Visits all that is there. `merged`: it came out of a merge of at least two.
void Read(std::string_view bytes, bool merged) {
  pagepulse::DistinctSet page(kDetailShape), post(pagepulse::kPostShape);
  bool first = true;
  std::pair<uint32_t, uint32_t> last;
  const auto visit = [&](uint32_t p, uint32_t source, std::string_view row) {
    const std::pair<uint32_t, uint32_t> place = {p, source};
    Check(first || last < place);
    first = false;
    last = place;
    const auto view = pagepulse::RowView::Open(row);
    if (merged) Check(view.ok() && row.size() > pagepulse::kEmptyRowBytes);
    if (!view.ok()) return absl::OkStatus();
    view->VisitCounters([](uint32_t slot, pagepulse::CounterId, int64_t) {
          Check(slot < pagepulse::kMaxSlots);
        })
        .IgnoreError();
    view->VisitPeople([&](uint32_t slot, pagepulse::People, std::string_view people) {
          Check(slot < pagepulse::kMaxSlots);
          // What one shape takes, the other does.
          Check(page.MergeEncoded(people).ok() == post.MergeEncoded(people, kDetailShape).ok());
        })
        .IgnoreError();
    return absl::OkStatus();
  };
  const absl::Status status = pagepulse::VisitDetail(bytes, visit);
  Check(!merged || status.ok());
  Check(page.Estimate() >= 0 && post.Estimate() >= 0);
}

std::string Merged(std::string_view a, std::string_view b) {
  std::string out;
  return pagepulse::MergeDetails({a, b}, &out).ok() ? out : "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view a = input.substr(0, input.size() * data[0] / 255);
  const std::string_view b = input.substr(a.size());
  Read(a, false);
  Read(b, false);

  const std::string merged = Merged(a, b);
  Check(merged == Merged(b, a));
  if (merged.empty()) return 0;
  Read(merged, true);
  Check(Merged(merged, "\x01") == merged);
  return 0;
}
