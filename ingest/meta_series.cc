// The daily series of a page, as Meta's insights export them one metric a file. docs/reported.md,
// "meta-series".

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "ingest/adapter.h"
#include "ingest/csv.h"
#include "ingest/figure_writer.h"
#include "ingest/meta_names.h"
#include "ingest/report_dates.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

constexpr std::string_view kSource = "facebook";

class Series {
 public:
  Series(const ParseContext& context, EventBatch* out)
      : context_(context), writer_(context, out), page_(writer_.Keep(ImportPage(context))) {}

  void Read(const std::vector<std::string>& cells, uint32_t line) {
    // An empty line, as a spreadsheet writes it back: `,`.
    if (std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.empty(); })) {
      return;
    }
    if (cells.size() == 1 && !ReadDay(cells[0])) return Begin(cells[0]);
    if (cells.size() == 2 && cells[0].find_first_of("0123456789") == std::string::npos) {
      // A spreadsheet fills a title up to two cells; the other such row is `Date,Primary`.
      return cells[1].empty() ? Begin(cells[0]) : void();
    }
    if (metric_.empty()) return writer_.Ignore();
    const auto day = ReadDay(cells[0]);
    ReportedFigure figure;
    RejectCode fault = RejectCode::kNone;
    if (cells.size() != 2) {
      fault = RejectCode::kBadRow;
    } else if (!day) {
      fault = RejectCode::kBadDay;
    } else if (!ReadWhole(cells[1], &figure.value)) {
      fault = RejectCode::kBadValue;
    }
    if (fault != RejectCode::kNone) return writer_.Reject(line, fault);
    figure.page = page_;
    figure.metric = metric_;
    figure.source = kSource;
    figure.days = 1;
    figure.day = DayNumber(*day);
    figure.line = line;
    if (figures_.size() <= kMaxFigures) figures_.push_back(figure);
  }

  absl::Status Finish(std::optional<int64_t> exported) {
    if (!any_) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "unknown_series",
          "Neither a title nor the file's name says which metric this series is of.",
          "The title is one of Views, Viewers, Content interactions, Facebook follows, "
          "…, or the file's name holds luot_xem, nguoi_xem, …: docs/reported.md.");
    }
    RETURN_IF_ERROR(CheckFigures(figures_.size()));
    int32_t last = 0;
    for (const ReportedFigure& figure : figures_) last = std::max(last, figure.day);
    // Its last day may not have been over when it was exported, only begun: so a later file has the
    // last word on it, and of two of that day the greater value.
    const int64_t begun = 60'000 * DayStartMinute(ImportZone(context_), CivilDayOf(last));
    for (ReportedFigure& figure : figures_) {
      figure.as_of_ms = exported.value_or(begun);
      writer_.Add(figure);
    }
    writer_.SortRejections();
    return absl::OkStatus();
  }

 private:
  void Begin(const std::string& title) {
    auto metric = MetricOfTitle(FoldName(title));
    if (!metric) metric = MetricOfFileName(context_.import->file_name);
    metric_ = metric.value_or(std::string_view());
    any_ = any_ || metric.has_value();
  }

  const ParseContext& context_;
  FigureWriter writer_;
  const std::string_view page_;
  std::string_view metric_;  // of the series that is read; empty: unknown
  bool any_ = false;
  std::vector<ReportedFigure> figures_;
};

class MetaSeriesAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "meta-series"; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers&, const ParseContext& context,
                     EventBatch* out) const override {
    if (ImportPage(context).empty()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "missing_page",
                       "A daily series does not say which page it is of.",
                       "Say it: --page ID, over HTTP Pagepulse-Page.");
    }
    ASSIGN_OR_RETURN(const std::optional<int64_t> exported, ExportedAt(context));
    ASSIGN_OR_RETURN(const std::string text, DecodeText(chunk.text()));
    CsvReader reader(text, GuessSeparator(text));
    Series series(context, out);
    std::string before;
    for (std::vector<std::string> cells; reader.Next(&cells);) {
      RETURN_IF_ERROR(CheckMonthFirst(cells[0], reader.line()));
      RETURN_IF_ERROR(CheckNextDay(before, cells[0], reader.line()));
      series.Read(cells, reader.line());
      if (!cells[0].empty()) before = std::move(cells[0]);
    }
    return series.Finish(exported);
  }
};

}  // namespace

const Adapter& MetaSeries() {
  static const MetaSeriesAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
