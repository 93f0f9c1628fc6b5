#pragma once

// Why a line was not counted. The names are part of the API and, by number, of the journal:
// append only.

#include <cstdint>
#include <string_view>

namespace pagepulse {

enum class RejectCode : uint8_t {
  kNone,
  kBadJson,       // not one JSON object in UTF-8
  kTooLong,       // a line above 64 KiB
  kDuplicateKey,  // a known key given twice
  kBadId,
  kMissingTs,
  kBadTs,
  kFuture,  // more than 5 minutes ahead of the clock
  kTooOld,  // before the configured retention
  kMissingPage,
  kBadPage,
  kBadPost,
  kBadActor,
  kMissingType,
  kBadType,
  kReservedType,
  kMissingReaction,
  kBadReaction,
  kBadOp,
  kBadObject,
  kBadCount,
  kBadSource,
  kFactTooBusy,    // a fact with 256 events got one more
  kPageLimit,      // too many new pages in this hour for this token
  kTypeLimit,      // too many new custom types
  kForbiddenPage,  // the token may not write to this page
  // Of what a platform reports:
  kBadRow,     // not the cells that the header names
  kBadValue,   // a figure that is no whole number
  kBadDay,     // a day or time that is none
  kRuinedId,   // 1.22158E+17: a spreadsheet has rounded it
  kPostLimit,  // too many new posts in this hour for this token: events count elsewhere
};
inline constexpr int kRejectCodes = 31;

std::string_view RejectName(RejectCode code);     // "bad_ts"
std::string_view RejectMessage(RejectCode code);  // one sentence: what is wrong and what to send
// The same by the name, "" for one that is not known here: a newer server's.
std::string_view RejectMessageOf(std::string_view name);
}  // namespace pagepulse
