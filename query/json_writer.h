#pragma once

// The parts of a result as JSON, for who puts them together: the whole answer (format_json.cc), or
// what of it has changed (live/). No part holds a line end.

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "query/result.h"

namespace pagepulse {

class JsonWriter {
 public:
  explicit JsonWriter(const QueryResult& result);  // outlives this

  // Each appends one object.
  void AppendRow(const ResultRow& row, std::string* out) const;
  void AppendKey(const ResultRow& row, std::string* out) const;  // its groupings alone
  void AppendTotals(std::string* out) const;
  // complete_until moves with every answer, whether or not anything happened.
  enum MetaParts { kWithCompleteUntil, kWithoutCompleteUntil };
  void AppendMeta(MetaParts parts, std::string* out) const;

 private:
  void AppendName(size_t column, std::string* out) const;
  void AppendValues(const std::vector<Value>& values, size_t first_column, std::string* out) const;
  void AppendLabels(const ResultRow& row, std::string* out) const;
  void AppendMetrics(std::string* out) const;
  void AppendDefinitions(std::string* out) const;
  void AppendOnlyReported(std::string* out) const;

  const QueryResult& result_;
  const bool has_compare_time_;
  std::vector<std::string> names_;  // of the columns, quoted, with their colons
  absl::TimeZone zone_;
};

}  // namespace pagepulse
