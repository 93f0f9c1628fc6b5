#include "ingest/instagram_insights.h"

#include "ingest/delivery.h"
#include "ingest/event_faults.h"
#include "ingest/figure_writer.h"
#include "ingest/meta_names.h"

namespace pagepulse {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kSource = "instagram";
constexpr std::string_view kStory = "media_id";
constexpr int64_t kTooFewToSay = -1;

RejectCode FaultOf(const StoryInsightsPlace& place, std::string_view story,
                   const ParseContext& context) {
  RejectCode code = TimeFault(place.sent_ms, context);
  if (code == RejectCode::kNone) code = NamesFault(place.page, story, "");
  if (code == RejectCode::kNone && story.empty()) code = RejectCode::kBadPost;
  return code;
}

}  // namespace

bool ReadStoryInsights(const dom::object& value, const StoryInsightsPlace& place,
                       const ParseContext& context, EventBatch* out) {
  FigureWriter writer(context, out);
  ReportedFigure figure;
  figure.page = place.page;
  figure.post = Keep(TextOf(value, kStory, out), out);
  figure.source = kSource;
  figure.as_of_ms = place.sent_ms;
  figure.line = place.line;
  const RejectCode fault = FaultOf(place, figure.post, context);
  bool any = false;
  for (const auto& [name, said] : value) {
    if (name == kStory) continue;
    any = true;
    if (fault != RejectCode::kNone) break;
    if (said.get(figure.value) != simdjson::SUCCESS || figure.value == kTooFewToSay) {
      writer.Ignore();
      continue;
    }
    figure.metric = writer.Keep(MetricOfGraph(name));
    writer.Add(figure);
  }
  if (any && fault != RejectCode::kNone) writer.Reject(place.line, fault);
  return any;
}

}  // namespace pagepulse
