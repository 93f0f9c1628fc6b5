// Any bytes as a delivery from Zalo and as its signature: answered, never more than an error.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/adapter.h"
#include "ingest/zalo_signature.h"

namespace pagepulse {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

void ParseBytes(std::string_view bytes) {
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'k'));
  static const AccountPages accounts = {{"388613280878808645", "tan-dinh"}};
  ParseContext context;
  context.key = &key;
  context.accounts = &accounts;
  context.now_ms = 1'900'000'000'000;
  EventBatch batch;
  if (!ZaloWebhook().Parse(CopyToChunk(bytes), Headers(), context, &batch).ok()) return;
  uint32_t line = 0;
  for (const Event& event : batch.events) {
    Check(!event.page.empty() && event.page != "*" && event.page != "388613280878808645");
    Check(event.followed || event.has_id);
    Check(event.ts_ms >= 1'325'376'000'000 && event.count == 1 && event.source == "zalo");
    Check(event.line >= line && event.line > 0);
    line = event.line;
  }
}

}  // namespace
}  // namespace pagepulse

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  pagepulse::ParseBytes(bytes);
  const size_t cut = size < 68 ? size : 68;  // as long as a signature
  const std::string_view header = bytes.substr(0, cut), body = bytes.substr(cut);
  pagepulse::ZaloSignatureHolds(header, "1", body, pagepulse::ZaloTimestamps(header, body), "s");
  return 0;
}
