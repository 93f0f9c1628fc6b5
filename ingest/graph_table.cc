// Tables whose columns are Graph's metrics, a row a day of a page or a post, as Fivetran's
// connector writes them. docs/reported.md, "graph-table".

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "ingest/adapter.h"
#include "ingest/csv.h"
#include "ingest/figure_writer.h"
#include "ingest/graph_time.h"
#include "ingest/meta_names.h"
#include "ingest/report_ids.h"

namespace pagepulse {
namespace {

constexpr std::string_view kSource = "facebook";
constexpr std::string_view kPage = "page_id", kPost = "post_id", kDate = "date",
                           kSynced = "_fivetran_synced";

// `2020-04-10 07:00:00 UTC`, with a fraction or without.
bool ReadInstant(const std::string& text, int64_t* ms) {
  absl::Time time;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S UTC", text, &time, nullptr)) return false;
  *ms = absl::ToUnixMillis(time);
  return *ms > 0;
}

class Table {
 public:
  Table(const ParseContext& context, EventBatch* out)
      : context_(context), zone_(ImportZone(context)), writer_(context, out), one_page_(context) {}

  // False: it is none of those that are read.
  bool Begin(const std::vector<std::string>& header) {
    std::map<std::string, size_t> metrics;
    for (size_t i = 0; i < header.size(); ++i) {
      const std::string name = FoldName(header[i]);
      const bool is_metric = name != kPage && name != kPost &&
                             (name.starts_with("page_") || name.starts_with("post_"));
      (is_metric ? metrics : place_).emplace(name, i);
    }
    // Of two columns of one metric the first that a row fills.
    for (const GraphName& name : GraphNames()) {
      const auto it = metrics.find(std::string(name.graph));
      if (it == metrics.end()) continue;
      columns_.emplace_back(writer_.Keep(name.metric), it->second);
      metrics.erase(it);
    }
    for (const auto& [name, at] : metrics) columns_.emplace_back(writer_.Keep(name), at);
    width_ = header.size();
    return place_.contains(std::string(kDate)) && !columns_.empty() &&
           place_.contains(std::string(kPage)) != place_.contains(std::string(kPost));
  }

  bool Read(const std::vector<std::string>& cells, uint32_t line) {
    if (cells.size() != width_) {
      writer_.Reject(line, RejectCode::kBadRow);
      return false;
    }
    const auto cell = [&](std::string_view name) {
      const auto it = place_.find(std::string(name));
      return it == place_.end() ? std::string() : cells[it->second];
    };
    int64_t end_ms = 0, synced_ms = 0;
    if (!ReadInstant(cell(kDate), &end_ms)) return Reject(line, RejectCode::kBadDay);
    if (!ReadInstant(cell(kSynced), &synced_ms)) synced_ms = end_ms;
    ReportedFigure figure;
    figure.source = kSource;
    figure.line = line;
    const std::string post = cell(kPost), page = cell(kPage);
    if (IsRounded(post) || IsRounded(page)) return Reject(line, RejectCode::kRuinedId);
    const std::string own = post.empty() ? page : post.substr(0, post.find('_'));
    const bool says = post.empty() || own.size() < post.size();
    if (says && !one_page_.Takes(own)) return Reject(line, RejectCode::kBadPage);
    figure.post = writer_.Keep(post);
    figure.page = writer_.Keep(ImportPage(context_).empty() ? own : ImportPage(context_));
    ReadValues(cells, figure, end_ms, synced_ms);
    return true;
  }

 private:
  bool Reject(uint32_t line, RejectCode code) {
    writer_.Reject(line, code);
    return true;
  }

  void ReadValues(const std::vector<std::string>& cells, ReportedFigure figure, int64_t end_ms,
                  int64_t synced_ms) {
    std::string_view last;
    for (const auto& [metric, at] : columns_) {
      if (cells[at].empty() || metric == last) continue;
      last = metric;
      figure.metric = metric;
      if (!ReadWhole(cells[at], &figure.value)) {
        writer_.Reject(figure.line, RejectCode::kBadValue);
        continue;
      }
      ReportedFigure said = figure;
      if (said.post.empty() && !IsGauge(metric)) {
        SetPeriod(1, end_ms, zone_, &said);
        said.as_of_ms = synced_ms;
      } else {
        said.as_of_ms = end_ms - 1;  // how it stood when the day ended
      }
      writer_.Add(said);
    }
  }

  const ParseContext& context_;
  const absl::TimeZone zone_;
  FigureWriter writer_;
  OnePage one_page_;
  size_t width_ = 0;
  std::map<std::string, size_t> place_;                       // all but metrics
  std::vector<std::pair<std::string_view, size_t>> columns_;  // those of one metric together
};

class GraphTableAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "graph-table"; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers&, const ParseContext& context,
                     EventBatch* out) const override {
    ASSIGN_OR_RETURN(const std::string text, DecodeText(chunk.text()));
    CsvReader reader(text, GuessSeparator(text));
    Table table(context, out);
    std::vector<std::string> cells;
    reader.Next(&cells);
    if (!table.Begin(cells)) {
      return MakeError(absl::StatusCode::kInvalidArgument, "not_a_table",
                       "The first line does not name the columns of a table of Graph's metrics.",
                       "It needs `date`, `page_id` or `post_id`, and metrics that begin with "
                       "`page_` or `post_`.");
    }
    while (reader.Next(&cells)) {
      if (!table.Read(cells, reader.line())) reader.Resync();
    }
    return absl::OkStatus();
  }
};

}  // namespace

const Adapter& GraphTable() {
  static const GraphTableAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
