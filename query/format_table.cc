#include <fmt/format.h>

#include <algorithm>

#include "query/format.h"

namespace pagepulse {
namespace {

// Characters as a terminal shows them, nearly: combining marks (Vietnamese in decomposed form) take
// no place.
size_t Width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const uint8_t b = static_cast<uint8_t>(text[i]);
    const bool tail = (b & 0xC0) == 0x80;
    const uint8_t next = i + 1 < text.size() ? static_cast<uint8_t>(text[i + 1]) : 0;
    const bool combining = b == 0xCC || (b == 0xCD && next < 0xB0);  // U+0300 to U+036F
    if (!tail && !combining) ++width;
  }
  return width;
}

// Names are the world's: control characters would drive the terminal.
std::string Printable(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<uint8_t>(c) < 0x20 || c == 0x7F ? '?' : c;
  return out;
}

std::string Cell(const Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{:.4f}", *real);
  return value.index() == 0 ? "-" : NumberText(value);
}

class Table {
 public:
  // Cells of the first `left` columns and of `also_left` are text, the others numbers.
  Table(size_t left, size_t also_left) : left_(left), also_left_(also_left) {}

  void Add(std::vector<std::string> cells) {
    widths_.resize(std::max(widths_.size(), cells.size()));
    for (size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], Width(cells[i]));
    lines_.push_back(std::move(cells));
  }

  std::string Render() const {
    std::string out;
    for (const std::vector<std::string>& cells : lines_) {
      std::string line;
      for (size_t i = 0; i < cells.size(); ++i) {
        const std::string padding(widths_[i] - Width(cells[i]), ' ');
        if (i > 0) line += "  ";
        line += i < left_ || i == also_left_ ? cells[i] + padding : padding + cells[i];
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
    return out;
  }

 private:
  const size_t left_, also_left_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> lines_;
};

void AppendCells(const std::vector<Value>& values, std::vector<std::string>* cells) {
  for (const Value& value : values) cells->push_back(Cell(value));
}

}  // namespace

std::string FormatTable(const QueryResult& result) {
  const bool compare_time = HasCompareTime(result);
  const size_t groupings = result.groupings.size();
  Table table(std::max<size_t>(groupings, 1),
              compare_time ? groupings + result.metrics.size() : std::string::npos);
  // Without groupings the line of totals says it all, and its label still needs a column.
  std::vector<std::string> header = ColumnNames(result);
  if (groupings == 0) header.insert(header.begin(), "");
  table.Add(std::move(header));

  if (groupings > 0) {
    for (const ResultRow& row : result.rows) {
      std::vector<std::string> cells;
      for (const auto& label : row.labels) cells.push_back(label ? Printable(*label) : "-");
      AppendCells(row.values, &cells);
      if (compare_time) cells.push_back(row.compare_time.value_or("-"));
      AppendCells(row.compare_values, &cells);
      table.Add(std::move(cells));
    }
  }
  std::vector<std::string> totals = {"total"};
  totals.resize(std::max<size_t>(groupings, 1));
  AppendCells(result.totals, &totals);
  if (compare_time) totals.emplace_back();
  AppendCells(result.compare_totals, &totals);
  table.Add(std::move(totals));

  std::string out = table.Render();
  for (const std::string& note : Notes(result)) out += Printable(note) + "\n";
  return out;
}

}  // namespace pagepulse
