#pragma once

// Keys and values of the journal (column family `journal`) that the engine owns. Layouts with
// worked bytes: docs/storage_format.md, "Journal entries".
//
//   'n' kind u8 id u32          a name                   EncodeName
//   'i' hour u32 checkpoint u64 part u32   ids that arrived in it   8 bytes an id
//   'j' number u32              a job                    its name
//   'p' number u32 file 16 ordinal u32   its file        EncodeJobFile
//   'u' number u32              its undo                 EncodeUndoState
//   't' checkpoint u64 part u32 what was told again     AppendToldAgain
//   'r' key 16                  a reply                  EncodeStoredReply
//   'x' n u32                   the n-th of the last kDeadLetters rejected lines
//   'X'                         how many were rejected, ever: u64
//   'f' page u32 metric u16 post u32   what was reported   Figures::EncodeHistory
//   'a' page u32                which of the page's metrics are the platform's: a byte of bits
// Integers in keys are big-endian.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/names.h"
#include "engine/submission.h"

namespace pagepulse {

inline constexpr uint32_t kDeadLetters = 10'000;

std::string NameKey(NameKind kind, uint32_t id);
std::string IdsKey(uint32_t hour, uint64_t checkpoint, uint32_t part);
std::string JobKey(uint32_t job);
std::string JobFileKey(uint32_t job, const JobFile& file);
std::string ToldAgainKey(uint64_t checkpoint, uint32_t part);
std::string ReplyKey(Hash128 key);
std::string DeadLetterKey(uint64_t running_number);
inline constexpr std::string_view kDeadLetterCountKey = "X";

struct StoredReply {
  int64_t arrival_ms = 0;
  Hash128 body = 0;
  uint64_t sequence = 0;  // of the group that holds it; not stored
  Reply reply;
};
void EncodeStoredReply(const StoredReply& stored, std::string* out);
absl::StatusOr<StoredReply> DecodeStoredReply(std::string_view bytes);

// A job's file in one section or entry: the job's number, then the file. One that stands at byte 0
// has counted nothing, as if it were not there.
void EncodeJobFile(uint32_t job, const JobFile& file, std::string* out);
absl::Status DecodeJobFile(std::string_view bytes, uint32_t* job, JobFile* file);

using DeadLetter = RejectedLine;
void EncodeDeadLetter(const DeadLetter& letter, std::string* out);
absl::StatusOr<DeadLetter> DecodeDeadLetter(std::string_view bytes);

}  // namespace pagepulse
