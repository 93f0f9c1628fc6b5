#include "storage/log_frame.h"

#include "base/coding.h"
#include "base/hash.h"

namespace pagepulse {
namespace {

constexpr uint32_t kKeep = 1;
constexpr size_t kChecksumBytes = 8;

uint64_t ChecksumOf(std::string_view rest_of_header, std::string_view bytes) {
  return Checksum(Checksum(0, rest_of_header), bytes);
}

}  // namespace

std::string EncodeLogHeader(const LogFrame& frame) {
  std::string rest;
  PutLittle64(&rest, frame.sequence);
  PutLittle64(&rest, frame.durable);
  PutLittle32(&rest, static_cast<uint32_t>(frame.bytes.size()));
  PutLittle32(&rest, frame.keep ? kKeep : 0);
  std::string header;
  PutLittle64(&header, ChecksumOf(rest, frame.bytes));
  return header + rest;
}

std::optional<LogFrame> ReadLogFrame(std::string_view text) {
  Reader in(text);
  const uint64_t checksum = in.Little64();
  LogFrame frame;
  frame.sequence = in.Little64();
  frame.durable = in.Little64();
  const uint32_t length = in.Little32(), flags = in.Little32();
  frame.keep = flags & kKeep;
  if (!in.ok() || flags > kKeep || length > in.remaining()) return std::nullopt;
  frame.bytes = in.Raw(length);
  const std::string_view header =
      text.substr(kChecksumBytes, LogFrame::kHeaderBytes - kChecksumBytes);
  if (ChecksumOf(header, frame.bytes) != checksum) return std::nullopt;
  return frame;
}

}  // namespace pagepulse
