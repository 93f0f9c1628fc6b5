#pragma once

// Tables as spreadsheets and platforms write them: RFC 4180 with any separator, read row by row so
// that a broken row is told from its neighbours. (Of the libraries at hand one wants the columns at
// compile time, the others give up the whole file at a broken quote and number no lines.)

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace pagepulse {

// The text without its byte-order mark, and in UTF-8 where the mark says UTF-16. INVALID_ARGUMENT:
// half of a character, or bytes that are no UTF-8.
absl::StatusOr<std::string> DecodeText(std::string_view bytes);

// Views the text. A cell in quotes may hold separators, line ends and doubled quotes; a quote that
// does not begin a cell is text. Line ends are LF or CRLF; empty lines are passed over.
class CsvReader {
 public:
  // A first line `sep=;` says which separator; else it is the given one.
  CsvReader(std::string_view text, char separator);

  // False at the end. A quote that is never closed ends its row with the line it began in.
  bool Next(std::vector<std::string>* cells);
  // The line at which the row that was read last begins, from 1.
  uint32_t line() const { return row_line_; }
  // Goes back to behind that line, where the row was not what it should be: a stray quote may have
  // taken rows that are whole into it. So that reading stays linear it goes back over no more than
  // kRereads times the text in all; a row beyond that ends where it ends.
  void Resync();
  static constexpr size_t kRereads = 16;

 private:
  bool ReadCell(std::string* cell);  // false: an open quote
  void PassLineEnd();

  std::string_view text_;
  char separator_;
  size_t at_ = 0;
  size_t reread_ = 0;  // bytes that Resync went back over
  uint32_t line_ = 1;
  size_t row_at_ = 0;
  uint32_t row_line_ = 0;
};

// Of `,`, `;` and the tab, the one that is found most in the first line that has any of them
// outside of quotes: a title may stand alone above the table.
char GuessSeparator(std::string_view text);

}  // namespace pagepulse
