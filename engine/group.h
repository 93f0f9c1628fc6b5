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

namespace pagepulse {

enum class Section : uint8_t {
  kName = 'n',       // EncodeName
  kRecords = 'e',    // job number varint (0: none) | records
  kPosition = 'p',   // a job file's new state: EncodeJobFile
  kJob = 'j',        // a new job: number varint | name
  kReply = 'r',      // key 16 | EncodeStoredReply
  kRejected = 'x',   // EncodeDeadLetter
  kFigures = 'f',    // EncodeFigure, one after the other
  kAuthority = 'a',  // EncodeAuthority
};

class GroupBuilder {
 public:
  explicit GroupBuilder(int64_t arrival_ms) { Reset(arrival_ms); }

  void Reset(int64_t arrival_ms);
  void Add(Section tag, std::string_view payload);
  bool empty() const { return sections_ == 0; }
  size_t size() const { return bytes_.size(); }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  uint64_t sections_ = 0;
};

// Calls visit for each section. DATA_LOSS where the entry is broken; UNIMPLEMENTED for a version or
// tag that this build does not know.
absl::Status ReadGroup(std::string_view bytes, int64_t* arrival_ms,
                       absl::FunctionRef<absl::Status(Section, std::string_view)> visit);

}  // namespace pagepulse
