// JSON and NDJSON, and what all formats share.

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/time_zone.h"
#include "query/format.h"
#include "query/query.h"
#include "query/time_text.h"

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

namespace {

class JsonWriter {
 public:
  explicit JsonWriter(const QueryResult& result) : result_(result) {
    for (const std::string& name : ColumnNames(result)) {
      std::string key;
      AppendJsonString(name, &key);
      keys_.push_back(key + ":");
    }
    zone_ = LoadZone(result.query.tz).value_or(absl::UTCTimeZone());
  }

  std::string Document() {
    out_ = "{\"query\":" + QueryJson(result_.query) + ",\"rows\":[";
    for (size_t i = 0; i < result_.rows.size(); ++i) {
      out_ += i > 0 ? ",\n" : "\n";
      AddRow(result_.rows[i]);
    }
    out_ += "],\n\"totals\":";
    AddTotals();
    out_ += ",\n\"meta\":";
    AddMeta();
    out_ += "}\n";
    return std::move(out_);
  }

  std::string Lines() {
    for (const ResultRow& row : result_.rows) {
      AddRow(row);
      out_ += '\n';
    }
    return std::move(out_);
  }

 private:
  void AddKey(size_t column) {
    if (out_.back() != '{') out_ += ',';
    out_ += keys_[column];
  }
  void AddText(const std::optional<std::string>& text) {
    if (text) {
      AppendJsonString(*text, &out_);
    } else {
      out_ += "null";
    }
  }
  void AddValues(const std::vector<Value>& values, size_t first_column) {
    for (size_t i = 0; i < values.size(); ++i) {
      AddKey(first_column + i);
      out_ += values[i].index() == 0 ? "null" : NumberText(values[i]);
    }
  }
  void AddRow(const ResultRow& row) {
    out_ += '{';
    size_t column = 0;
    for (const auto& label : row.labels) {
      AddKey(column++);
      AddText(label);
    }
    AddValues(row.values, column);
    column += row.values.size();
    if (HasCompareTime(result_)) {
      AddKey(column++);
      AddText(row.compare_time);
    }
    AddValues(row.compare_values, column);
    out_ += '}';
  }
  void AddTotals() {
    const size_t column = result_.groupings.size();
    out_ += '{';
    AddValues(result_.totals, column);
    AddValues(result_.compare_totals,
              column + result_.metrics.size() + (HasCompareTime(result_) ? 1 : 0));
    out_ += '}';
  }

  void AddStrings(const char* key, const std::vector<std::string>& items) {
    out_ += fmt::format(",\"{}\":[", key);
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      AppendJsonString(items[i], &out_);
    }
    out_ += ']';
  }
  void AddMetrics() {
    constexpr const char* kKinds[] = {"additive", "net", "distinct", "ratio"};
    for (size_t i = 0; i < result_.metrics.size(); ++i) {
      const MetricColumn& metric = result_.metrics[i];
      AddKey(result_.groupings.size() + i);
      out_ += fmt::format("{{\"kind\":\"{}\"", kKinds[static_cast<int>(metric.kind)]);
      if (metric.kind == MetricKind::kDistinct) {
        out_ += metric.exact ? ",\"exact\":true"
                             : fmt::format(",\"exact\":false,\"relative_standard_error\":{:.5f}",
                                           metric.relative_standard_error);
      }
      out_ += '}';
    }
  }
  void AddMeta() {
    out_ += "{\"metrics\":{";
    AddMetrics();
    out_ += "},\"tz\":";
    AppendJsonString(result_.query.tz, &out_);
    out_ +=
        fmt::format(",\"complete_until\":\"{}\"", FormatMillis(result_.complete_until_ms, zone_));
    if (result_.compare_from && result_.compare_to) {
      out_ += fmt::format(",\"compare\":{{\"from\":\"{}\",\"to\":\"{}\"}}",
                          FormatMinute(result_.compare_from->minute, zone_),
                          FormatMinute(result_.compare_to->minute, zone_));
    }
    AddStrings("partial", result_.partial);
    AddStrings("warnings", result_.warnings);
    if (const std::string note = TruncationNote(result_); !note.empty()) {
      out_ +=
          fmt::format(",\"truncated\":{{\"rows\":{},\"of\":{},\"next\":{{\"offset\":{}}},\"hint\":",
                      result_.rows.size(), result_.matching_rows,
                      result_.query.offset + static_cast<int64_t>(result_.rows.size()));
      AppendJsonString(note, &out_);
      out_ += '}';
    }
    out_ += '}';
  }

  const QueryResult& result_;
  std::vector<std::string> keys_;  // of the columns, quoted
  absl::TimeZone zone_;
  std::string out_;
};

}  // namespace

std::string FormatJson(const QueryResult& result) { return JsonWriter(result).Document(); }
std::string FormatNdjson(const QueryResult& result) { return JsonWriter(result).Lines(); }

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
