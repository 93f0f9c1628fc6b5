#include "model/reject.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace pagepulse {
namespace {

struct Text {
  std::string_view name;
  std::string_view message;
};

constexpr std::array<Text, kRejectCodes> kTexts = {{
    {"none", ""},
    {"bad_json", "the line is not one JSON object in UTF-8; send one object a line"},
    {"too_long", "the line is longer than 65536 bytes"},
    {"duplicate_key", "a key is given twice; give each key once"},
    {"bad_id", "`id` must be a string of 1 to 64 bytes without control characters, or an integer"},
    {"missing_ts", "`ts` is missing; send RFC 3339 with a zone, or epoch seconds or milliseconds"},
    {"bad_ts", "`ts` must be RFC 3339 with a zone, or an integer of epoch seconds or milliseconds"},
    {"future", "`ts` is more than 5 minutes ahead of the server's clock"},
    {"too_old", "`ts` is before the configured retention"},
    {"missing_page", "`page` is missing"},
    {"bad_page", "`page` must be a string of 1 to 128 bytes without control characters, not `*`"},
    {"bad_post", "`post` must be a string of 1 to 128 bytes without control characters"},
    {"bad_actor",
     "`actor` must be a string of 1 to 128 bytes without control characters, or an integer"},
    {"missing_type", "`type` is missing"},
    {"bad_type", "`type` must match [a-z][a-z0-9_.]{0,31}"},
    {"reserved_type", "`type` is the name of a metric or a grouping; choose another name"},
    {"missing_reaction", "`reaction` is required to add or edit a reaction"},
    {"bad_reaction",
     "`reaction` must be like, love, care, haha, wow, sad or angry, on type `reaction`"},
    {"bad_op", "`op` must be add, edit, remove, hide or unhide, and add on an occurrence"},
    {"bad_object", "`object` must be a string of 1 to 128 bytes without control characters"},
    {"bad_count",
     "`count` must be an integer from 1 to 2147483648, and 1 on a fact that is followed"},
    {"bad_source", "`source` must be a string of 1 to 32 bytes without control characters"},
    {"fact_too_busy", "this reaction, comment, share or follow already has 256 events"},
    {"page_limit", "too many new pages from this token within an hour"},
    {"type_limit", "too many new custom types from this token within an hour"},
    {"forbidden_page", "this token may not send events of this page"},
    {"bad_row", "the row does not have the cells that the header names"},
    {"bad_value", "a figure must be a whole number from 0 to 9007199254740992, written in digits"},
    {"bad_day", "a date or time of the row is none, or is not understood"},
    {"ruined_id",
     "a spreadsheet has rounded the row's id (1.22E+17) and its link holds none; export again and "
     "load the file without opening it"},
    {"post_limit",
     "too many new posts from this token within an hour; load the report again later"},
}};

}  // namespace

std::string_view RejectName(RejectCode code) { return kTexts[static_cast<int>(code)].name; }
std::string_view RejectMessage(RejectCode code) { return kTexts[static_cast<int>(code)].message; }
std::string_view RejectMessageOf(std::string_view name) {
  const auto text = std::find_if(std::begin(kTexts), std::end(kTexts),
                                 [&](const auto& known) { return known.name == name; });
  return text == std::end(kTexts) ? "" : text->message;
}

}  // namespace pagepulse
