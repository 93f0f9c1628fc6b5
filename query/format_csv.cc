#include "query/format.h"

namespace pagepulse {
namespace {

// A spreadsheet runs a cell that begins like this; the quote makes it text and is not shown.
bool LooksLikeFormula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r\n").find(text[0]) != std::string_view::npos;
}

void AddText(std::string_view text, std::string* out) {
  const bool guard = LooksLikeFormula(text);
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    if (guard) out->push_back('\'');
    out->append(text);
    return;
  }
  out->append(guard ? "\"'" : "\"");
  for (const char c : text) {
    if (c == '"') out->push_back('"');
    out->push_back(c);
  }
  out->push_back('"');
}

class Line {
 public:
  explicit Line(std::string* out) : out_(*out) {}
  ~Line() { out_ += "\r\n"; }

  void Text(std::string_view text) {
    Separate();
    AddText(text, &out_);
  }
  // Written as it is: -5 is a number, not a formula.
  void Numbers(const std::vector<Value>& values) {
    for (const Value& value : values) {
      Separate();
      out_ += NumberText(value);
    }
  }

 private:
  void Separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string& out_;
  bool first_ = true;
};

}  // namespace

std::string FormatCsv(const QueryResult& result, bool bom) {
  std::string out = bom ? "\xEF\xBB\xBF" : "";
  {
    Line header(&out);
    for (const std::string& name : ColumnNames(result)) header.Text(name);
  }
  const bool compare_time = HasCompareTime(result);
  for (const ResultRow& row : result.rows) {
    Line line(&out);
    for (const auto& label : row.labels) line.Text(label.value_or(""));
    line.Numbers(row.values);
    if (compare_time) line.Text(row.compare_time.value_or(""));
    line.Numbers(row.compare_values);
  }
  return out;
}

}  // namespace pagepulse
