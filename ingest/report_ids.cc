#include "ingest/report_ids.h"

#include <fmt/format.h>

#include <algorithm>

#include "ingest/figure_writer.h"

namespace pagepulse {
namespace {

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

bool IsRounded(std::string_view id) {
  const size_t e = id.find_first_of("eE");
  if (e == std::string_view::npos) return false;
  std::string_view mantissa = id.substr(0, e), exponent = id.substr(e + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  const size_t point = mantissa.find_first_of(".,");
  if (point != std::string_view::npos) {
    if (!AllDigits(mantissa.substr(point + 1))) return false;
    mantissa = mantissa.substr(0, point);
  }
  return AllDigits(mantissa) && AllDigits(exponent);
}

std::string PostOf(std::string_view page, std::string_view post_id) {
  if (!AllDigits(page) || !AllDigits(post_id)) return std::string(post_id);
  return fmt::format("{}_{}", page, post_id);
}

OnePage::OnePage(const ParseContext& context) : asked_(!ImportPage(context).empty()) {}

bool OnePage::Takes(std::string_view own) {
  if (!asked_) return true;
  if (!first_) first_ = own;
  return *first_ == own;
}

}  // namespace pagepulse
