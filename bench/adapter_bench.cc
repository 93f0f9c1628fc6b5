// What an event costs each adapter, beside the native format in the same run: one to a body, as the
// platforms deliver, and many to a file, as a backfill reads them.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "ingest/adapter.h"

namespace pagepulse::bench {
namespace {

constexpr int64_t kNowMs = 1'900'000'000'000;

// The i-th event, as one line.
std::string Native(int i) {
  return fmt::format(
      R"({{"id":"e{0}","ts":1763607600,"page":"77","post":"77_1","actor":"{0}","type":"comment",)"
      R"("object":"c{0}","source":"native"}})",
      i);
}
std::string Facebook(int i) {
  return fmt::format(
      R"({{"object":"page","entry":[{{"id":"77","time":1763607605,"changes":[{{"field":"feed",)"
      R"("value":{{"item":"comment","verb":"add","comment_id":"c{0}","post_id":"77_1",)"
      R"("parent_id":"77_1","created_time":1763607600,"message":"\u0111\u1eb9p qu\u00e1",)"
      R"("from":{{"id":"{0}","name":"Nguy\u1ec5n V\u0103n A"}}}}}}]}}]}})",
      i);
}
std::string Instagram(int i) {
  return fmt::format(
      R"({{"object":"instagram","entry":[{{"id":"77","time":1763607605,"field":"comments",)"
      R"("value":{{"id":"c{0}","from":{{"id":"{0}","username":"a"}},"media":{{"id":"1",)"
      R"("media_product_type":"FEED"}},"text":"\u0111\u1eb9p qu\u00e1"}}}}]}})",
      i);
}
std::string Zalo(int i) {
  return fmt::format(
      R"({{"app_id":"360846524940903967","sender":{{"id":"{0}"}},"user_id_by_app":"9{0}",)"
      R"("recipient":{{"id":"77"}},"event_name":"user_send_text","message":{{"text":)"
      R"("ch\u00e0o","msg_id":"m{0}"}},"timestamp":"1763607600000"}})",
      i);
}

void Parse(benchmark::State& state, const Adapter& adapter, std::string (*line)(int)) {
  const auto lines = static_cast<int>(state.range(0));
  std::string text;
  for (int i = 0; i < lines; ++i) text += line(100'000 + i) + '\n';
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'k'));
  ParseContext context;
  context.key = &key;
  context.now_ms = kNowMs;
  for (auto _ : state) {
    EventBatch batch;
    const absl::Status status = adapter.Parse(CopyToChunk(text), Headers(), context, &batch);
    if (!status.ok() || batch.events.size() != static_cast<size_t>(lines)) {
      state.SkipWithError("events were lost");
    }
  }
  state.SetItemsProcessed(state.iterations() * lines);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

BENCHMARK_CAPTURE(Parse, native, NativeLines(), Native)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, facebook, FacebookWebhook(), Facebook)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, instagram, FacebookWebhook(), Instagram)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, zalo, ZaloWebhook(), Zalo)->Arg(1)->Arg(5000);

}  // namespace
}  // namespace pagepulse::bench
