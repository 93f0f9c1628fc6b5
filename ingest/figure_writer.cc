#include "ingest/figure_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/string_view.h"
#include "ingest/event_faults.h"
#include "ingest/report_dates.h"
#include "ingest/timestamp.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

}  // namespace

absl::TimeZone ImportZone(const ParseContext& context) {
  if (context.import != nullptr && context.import->zone) return *context.import->zone;
  static const absl::TimeZone zone = LoadZone(kDefaultZone).value_or(absl::UTCTimeZone());
  return zone;
}

std::string_view ImportPage(const ParseContext& context) {
  return context.import == nullptr ? std::string_view() : context.import->page;
}

absl::StatusOr<std::optional<int64_t>> ExportedAt(const ParseContext& context) {
  if (context.import == nullptr || context.import->exported.empty()) return std::nullopt;
  const std::string& text = context.import->exported;
  int64_t ms = 0;
  if (TimestampReader().Read(text, &ms)) return ms;
  if (const auto day = ReadIsoDay(text)) {
    return 60'000 * DayStartMinute(ImportZone(context), *day);
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_exported",
                   fmt::format("`{}` is not when something was exported", text),
                   "give a day (2025-09-01) or an instant with its zone (RFC 3339)");
}

bool ReadWhole(std::string_view text, int64_t* value) {
  const size_t point = text.find('.');
  if (point != std::string_view::npos) {
    const std::string_view fraction = text.substr(point + 1);
    // `1.000` is a thousand where the point parts thousands, as in Vietnam.
    if (fraction != "0" && fraction != "00") return false;
    text = text.substr(0, point);
  }
  if (!AllDigits(text)) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && *value <= kMaxReported;
}

absl::Status CheckFigures(size_t figures) {
  if (figures <= kMaxFigures) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kInvalidArgument, "too_many_figures",
      fmt::format("This has more than {} figures; nothing of it was counted.", kMaxFigures),
      "Load it in parts: files of fewer rows, or an export of fewer days.");
}

std::string FoldName(std::string_view name) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!name.empty() && is_space(name.front())) name.remove_prefix(1);
  while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

std::string_view FigureWriter::Keep(std::string_view text) {
  if (text.empty()) return {};
  out_.strings.push_back(std::make_unique<std::string>(text));
  return *out_.strings.back();
}

void FigureWriter::Reject(uint32_t line, RejectCode code) { Reject(line, code, import_page_); }

void FigureWriter::Reject(uint32_t line, RejectCode code, std::string_view page) {
  Rejection rejection;
  rejection.line = line;
  rejection.code = code;
  if (IsPage(page)) rejection.page = page;
  out_.rejections.push_back(rejection);
}

RejectCode FigureWriter::Fault(const ReportedFigure& figure) const {
  const RejectCode names = NamesFault(figure.page, figure.post, "");
  if (names != RejectCode::kNone) return names;
  if (!IsReportedName(figure.metric)) return RejectCode::kBadType;
  if (figure.source.empty() || figure.source.size() > kMaxSourceBytes || !IsName(figure.source)) {
    return RejectCode::kBadSource;
  }
  const bool counts =
      figure.days == 0 && CountedReport(figure.metric, !figure.post.empty()).has_value();
  if (figure.value < 0 || figure.value > (counts ? kMaxCountedReported : kMaxReported)) {
    return RejectCode::kBadValue;
  }
  if (figure.as_of_ms > context_.now_ms + kMaxAheadMs) return RejectCode::kFuture;
  if (figure.as_of_ms < std::max<int64_t>(context_.oldest_ms, 0)) return RejectCode::kTooOld;
  return RejectCode::kNone;
}

void FigureWriter::Add(const ReportedFigure& figure) {
  if (out_.figures.size() > kMaxFigures) return;
  const RejectCode fault = Fault(figure);
  if (fault == RejectCode::kNone) {
    out_.figures.push_back(figure);
  } else {
    Reject(figure.line, fault, figure.page);
  }
}

void FigureWriter::SortRejections() {
  std::stable_sort(out_.rejections.begin(), out_.rejections.end(),
                   [](const Rejection& a, const Rejection& b) { return a.line < b.line; });
}

void FigureWriter::AddPost(const PostInfo& post) {
  if (IsPage(post.page) && !post.post.empty() && IsName(post.post)) {
    out_.posts.push_back(post);
  }
}

}  // namespace pagepulse
