#include "query/json_writer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "model/time_zone.h"
#include "query/format.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

void AppendText(const std::optional<std::string>& text, std::string* out) {
  if (text) {
    AppendJsonString(*text, out);
  } else {
    *out += "null";
  }
}

void AppendStrings(const char* name, const std::vector<std::string>& items, std::string* out) {
  *out += fmt::format(",\"{}\":[", name);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonString(items[i], out);
  }
  *out += ']';
}

}  // namespace

JsonWriter::JsonWriter(const QueryResult& result)
    : result_(result),
      has_compare_time_(HasCompareTime(result)),
      zone_(LoadZone(result.query.tz).value_or(absl::UTCTimeZone())) {
  for (const std::string& name : ColumnNames(result)) {
    std::string quoted;
    AppendJsonString(name, &quoted);
    names_.push_back(quoted + ":");
  }
}

void JsonWriter::AppendName(size_t column, std::string* out) const {
  if (out->back() != '{') *out += ',';
  *out += names_[column];
}

void JsonWriter::AppendValues(const std::vector<Value>& values, size_t first_column,
                              std::string* out) const {
  for (size_t i = 0; i < values.size(); ++i) {
    AppendName(first_column + i, out);
    *out += values[i].index() == 0 ? "null" : NumberText(values[i]);
  }
}

void JsonWriter::AppendLabels(const ResultRow& row, std::string* out) const {
  for (size_t i = 0; i < row.labels.size(); ++i) {
    AppendName(i, out);
    AppendText(row.labels[i], out);
  }
}

void JsonWriter::AppendKey(const ResultRow& row, std::string* out) const {
  *out += '{';
  AppendLabels(row, out);
  *out += '}';
}

void JsonWriter::AppendRow(const ResultRow& row, std::string* out) const {
  *out += '{';
  AppendLabels(row, out);
  size_t column = row.labels.size();
  AppendValues(row.values, column, out);
  column += row.values.size();
  if (has_compare_time_) {
    AppendName(column++, out);
    AppendText(row.compare_time, out);
  }
  AppendValues(row.compare_values, column, out);
  *out += '}';
}

void JsonWriter::AppendTotals(std::string* out) const {
  const size_t column = result_.groupings.size();
  *out += '{';
  AppendValues(result_.totals, column, out);
  AppendValues(result_.compare_totals,
               column + result_.metrics.size() + (has_compare_time_ ? 1 : 0), out);
  *out += '}';
}

void JsonWriter::AppendMetrics(std::string* out) const {
  constexpr const char* kKinds[] = {"additive", "net", "distinct", "ratio", "reported"};
  for (size_t i = 0; i < result_.metrics.size(); ++i) {
    const MetricColumn& metric = result_.metrics[i];
    AppendName(result_.groupings.size() + i, out);
    *out += fmt::format("{{\"kind\":\"{}\"", kKinds[static_cast<int>(metric.kind)]);
    if (metric.kind == MetricKind::kDistinct) {
      *out += metric.exact ? ",\"exact\":true"
                           : fmt::format(",\"exact\":false,\"relative_standard_error\":{:.5f}",
                                         metric.relative_standard_error);
    }
    if (!metric.platforms_pages.empty()) AppendStrings("platform", metric.platforms_pages, out);
    if (!metric.unmeasured_pages.empty()) AppendStrings("unmeasured", metric.unmeasured_pages, out);
    if (metric.only_totals) {
      *out += ",\"since_beginning\":true";
    } else if (!metric.total_times.empty()) {
      AppendStrings("since_beginning", metric.total_times, out);
    }
    if (!metric.reported_days.empty()) AppendStrings("days", metric.reported_days, out);
    if (!metric.days_end.empty()) *out += fmt::format(",\"days_end\":\"{}\"", metric.days_end);
    *out += '}';
  }
}

void JsonWriter::AppendDefinitions(std::string* out) const {
  *out += ",\"definitions\":[";
  for (const CrossedDefinition& crossed : result_.definitions) {
    *out += out->back() == '[' ? "{\"metric\":" : ",{\"metric\":";
    AppendJsonString(crossed.metric, out);
    *out += fmt::format(R"(,"report":"{}","since":"{}"}})", crossed.report, crossed.since);
  }
  *out += ']';
}

void JsonWriter::AppendOnlyReported(std::string* out) const {
  *out += ",\"only_reported\":[";
  for (const OnlyReported& only : result_.only_reported) {
    *out += out->back() == '[' ? "{\"page\":" : ",{\"page\":";
    AppendJsonString(only.page, out);
    *out += ",\"metric\":";
    AppendJsonString(only.metric, out);
    AppendStrings("authority", only.authority, out);
    *out += '}';
  }
  *out += ']';
}

void JsonWriter::AppendMeta(MetaParts parts, std::string* out) const {
  *out += "{\"metrics\":{";
  AppendMetrics(out);
  *out += "},\"tz\":";
  AppendJsonString(result_.query.tz, out);
  if (parts == kWithCompleteUntil) {
    *out +=
        fmt::format(",\"complete_until\":\"{}\"", FormatMillis(result_.complete_until_ms, zone_));
  }
  if (result_.compare_from && result_.compare_to) {
    *out += fmt::format(",\"compare\":{{\"from\":\"{}\",\"to\":\"{}\"}}",
                        FormatMinute(result_.compare_from->minute, zone_),
                        FormatMinute(result_.compare_to->minute, zone_));
  }
  AppendStrings("partial", result_.partial, out);
  AppendStrings("warnings", result_.warnings, out);
  if (!result_.definitions.empty()) AppendDefinitions(out);
  if (!result_.only_reported.empty()) AppendOnlyReported(out);
  if (const std::string note = TruncationNote(result_); !note.empty()) {
    *out +=
        fmt::format(",\"truncated\":{{\"rows\":{},\"of\":{},\"next\":{{\"offset\":{}}},\"hint\":",
                    result_.rows.size(), result_.matching_rows,
                    result_.query.offset + static_cast<int64_t>(result_.rows.size()));
    AppendJsonString(note, out);
    *out += '}';
  }
  *out += '}';
}

}  // namespace pagepulse
