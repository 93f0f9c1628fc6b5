// Any bytes as lines and as an array: nothing crashes, and a line is what it is alone.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "ingest/adapter.h"

namespace pagepulse {
namespace {

const HashKey& Key() {
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'f'));
  return key;
}

EventBatch Parse(const Adapter& adapter, std::string_view text) {
  ParseContext context;
  context.key = &Key();
  context.now_ms = 1'760'000'000'000;
  EventBatch batch;
  if (!adapter.Parse(CopyToChunk(text), {}, context, &batch).ok()) return EventBatch();
  return batch;
}

void CheckEvent(const Event& e) {
  const auto within = [](std::string_view s, size_t max) { return s.size() <= max; };
  if (e.page.empty() || e.page == "*" || !within(e.page, 128) || !within(e.post, 128)) abort();
  if (!within(e.source, 32) || e.ts_ms < 0 || e.ts_ms > 1'760'000'300'000) abort();
  if (e.count < 1 || (e.followed && (!IsFact(e.type) || e.count != 1))) abort();
  if ((e.type == EventType::kCustom) == e.custom_type.empty()) abort();
  if (!IsFact(e.type) && e.op != Op::kAdd) abort();
}

// An event or rejection in company equals the one of the line by itself.
void CheckLines(std::string_view text, const EventBatch& together) {
  size_t event = 0, rejection = 0;
  for (size_t at = 0; at < text.size();) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    const EventBatch alone = Parse(NativeLines(), line);
    if (alone.received() > 1) abort();
    for (const Event& e : alone.events) {
      const Event& other = together.events.at(event++);
      if (e.ts_ms != other.ts_ms || e.page != other.page || e.post_hash != other.post_hash ||
          e.id_fingerprint != other.id_fingerprint || e.fact != other.fact) {
        abort();
      }
    }
    for (const Rejection& r : alone.rejections) {
      const Rejection& other = together.rejections.at(rejection++);
      if (r.code != other.code || r.length != other.length || other.offset != at) abort();
    }
    at += line.size() + 1;
  }
  if (event != together.events.size() || rejection != together.rejections.size()) abort();
}

}  // namespace
}  // namespace pagepulse

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pagepulse;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const EventBatch lines = Parse(NativeLines(), text);
  for (const Event& e : lines.events) CheckEvent(e);
  CheckLines(text, lines);
  const EventBatch array = Parse(NativeArray(), text);
  for (const Event& e : array.events) CheckEvent(e);
  return 0;
}
