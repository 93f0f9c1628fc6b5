// Bytes of a fact: whatever decodes must encode and decode to itself and can be walked.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/fact_history.h"

namespace {

class NoNames : public pagepulse::FactNames {
 public:
  std::string_view Post(uint32_t) const override { return ""; }
  std::string_view Source(uint32_t) const override { return ""; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using pagepulse::FactHistory;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto history = FactHistory::Decode(bytes);
  if (!history.ok()) return 0;
  std::string encoded;
  history->Encode(&encoded);
  auto again = FactHistory::Decode(encoded);
  if (!again.ok() || !std::equal(again->begin(), again->end(), history->begin(), history->end())) {
    std::abort();
  }
  if (history->empty()) return 0;
  // The sum of the steps: the walk grows by exactly the difference.
  int64_t before = 0, after = 0, changed = 0;
  for (const auto& t : history->Walk()) before += t.removed ? -t.times : t.times;
  pagepulse::FactEvent event = *history->begin();
  event.op = pagepulse::Op::kAdd;
  pagepulse::Transitions difference;
  if (history->Insert(event, NoNames(), &difference) != FactHistory::Outcome::kInserted) return 0;
  for (const auto& t : history->Walk()) after += t.removed ? -t.times : t.times;
  for (const auto& t : difference) changed += t.removed ? -t.times : t.times;
  if (before + changed != after) std::abort();
  return 0;
}
