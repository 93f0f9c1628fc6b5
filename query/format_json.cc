// JSON and NDJSON, and what all formats share.

#include <fmt/format.h>

#include <algorithm>

#include "query/format.h"
#include "query/json_writer.h"
#include "query/query.h"

namespace pagepulse {

bool HasCompareTime(const QueryResult& result) {
  return result.compare_from && std::find(result.groupings.begin(), result.groupings.end(),
                                          "time") != result.groupings.end();
}

std::vector<std::string> ColumnNames(const QueryResult& result) {
  std::vector<std::string> names = result.groupings;
  for (const MetricColumn& metric : result.metrics) names.push_back(metric.name);
  if (HasCompareTime(result)) names.push_back("compare.time");
  if (result.compare_from) {
    for (const MetricColumn& metric : result.metrics) names.push_back("compare." + metric.name);
  }
  return names;
}

std::string NumberText(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return fmt::format("{}", *integer);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  return "";
}

std::string TruncationNote(const QueryResult& result) {
  const int64_t shown = static_cast<int64_t>(result.rows.size());
  const int64_t next = result.query.offset + shown;
  if (next >= result.matching_rows) return "";
  return fmt::format("{} of {} rows are shown; offset={} goes on, the totals are of all", shown,
                     result.matching_rows, next);
}

std::vector<std::string> Notes(const QueryResult& result) {
  std::vector<std::string> notes;
  if (std::string note = TruncationNote(result); !note.empty()) notes.push_back(std::move(note));
  if (!result.partial.empty()) {
    notes.push_back(result.partial.size() == 1
                        ? fmt::format("not whole: the bucket of {}", result.partial[0])
                        : fmt::format("not whole: {} buckets, {} to {}", result.partial.size(),
                                      result.partial.front(), result.partial.back()));
  }
  for (const MetricColumn& metric : result.metrics) {
    if (metric.exact) continue;
    notes.push_back(fmt::format("{} is an estimate: standard error {:.2f} %", metric.name,
                                metric.relative_standard_error * 100));
  }
  notes.insert(notes.end(), result.warnings.begin(), result.warnings.end());
  return notes;
}

std::string FormatJson(const QueryResult& result) {
  const JsonWriter writer(result);
  std::string out = "{\"query\":" + QueryJson(result.query) + ",\"rows\":[";
  for (size_t i = 0; i < result.rows.size(); ++i) {
    out += i > 0 ? ",\n" : "\n";
    writer.AppendRow(result.rows[i], &out);
  }
  out += "],\n\"totals\":";
  writer.AppendTotals(&out);
  out += ",\n\"meta\":";
  writer.AppendMeta(JsonWriter::kWithCompleteUntil, &out);
  out += "}\n";
  return out;
}

std::string FormatNdjson(const QueryResult& result) {
  const JsonWriter writer(result);
  std::string out;
  for (const ResultRow& row : result.rows) {
    writer.AppendRow(row, &out);
    out += '\n';
  }
  return out;
}

std::string FormatResult(const QueryResult& result, OutputFormat format, bool bom) {
  switch (format) {
    case OutputFormat::kCsv:
      return FormatCsv(result, bom);
    case OutputFormat::kNdjson:
      return FormatNdjson(result);
    case OutputFormat::kTable:
      return FormatTable(result);
    default:
      return FormatJson(result);
  }
}

std::string_view ContentType(OutputFormat format) {
  switch (format) {
    case OutputFormat::kCsv:
      return "text/csv; charset=utf-8";
    case OutputFormat::kNdjson:
      return "application/x-ndjson";
    case OutputFormat::kTable:
      return "text/plain; charset=utf-8";
    default:
      return "application/json";
  }
}

}  // namespace pagepulse
