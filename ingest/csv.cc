#include "ingest/csv.h"

#include <simdjson.h>

#include <algorithm>
#include <boost/locale/encoding_utf.hpp>

#include "base/error.h"

namespace pagepulse {
namespace {

absl::Status NotText() {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_encoding",
                   "This is not text in UTF-8 or UTF-16.", "Load the file as it was exported.");
}

absl::StatusOr<std::string> FromUtf16(std::string_view bytes, bool big_endian) {
  if (bytes.size() % 2 != 0) return NotText();
  std::u16string units(bytes.size() / 2, u'\0');
  for (size_t i = 0; i < units.size(); ++i) {
    const auto low = static_cast<uint8_t>(bytes[2 * i + (big_endian ? 1 : 0)]);
    const auto high = static_cast<uint8_t>(bytes[2 * i + (big_endian ? 0 : 1)]);
    units[i] = static_cast<char16_t>(high << 8 | low);
  }
  try {
    return boost::locale::conv::utf_to_utf<char>(units, boost::locale::conv::stop);
  } catch (const boost::locale::conv::conversion_error&) {
    return NotText();
  }
}

}  // namespace

absl::StatusOr<std::string> DecodeText(std::string_view bytes) {
  constexpr std::string_view kUtf8 = "\xEF\xBB\xBF", kLittle = "\xFF\xFE", kBig = "\xFE\xFF";
  if (bytes.starts_with(kLittle)) return FromUtf16(bytes.substr(kLittle.size()), false);
  if (bytes.starts_with(kBig)) return FromUtf16(bytes.substr(kBig.size()), true);
  if (bytes.starts_with(kUtf8)) bytes.remove_prefix(kUtf8.size());
  if (!simdjson::validate_utf8(bytes.data(), bytes.size())) return NotText();
  return std::string(bytes);
}

CsvReader::CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {
  constexpr std::string_view kSays = "sep=";
  if (!text.starts_with(kSays) || text.size() <= kSays.size()) return;
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view said = text.substr(kSays.size(), end - kSays.size());
  if (said.size() > 2 || (said.size() == 2 && said[1] != '\r')) return;
  separator_ = said[0];
  at_ = end;
  PassLineEnd();
}

void CsvReader::PassLineEnd() {
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') ++at_, ++line_;
}

bool CsvReader::ReadCell(std::string* cell) {
  cell->clear();
  const auto ends = [this] {
    if (at_ == text_.size() || text_[at_] == separator_ || text_[at_] == '\n') return true;
    return text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n');
  };
  if (at_ < text_.size() && text_[at_] == '"') {
    for (++at_;; ++at_) {
      if (at_ == text_.size()) return false;
      if (text_[at_] == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] != '"') break;
      }
      line_ += text_[at_] == '\n';
      cell->push_back(text_[at_]);
    }
  }
  while (!ends()) cell->push_back(text_[at_++]);
  return true;
}

bool CsvReader::Next(std::vector<std::string>* cells) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n")) {
    PassLineEnd();
  }
  if (at_ >= text_.size()) return false;
  row_at_ = at_;
  row_line_ = line_;
  cells->clear();
  do {
    if (!cells->empty()) ++at_;  // the separator
    if (!ReadCell(&cells->emplace_back())) {
      Resync();
      return true;
    }
  } while (at_ < text_.size() && text_[at_] == separator_);
  PassLineEnd();
  return true;
}

void CsvReader::Resync() {
  const size_t behind = std::min(text_.find('\n', row_at_), text_.size());
  if (behind >= at_) return;  // it is one line
  if (at_ - behind > kRereads * text_.size() - reread_) return;
  reread_ += at_ - behind;
  at_ = behind;
  line_ = row_line_;
  PassLineEnd();
}

char GuessSeparator(std::string_view text) {
  size_t found[3] = {};
  constexpr std::string_view kSeparators = ",;\t";
  bool quoted = false;
  for (const char c : text) {
    if (c == '\n' && !quoted && found[0] + found[1] + found[2] > 0) break;
    if (c == '"') quoted = !quoted;
    const size_t which = quoted ? std::string_view::npos : kSeparators.find(c);
    if (which != std::string_view::npos) ++found[which];
  }
  return kSeparators[std::max_element(found, found + 3) - found];
}

}  // namespace pagepulse
