#pragma once

// What the adapters of reports share: when a report was made, the texts of its cells, and figures
// that are checked before they are taken. Not thread-safe; lives no longer than what it is given.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ingest/adapter.h"

namespace pagepulse {

// The zone of --tz, else the default one.
absl::TimeZone ImportZone(const ParseContext& context);
// --page; empty: not given.
std::string_view ImportPage(const ParseContext& context);
// --exported, as an instant; nullopt: not given. INVALID_ARGUMENT `bad_exported`.
absl::StatusOr<std::optional<int64_t>> ExportedAt(const ParseContext& context);

// A whole number in digits, perhaps with `.0` or `.00`: 0 to kMaxReported.
bool ReadWhole(std::string_view text, int64_t* value);
// A column's name as tables of names have it: no white space around it, ASCII in lower case.
std::string FoldName(std::string_view name);

// INVALID_ARGUMENT `too_many_figures`: one submission has more than kMaxFigures.
absl::Status CheckFigures(size_t figures);

class FigureWriter {
 public:
  FigureWriter(const ParseContext& context, EventBatch* out)
      : context_(context), out_(*out), import_page_(Keep(ImportPage(context))) {}

  // Text that the batch then holds.
  std::string_view Keep(std::string_view text);
  // Takes the figure, or rejects its line: a name that is none, a value above what can be counted,
  // a time ahead of the clock or before the retention. Of more than CheckFigures lets pass it keeps
  // one.
  void Add(const ReportedFigure& figure);
  void Reject(uint32_t line, RejectCode code);
  void Ignore() { ++out_.ignored; }
  void AddPost(const PostInfo& post);
  // Of an adapter that keeps figures back until it has read everything: rejections by line again.
  void SortRejections();

 private:
  RejectCode Fault(const ReportedFigure& figure) const;
  void Reject(uint32_t line, RejectCode code, std::string_view page);  // which lives as the batch

  const ParseContext& context_;
  EventBatch& out_;
  const std::string_view import_page_;
};

}  // namespace pagepulse
