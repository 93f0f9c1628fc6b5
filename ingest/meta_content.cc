// Meta's content export: a row a post, lifetime totals as they stood when it was exported.
// docs/reported.md, "meta-content".

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "ingest/adapter.h"
#include "ingest/csv.h"
#include "ingest/facebook.h"
#include "ingest/figure_writer.h"
#include "ingest/meta_names.h"
#include "ingest/report_dates.h"
#include "ingest/report_ids.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

absl::Status Refused(std::string_view code, std::string_view message, std::string_view hint) {
  return MakeError(absl::StatusCode::kInvalidArgument, code, message, hint);
}

// Where the header has what.
struct Columns {
  size_t count = 0;
  bool instagram = false;                                    // an account's export, not a page's
  std::map<ContentColumn, size_t> of;                        // all but figures
  std::vector<std::pair<std::string_view, size_t>> figures;  // metric, place
};

absl::StatusOr<Columns> FindColumns(const std::vector<std::string>& header) {
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < header.size(); ++i) place.emplace(FoldName(header[i]), i);
  Columns columns;
  columns.count = header.size();
  std::map<std::string_view, size_t> metrics;
  for (const ContentName& name : ContentNames()) {
    const auto it = place.find(std::string(name.header));
    if (it == place.end()) continue;
    if (name.column != ContentColumn::kFigure) {
      columns.of.emplace(name.column, it->second);
    } else if (metrics.emplace(name.metric, it->second).second) {
      columns.figures.emplace_back(name.metric, it->second);
    }
  }
  // An account's export has its id, and only posts on Instagram are saved.
  const auto has = [&](const char* name) { return place.contains(name); };
  columns.instagram = has("account id") || has("id tài khoản") ||
                      (metrics.contains("saves") && !columns.of.contains(ContentColumn::kPage));
  if (!columns.of.contains(ContentColumn::kPost) || columns.figures.empty()) {
    return Refused("not_an_export",
                   "The first line does not name the columns of a content export of Meta's.",
                   "It needs `Post ID` (`ID bài viết`) and a figure such as `Views` (`Lượt xem`); "
                   "docs/reported.md lists what is read.");
  }
  return columns;
}

class ContentExport {
 public:
  ContentExport(const ParseContext& context, const Columns& columns, std::optional<int64_t> as_of,
                EventBatch* out)
      : context_(context),
        columns_(columns),
        as_of_(as_of),
        writer_(context, out),
        one_page_(context) {}

  void Broken(uint32_t line) { writer_.Reject(line, RejectCode::kBadRow); }

  // An error refuses the file.
  absl::Status Read(const std::vector<std::string>& cells, uint32_t line) {
    cells_ = &cells;
    RETURN_IF_ERROR(CheckMonthFirst(Cell(ContentColumn::kDate), line));
    RETURN_IF_ERROR(CheckMonthFirst(Cell(ContentColumn::kPublished), line));
    ReadRow(line);
    return absl::OkStatus();
  }

 private:
  void ReadRow(uint32_t line) {
    ReportedFigure figure;
    figure.source = columns_.instagram ? "instagram" : "facebook";
    figure.line = line;
    figure.as_of_ms = *as_of_;
    int64_t published_ms = 0;
    RejectCode fault = ReadPlace(&figure);
    if (fault == RejectCode::kNone) fault = ReadTimes(&figure, &published_ms);
    std::vector<std::pair<std::string_view, int64_t>> values;
    if (fault == RejectCode::kNone) fault = ReadValues(&values);
    if (fault != RejectCode::kNone) return writer_.Reject(line, fault);
    for (const auto& [metric, value] : values) {
      figure.metric = metric;
      figure.value = value;
      writer_.Add(figure);
    }
    AddDetails(figure, published_ms);
  }

  std::string_view Cell(ContentColumn column) const {
    const auto it = columns_.of.find(column);
    return it == columns_.of.end() ? std::string_view() : std::string_view((*cells_)[it->second]);
  }

  RejectCode ReadPlace(ReportedFigure* figure) {
    const std::string_view link = Cell(ContentColumn::kPermalink);
    std::string_view page = ImportPage(context_);
    std::string_view own = Cell(ContentColumn::kPage);
    if (page.empty()) {
      page = own;
      if (IsRounded(own, link)) return RejectCode::kRuinedId;
    } else {
      const std::string_view name = Cell(ContentColumn::kPageName);
      // A rounded id is that of many pages: it says nothing of whose the row is.
      if (own.empty() || (IsRounded(own, link) && !name.empty())) own = name;
      if (IsRounded(own, link)) return RejectCode::kRuinedId;
      if (!one_page_.Takes(own)) return RejectCode::kBadPage;
    }
    if (page.empty()) return RejectCode::kMissingPage;
    std::string_view post;
    const RejectCode fault = ReadPostId(Cell(ContentColumn::kPost), link, &post);
    if (fault != RejectCode::kNone) return fault;
    figure->page = writer_.Keep(page);
    // As the webhook of either names it.
    figure->post = writer_.Keep(columns_.instagram ? std::string(post) : PostOf(page, post));
    return RejectCode::kNone;
  }

