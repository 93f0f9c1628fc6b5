#include "engine/group.h"

#include <fmt/format.h>

#include "base/coding.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

void AppendUndoHeader(const UndoHeader& header, std::string* out) {
  PutVarint(out, header.job);
  PutVarint(out, header.claim_hour);
  PutVarint(out, header.sequence);
}

UndoHeader ReadUndoHeader(Reader* in) {
  UndoHeader header;
  header.job = static_cast<uint32_t>(in->Varint());
  header.claim_hour = static_cast<uint32_t>(in->Varint());
  header.sequence = in->Varint();
  return header;
}

void GroupBuilder::Reset(int64_t arrival_ms) {
  bytes_.clear();
  bytes_.reserve(taken_bytes_);
  bytes_.push_back(static_cast<char>(kVersion));
  PutLittle64(&bytes_, static_cast<uint64_t>(arrival_ms));
  sections_ = 0;
}

void GroupBuilder::Add(Section tag, std::string_view payload) {
  bytes_.push_back(static_cast<char>(tag));
  PutBytes(&bytes_, payload);
  ++sections_;
}

absl::Status ReadGroup(std::string_view bytes, int64_t* arrival_ms,
                       absl::FunctionRef<absl::Status(Section, std::string_view)> visit) {
  Reader in(bytes);
  const uint8_t version = in.Byte();
  *arrival_ms = static_cast<int64_t>(in.Little64());
  if (!in.ok()) return absl::DataLossError("a log entry is cut off");
  if (version != kVersion) {
    return absl::UnimplementedError(
        fmt::format("a log entry of version {}; this build reads version {}", version, kVersion));
  }
  while (in.remaining() > 0) {
    const Section tag = static_cast<Section>(in.Byte());
    const std::string_view payload = in.Bytes();
    if (!in.ok()) return absl::DataLossError("a log entry's section is cut off");
    RETURN_IF_ERROR(visit(tag, payload));
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
