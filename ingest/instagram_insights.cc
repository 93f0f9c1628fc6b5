#include "ingest/instagram_insights.h"

#include <algorithm>
#include <map>

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

// False: it is no whole number, or too few to say.
bool ReadNumber(const dom::element& said, int64_t* value) {
  return said.get(*value) == simdjson::SUCCESS && *value != kTooFewToSay;
}

// Of each metric the lowest rank of the names that say something: what Instagram called it before
// is another count.
std::map<std::string_view, size_t> LowestRanks(const dom::object& value) {
  std::map<std::string_view, size_t> ranks;
  for (const auto& [name, said] : value) {
    int64_t number = 0;
    if (!ReadNumber(said, &number)) continue;
    size_t& rank = ranks.emplace(MetricOfGraph(name), RankOfGraph(name)).first->second;
    rank = std::min(rank, RankOfGraph(name));
  }
  return ranks;
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
  const std::map<std::string_view, size_t> ranks = LowestRanks(value);
  bool any = false;
  for (const auto& [name, said] : value) {
    if (name == kStory) continue;
    any = true;
    if (fault != RejectCode::kNone) break;
    const std::string_view metric = MetricOfGraph(name);
    if (!ReadNumber(said, &figure.value) || RankOfGraph(name) > ranks.at(metric)) {
      writer.Ignore();
      continue;
    }
    figure.metric = writer.Keep(metric);
    writer.Add(figure);
  }
  if (any && fault != RejectCode::kNone) writer.Reject(place.line, fault);
  return any;
}

}  // namespace pagepulse
