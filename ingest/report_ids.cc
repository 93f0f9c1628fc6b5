#include "ingest/report_ids.h"

#include <fmt/format.h>

#include <algorithm>

#include "ingest/event_faults.h"
#include "ingest/figure_writer.h"

namespace pagepulse {
namespace {

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// As many as a spreadsheet keeps of a number.
constexpr size_t kKeptDigits = 15;

// 122158123456789000: what a spreadsheet leaves of an id where the column is wide enough, and what
// a true one may be.
bool MayBeRounded(std::string_view id) {
  return AllDigits(id) && id.size() > kKeptDigits &&
         id.find_first_not_of('0', kKeptDigits) == std::string_view::npos;
}

// Whether it is one of the numbers in the link.
bool Holds(std::string_view link, std::string_view id) {
  if (id.size() > kMaxNameBytes) return false;
  const auto is_digit = [&](size_t at) {
    return at < link.size() && AllDigits(link.substr(at, 1));
  };
  for (size_t at = link.find(id); at != std::string_view::npos; at = link.find(id, at + 1)) {
    if (!is_digit(at + id.size()) && (at == 0 || !is_digit(at - 1))) return true;
  }
  return false;
}

// The number of a post in its link; empty: none, or a video's.
std::string_view PostInLink(std::string_view link) {
  for (const std::string_view before : {"/posts/", "story_fbid="}) {
    const size_t at = link.find(before);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = link.substr(at + before.size());
    const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (end > 0 && (end == rest.size() || rest[end] == '/' || rest[end] == '?' ||
                    rest[end] == '&' || rest[end] == '#')) {
      return rest.substr(0, end);
    }
  }
  return {};
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

bool IsRounded(std::string_view id, std::string_view link) {
  return IsRounded(id) || (MayBeRounded(id) && !Holds(link, id));
}

RejectCode ReadPostId(std::string_view cell, std::string_view link, std::string_view* id) {
  const std::string_view linked = PostInLink(link);
  const bool rounded = IsRounded(cell, link);
  *id = rounded || cell.empty() ? linked : cell;
  if (id->empty()) return rounded ? RejectCode::kRuinedId : RejectCode::kBadPost;
  if (linked.empty() || cell.empty() || IsRounded(cell)) return RejectCode::kNone;
  const std::string_view number = cell.substr(cell.rfind('_') + 1);  // `<page>_<number>`
  const size_t same = rounded ? kKeptDigits : std::string_view::npos;
  const bool differs = AllDigits(number) && number.substr(0, same) != linked.substr(0, same);
  return differs ? RejectCode::kRuinedId : RejectCode::kNone;
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