  RejectCode ReadTimes(ReportedFigure* figure, int64_t* published_ms) const {
    const std::string_view date = Cell(ContentColumn::kDate);
    if (date.find_first_of("0123456789") != std::string_view::npos) {  // else `Lifetime`
      const auto day = ReadDay(date);
      if (!day) return RejectCode::kBadDay;
      figure->days = 1;
      figure->day = DayNumber(*day);
    }
    const std::string_view published = Cell(ContentColumn::kPublished);
    if (published.empty()) return RejectCode::kNone;
    const auto ms = ReadLocalTime(published, ImportZone(context_));
    if (!ms) return RejectCode::kBadDay;
    *published_ms = *ms;
    return RejectCode::kNone;
  }

  // All of a row or nothing: a row that a spreadsheet has changed is not half right.
  RejectCode ReadValues(std::vector<std::pair<std::string_view, int64_t>>* values) const {
    for (const auto& [metric, place] : columns_.figures) {
      const std::string& cell = (*cells_)[place];
      if (cell.empty()) continue;
      int64_t value = 0;
      if (!ReadWhole(cell, &value)) return RejectCode::kBadValue;
      values->emplace_back(metric, value);
    }
    return RejectCode::kNone;
  }

  void AddDetails(const ReportedFigure& figure, int64_t published_ms) {
    const std::string_view title = Cell(ContentColumn::kTitle);
    const std::string_view description = Cell(ContentColumn::kDescription);
    std::string_view link = Cell(ContentColumn::kPermalink);
    if (!link.starts_with("https://") && !link.starts_with("http://")) link = {};
    PostInfo post;
    post.page = figure.page;
    post.post = figure.post;
    post.title =
        writer_.Keep(FacebookTitle(title.size() >= description.size() ? title : description));
    post.link = writer_.Keep(link);
    post.published_ms = published_ms;
    post.said_ms = figure.as_of_ms;
    writer_.AddPost(post);
  }

  const ParseContext& context_;
  const Columns& columns_;
  const std::optional<int64_t> as_of_;
  FigureWriter writer_;
  const std::vector<std::string>* cells_ = nullptr;
  OnePage one_page_;
};

// When the export was made; see docs/reported.md, "Formats".
absl::StatusOr<int64_t> AsOf(const ParseContext& context) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> exported, ExportedAt(context));
  if (exported) return *exported;
  const std::string_view name = context.import->file_name;
  if (const auto day = LastDayOfName(name)) {
    return 60'000 * DayStartMinute(ImportZone(context), *day);
  }
  return Refused(
      "missing_exported", "Nothing says when this export was made.",
      "Say it: --exported 2025-09-01, over HTTP Pagepulse-Exported (its totals are those "
      "of that day). A file name that holds 2025-09-01 or Aug-01-2025_Aug-31-2025 says "
      "it too.");
}

class MetaContentAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "meta-content"; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers&, const ParseContext& context,
                     EventBatch* out) const override {
    if (context.import == nullptr || !context.import->zone) {
      return Refused(
          "missing_tz", "Meta's content export does not say in which zone its times are.",
          "Say it: --tz Asia/Ho_Chi_Minh, over HTTP Pagepulse-Tz (that of whoever exported "
          "it).");
    }
    ASSIGN_OR_RETURN(const int64_t as_of, AsOf(context));
    ASSIGN_OR_RETURN(const std::string text, DecodeText(chunk.text()));
    CsvReader reader(text, GuessSeparator(text));
    std::vector<std::string> cells;
    reader.Next(&cells);
    ASSIGN_OR_RETURN(const Columns columns, FindColumns(cells));
    ContentExport rows(context, columns, as_of, out);
    while (reader.Next(&cells)) {
      if (cells.size() == columns.count) {
        RETURN_IF_ERROR(rows.Read(cells, reader.line()));
      } else {
        rows.Broken(reader.line());
        reader.Resync();
      }
    }
    return absl::OkStatus();
  }
};

}  // namespace

const Adapter& MetaContent() {
  static const MetaContentAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
