// Answers of Meta's Graph about insights. docs/reported.md, "graph-insights".

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "ingest/adapter.h"
#include "ingest/figure_writer.h"
#include "ingest/graph_time.h"
#include "ingest/meta_names.h"
#include "ingest/report_ids.h"
#include "ingest/timestamp.h"

namespace pagepulse {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kSource = "facebook";
constexpr uint16_t kNoPeriod = std::numeric_limits<uint16_t>::max();

std::string_view TextOf(const dom::object& object, std::string_view key) {
  std::string_view text;
  return object.at_key(key).get(text) == simdjson::SUCCESS ? text : std::string_view();
}

uint16_t DaysOf(std::string_view period) {
  if (period == "day") return 1;
  if (period == "week") return 7;
  if (period == "days_28") return 28;
  return period == "lifetime" ? 0 : kNoPeriod;
}

// Whole numbers, however they are written.
bool ReadNumber(const dom::element& value, int64_t* out) {
  if (value.get(*out) == simdjson::SUCCESS) return true;
  double real = 0;
  if (value.get(real) != simdjson::SUCCESS || real != std::floor(real)) return false;
  if (std::abs(real) > static_cast<double>(kMaxReported)) return false;
  *out = static_cast<int64_t>(real);
  return true;
}

class Answer {
 public:
  Answer(const ParseContext& context, EventBatch* out)
      : context_(context), zone_(ImportZone(context)), writer_(context, out), one_page_(context) {}

  // Insights wherever they stand: by themselves, in lists, under `data` and `insights`.
  void Visit(const dom::element& element, int depth = 0) {
    constexpr int kMaxDepth = 8;
    dom::array list;
    dom::object object;
    if (depth > kMaxDepth) return;
    if (element.get(list) == simdjson::SUCCESS) {
      empty_list_ = empty_list_ || list.begin() == list.end();
      for (const dom::element item : list) Visit(item, depth + 1);
    } else if (element.get(object) == simdjson::SUCCESS) {
      const bool is_insight =
          !TextOf(object, "name").empty() && (Has(object, "values") || Has(object, "total_value"));
      if (is_insight) return ReadInsight(object);
      for (const char* key : {"data", "insights"}) {
        dom::element inner;
        if (object.at_key(key).get(inner) == simdjson::SUCCESS) Visit(inner, depth + 1);
      }
    }
  }

  absl::Status Finish(std::optional<int64_t> exported) {
    if (!any_ && !empty_list_) {
      return MakeError(absl::StatusCode::kInvalidArgument, "no_insights",
                       "There are no insights of Graph's in this.",
                       "An answer to /{page}/insights or /{post}/insights is read, or one insight "
                       "of it: a `name` with its `values`.");
    }
    RETURN_IF_ERROR(CheckFigures(figures_.size()));
    if (!exported && last_end_ms_ > 0) exported = last_end_ms_;
    for (auto& [figure, rank] : figures_) {
      // What Graph called it before is another count: never a second word on the same days.
      if (rank > ranks_.at(KeyOf(figure))) {
        writer_.Ignore();
        continue;
      }
      if (figure.as_of_ms == 0 && !exported) {
        return MakeError(absl::StatusCode::kInvalidArgument, "missing_exported",
                         "Nothing says when these totals were asked for.",
                         "Say it: --exported 2025-09-01, or an instant (over HTTP: "
                         "Pagepulse-Exported).");
      }
      if (figure.as_of_ms == 0) figure.as_of_ms = *exported;
      writer_.Add(figure);
    }
    writer_.SortRejections();
    return absl::OkStatus();
  }

 private:
  static bool Has(const dom::object& object, std::string_view key) {
    dom::element value;
    return object.at_key(key).get(value) == simdjson::SUCCESS;
  }

  // What two names of Graph's may both tell. As it is read: as_of_ms 0 is that of the answer.
  using Key =
      std::tuple<std::string_view, std::string_view, std::string_view, uint16_t, int64_t, int64_t>;
  static Key KeyOf(const ReportedFigure& figure) {
    return {figure.page, figure.post,   figure.metric,
            figure.days, figure.end_ms, figure.days == 0 ? figure.as_of_ms : 0};
  }

