// Any bytes as a delivery, its signature and its handshake: answered, never more than an error.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/adapter.h"
#include "ingest/facebook_signature.h"

namespace pagepulse {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

void ParseBytes(std::string_view bytes) {
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'k'));
  ParseContext context;
  context.key = &key;
  context.now_ms = 1'900'000'000'000;
  EventBatch batch;
  if (!FacebookWebhook().Parse(CopyToChunk(bytes), Headers(), context, &batch).ok()) return;
  for (const Event& event : batch.events) {
    Check(!event.page.empty() && event.page != "*" && event.page != "0");
    Check(event.followed || event.has_id);
    Check(event.ts_ms > 0 && event.count == 1 && event.line > 0);
  }
  for (const ReportedFigure& figure : batch.figures) {
    Check(!figure.page.empty() && figure.page != "*" && figure.page != "0");
    Check(!figure.post.empty() && figure.post.size() <= 128 && IsReportedName(figure.metric));
    Check(figure.as_of_ms > 0 && figure.as_of_ms <= context.now_ms + 300'000);
    Check(figure.value >= 0 && figure.value <= kMaxReported && figure.line > 0);
  }
  for (const PostInfo& post : batch.posts) {
    Check(!post.page.empty() && !post.post.empty() && post.title.size() <= 240);
    Check(post.link.empty() || post.link.size() >= 7);
  }
}

}  // namespace
}  // namespace pagepulse

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  pagepulse::ParseBytes(bytes);
  const std::vector<std::string> secrets = {"secret"};
  const size_t cut = size < 71 ? size : 71;  // as long as a signature
  pagepulse::FacebookSignatureHolds(bytes.substr(0, cut), bytes.substr(cut), secrets);
  return 0;
}
