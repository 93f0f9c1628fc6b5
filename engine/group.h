#pragma once

// One entry of the log: everything that one group of batches decided, in order. Layout:
// docs/storage_format.md, "Log entries".
//
//   version u8 (1) | arrival, ms since the epoch, u64 | sections: tag u8 | length varint | payload
//
// Sections are applied in order: a name before the records that use it.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "base/coding.h"

namespace pagepulse {

enum class Section : uint8_t {
  kName = 'n',         // EncodeName
  kRecords = 'e',      // job number varint (0: none) | records
  kPosition = 'p',     // a job file's new state: EncodeJobFile
  kJob = 'j',          // a new job: number varint | name
  kReply = 'r',        // key 16 | EncodeStoredReply
  kRejected = 'x',     // EncodeDeadLetter
  kToldAgain = 'd',    // duplicates that a later undo will ask for: AppendToldAgain
  kUndo = 'u',         // how far a job's undo is: EncodeUndoState
  kWithdrawn = 'w',    // UndoHeader | records that are taken out
  kBroughtBack = 'b',  // UndoHeader | records of another sender that count instead
  kFigures = 'g',      // job number varint (0: none) | EncodeFigure, one after the other
  kFiguresOnce = 'f',  // the same without the number: older logs
  kFiguresOut = 'o',   // job number varint: what it has told is taken out
  kAuthority = 'a',    // EncodeAuthority
};

// Before the records of an undo's sections.
struct UndoHeader {
  uint32_t job = 0;         // whose records they are
  uint32_t claim_hour = 0;  // under which their ids are, or were, claimed
  uint64_t sequence = 0;    // of the log entry that brought them; of kBroughtBack 0
};
void AppendUndoHeader(const UndoHeader& header, std::string* out);
UndoHeader ReadUndoHeader(Reader* in);

class GroupBuilder {
 public:
  explicit GroupBuilder(int64_t arrival_ms) { Reset(arrival_ms); }

  void Reset(int64_t arrival_ms);
  void Add(Section tag, std::string_view payload);
  bool empty() const { return sections_ == 0; }
  size_t size() const { return bytes_.size(); }
  std::string Take() {
    taken_bytes_ = bytes_.size();
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
  size_t taken_bytes_ = 0;  // of the group before, which is as large as this one may become
  uint64_t sections_ = 0;
};

// Calls visit for each section. DATA_LOSS where the entry is broken; UNIMPLEMENTED for a version or
// tag that this build does not know.
absl::Status ReadGroup(std::string_view bytes, int64_t* arrival_ms,
                       absl::FunctionRef<absl::Status(Section, std::string_view)> visit);

}  // namespace pagepulse