  void ReadInsight(const dom::object& insight) {
    any_ = true;
    ReportedFigure figure;
    figure.source = kSource;
    const std::string_view name = TextOf(insight, "name");
    figure.metric = writer_.Keep(MetricOfGraph(name));
    rank_ = RankOfGraph(name);
    const uint16_t days = DaysOf(TextOf(insight, "period"));
    is_foreign_ = !SetPlace(name, TextOf(insight, "id"), days, &figure);
    dom::array values;
    dom::element total;
    if (insight.at_key("values").get(values) == simdjson::SUCCESS) {
      for (const dom::element value : values) ReadValue(value, days, figure);
    } else if (insight.at_key("total_value").get(total) == simdjson::SUCCESS) {
      ReadValue(total, days, figure);
    }
  }

  // `{object}/insights/{name}/{period}`: a post's object holds its page's; a medium's does not.
  // False: it says that it is of another page than the one before.
  bool SetPlace(std::string_view name, std::string_view id, uint16_t days, ReportedFigure* figure) {
    const size_t end = id.find("/insights/");
    const std::string_view object =
        end == std::string_view::npos ? std::string_view() : id.substr(0, end);
    // The numbers of a page and of its post.
    const size_t between = object.find_first_not_of("0123456789");
    const bool has_page =
        between != std::string_view::npos && between > 0 && object[between] == '_';
    const std::string_view before = has_page ? object.substr(0, between) : object;
    std::string_view page = ImportPage(context_);
    bool of_post = name.starts_with("post_") || has_page;
    of_post = of_post || (days == 0 && !page.empty() && !object.empty() && object != page &&
                          !name.starts_with("page_"));
    if (page.empty()) page = before;
    figure->page = writer_.Keep(page);
    if (of_post) figure->post = writer_.Keep(object);
    const bool says = has_page || (!of_post && !object.empty());
    return !says || one_page_.Takes(before);
  }

  void ReadValue(const dom::element& element, uint16_t days, ReportedFigure figure) {
    dom::object object;
    dom::element value;
    if (element.get(object) != simdjson::SUCCESS) return writer_.Ignore();
    ++line_;
    if (days == kNoPeriod || object.at_key("value").get(value) != simdjson::SUCCESS ||
        !ReadNumber(value, &figure.value)) {
      return writer_.Ignore();
    }
    figure.line = line_;
    if (is_foreign_) return writer_.Reject(line_, RejectCode::kBadPage);
    const std::string_view end = TextOf(object, "end_time");
    int64_t end_ms = 0;
    if (!end.empty() && (!TimestampReader().Read(end, &end_ms) || end_ms == 0)) {
      return writer_.Reject(line_, RejectCode::kBadDay);
    }
    if (end.empty() && days > 0) return writer_.Ignore();
    last_end_ms_ = std::max(last_end_ms_, end_ms);
    if (days > 0 && !IsGauge(figure.metric)) {
      SetPeriod(days, end_ms, zone_, &figure);
    } else if (end_ms > 0) {
      figure.as_of_ms = end_ms - 1;  // how it stood when the day ended
    }
    if (figures_.size() > kMaxFigures) return;  // Finish refuses it
    figures_.emplace_back(figure, rank_);
    size_t& rank = ranks_.emplace(KeyOf(figure), rank_).first->second;
    rank = std::min(rank, rank_);
  }

  const ParseContext& context_;
  const absl::TimeZone zone_;
  FigureWriter writer_;
  OnePage one_page_;
  bool is_foreign_ = false;  // the insight that is read
  bool any_ = false, empty_list_ = false;
  uint32_t line_ = 0;  // the running number of the value
  int64_t last_end_ms_ = 0;
  size_t rank_ = 0;  // of the name of the insight that is read
  std::vector<std::pair<ReportedFigure, size_t>> figures_;  // and the rank of its name
  std::map<Key, size_t> ranks_;                             // the lowest of those
};

class GraphInsightsAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "graph-insights"; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers&, const ParseContext& context,
                     EventBatch* out) const override {
    ASSIGN_OR_RETURN(const std::optional<int64_t> exported, ExportedAt(context));
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    const size_t skip = chunk.text().starts_with(kMark) ? kMark.size() : 0;
    dom::parser parser;
    dom::element document;
    if (chunk.size == skip ||
        parser.parse(chunk.block.get() + skip, chunk.size - skip, false).get(document) !=
            simdjson::SUCCESS) {
      return MakeError(absl::StatusCode::kInvalidArgument, "bad_json", "This is not JSON in UTF-8.",
                       "Load the bytes as Graph answered them.");
    }
    Answer answer(context, out);
    answer.Visit(document);
    return answer.Finish(exported);
  }
};

}  // namespace

const Adapter& GraphInsights() {
  static const GraphInsightsAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
