// What an event, or a reported figure, costs each adapter, beside the native format in the same
// run: one to a body, as the platforms deliver, and many to a file or batch, as a backfill reads
// them.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "absl/time/civil_time.h"
#include "ingest/registry.h"
#include "model/time_zone.h"

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

std::string Posthog(int i) {
  return fmt::format(
      R"({{"event":"comment_added","properties":{{"page":"77","post":"77_1","object":"c{0}",)"
      R"("$lib":"posthog-node","$lib_version":"5.70.0","$is_server":true,"$geoip_disable":true}},)"
      R"("timestamp":"2025-11-20T03:00:00.000Z","uuid":"01a22010-5653-7fcd-90a8-{0:012}",)"
      R"("distinct_id":"{0}"}})",
      i);
}
std::string Segment(int i) {
  return fmt::format(
      R"({{"type":"track","event":"Comment Added","userId":"{0}","timestamp":)"
      R"("2025-11-20T03:00:00.000Z","messageId":"node-next-1763607600-{0}","context":{{"library":)"
      R"({{"name":"@segment/analytics-node","version":"2.2.1"}}}},"properties":{{"page":"77",)"
      R"("post":"77_1","object":"c{0}"}},"integrations":{{}},"_metadata":{{"jsRuntime":"node"}}}})",
      i);
}
std::string CloudEvents(int i) {
  return fmt::format(
      R"({{"specversion":"1.0","id":"e{0}","time":"2025-11-20T03:00:00.000Z","type":)"
      R"("vn.example.comment.added","source":"/pages/77","datacontenttype":"application/json",)"
      R"("data":{{"post":"77_1","actor":"{0}","object":"c{0}"}}}})",
      i);
}

// --- Of reports the i-th row or value.
constexpr char kContentHead[] =
    "Post ID,Page ID,Page name,Title,Description,Duration (sec),Publish time,Permalink,Post type,"
    "Date,Views,Reach,\"Reactions, Comments and Shares\",Reactions,Comments,Shares,Total clicks,"
    "Link Clicks,Other Clicks,Seconds viewed\n";
std::string Content(int i) {
  return fmt::format(
      "122158000000{0},77,Ward,\"Lễ hội phường\",\"Ra quân, 19h\",0,08/05/2025 18:30,"
      "https://www.facebook.com/77/posts/122158000000{0},Photos,Lifetime,"
      "1200,800,75,60,10,5,33,3,30,12.5",
      i);
}
std::string DayOf(int i) { return absl::FormatCivilTime(absl::CivilDay(2005, 1, 1) + i % 7000); }
std::string Series(int i) { return fmt::format("\"{}T00:00:00\",\"{}\"", DayOf(i), i); }
std::string Insight(int i) {
  return fmt::format(R"({{"value":{},"end_time":"{}T08:00:00+0000"}})", i, DayOf(i));
}
std::string TableRow(int i) {
  return fmt::format("{} 07:00:00 UTC,77,2025-09-09 15:05:33.416 UTC,{},800,75,60,10", DayOf(i), i);
}

std::string AsUtf16(std::string_view ascii) {
  std::string bytes = "\xFF\xFE";
  for (const char c : ascii) bytes += {c, '\0'};
  return bytes;
}

// How items become a body.
struct Feed {
  const char* format;
  std::string (*item)(int);
  const char* head = "";
  const char* between = "\n";
  const char* tail = "";
  bool utf16 = false;
  size_t figures = 0;  // an item; 0: it is an event
};

std::string BodyOf(const Feed& feed, int items) {
  std::string text = feed.head;
  for (int i = 0; i < items; ++i) {
    if (i > 0) text += feed.between;
    text += feed.item(100'000 + i);
  }
  text += feed.tail;
  return feed.utf16 ? AsUtf16(text) : text;
}

void Parse(benchmark::State& state, const Feed& feed) {
  const auto items = static_cast<int>(state.range(0));
  const std::string text = BodyOf(feed, items);
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'k'));
  static const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make({});
  const Adapter& format = **registry->Find(feed.format);
  const Adapter& adapter = *ByFirstByte(format, text);
  ImportOptions import;
  import.page = "77";
  import.zone = *LoadZone(kDefaultZone);
  import.exported = "2025-09-01";
  ParseContext context;
  context.key = &key;
  context.now_ms = kNowMs;
  context.import = &import;
  const size_t events = feed.figures == 0 ? items : 0, figures = feed.figures * items;
  for (auto _ : state) {
    EventBatch batch;
    const absl::Status status = adapter.Parse(CopyToChunk(text), Headers(), context, &batch);
    if (!status.ok() || batch.events.size() != events || batch.figures.size() != figures) {
      state.SkipWithError("events or figures were lost");
    }
  }
  state.SetItemsProcessed(state.iterations() * items);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  const auto each = static_cast<double>(events + figures) * static_cast<double>(state.iterations());
  state.counters["each"] =
      benchmark::Counter(each, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

constexpr char kBatch[] = R"({"batch":[)", kBatchEnd[] = "]}";
const Feed kNative = {"native", Native}, kFacebook = {"facebook", Facebook},
           kInstagram = {"facebook", Instagram}, kZalo = {"zalo", Zalo},
           kPosthog = {"posthog", Posthog, kBatch, ",", kBatchEnd},
           kSegment = {"segment", Segment, kBatch, ",", kBatchEnd},
           kCloudEvents = {"cloudevents", CloudEvents};
const Feed kContent = {"meta-content", Content, kContentHead, "\n", "\n", false, 9};
// As Meta writes it.
const Feed kSeries = {
    "meta-series", Series, "sep=,\r\n\"Views\"\r\n\"Date\",\"Primary\"\r\n", "\r\n", "\r\n",
    true,          1};
const Feed kInsights = {"graph-insights",
                        Insight,
                        R"({"data":[{"name":"page_media_view","period":"day","values":[)",
                        ",",
                        R"(],"id":"77/insights/page_media_view/day"}]})",
                        false,
                        1};
const Feed kTable = {"graph-table",
                     TableRow,
                     "date,page_id,_fivetran_synced,page_impressions,page_impressions_unique,"
                     "page_post_engagements,page_views_total,page_fan_adds\n",
                     "\n",
                     "\n",
                     false,
                     5};

BENCHMARK_CAPTURE(Parse, native, kNative)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, facebook, kFacebook)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, instagram, kInstagram)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, zalo, kZalo)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, posthog, kPosthog)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, segment, kSegment)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, cloudevents, kCloudEvents)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, meta_content, kContent)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, meta_series, kSeries)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, graph_insights, kInsights)->Arg(1)->Arg(5000);
BENCHMARK_CAPTURE(Parse, graph_table, kTable)->Arg(1)->Arg(5000);

}  // namespace
}  // namespace pagepulse::bench
