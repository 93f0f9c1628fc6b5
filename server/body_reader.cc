#include "server/body_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/status_macros.h"
#include "server/http_status.h"

namespace pagepulse {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr size_t kMagicBytes = 4;  // what DetectEncoding needs

bool MayHaveLongLine(std::string_view text) {
  while (text.size() > kMaxLineBytes) {
    const size_t end = text.rfind('\n', kMaxLineBytes);
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

BodyReader::BodyReader(const BodyPlan& plan, Emit emit)
    : plan_(plan),
      emit_(std::move(emit)),
      kind_(plan.adapter->framing() == Framing::kWhole ? Kind::kWhole
            : MayBeDocument()                          ? Kind::kUnknown
                                                       : Kind::kLines),
      adapter_(MayBeDocument() ? nullptr : plan.adapter),
      cutter_(plan.offset, plan.first_line) {
  if (plan_.encoding != Encoding::kIdentity) {
    decoder_ = NewDecoder(plan_.encoding, plan_.max_bytes);
  }
}

// Inside a file an opening bracket is a bad line, not an array.
bool BodyReader::MayBeDocument() const {
  return plan_.adapter->framing() == Framing::kLines && plan_.adapter->document() != nullptr &&
         plan_.offset == 0;
}

const Adapter& BodyReader::Lines() const {
  return adapter_ != nullptr ? *adapter_ : *plan_.adapter;
}

absl::Status BodyReader::DecoderError(const absl::Status& status) const {
  if (status.code() != absl::StatusCode::kResourceExhausted) return status;
  return BodyTooLarge(plan_.max_bytes, plan_.if_too_large);
}

Encoding BodyReader::Detect(std::string_view first_bytes) {
  const Encoding found = DetectEncoding(first_bytes);
  if (found != Encoding::kIdentity) decoder_ = NewDecoder(found, plan_.max_bytes);
  return found;
}

absl::Status BodyReader::Feed(std::string_view raw) {
  if (decoder_ == nullptr) {
    RETURN_IF_ERROR(CheckPlain(raw));
    return Take(raw);
  }
  absl::Status taken;
  const auto take = [&](std::string_view bytes) {
    if (taken.ok()) taken = Take(bytes);
  };
  const absl::Status fed = decoder_->Feed(raw, take);
  if (!taken.ok()) return taken;
  return fed.ok() ? fed : DecoderError(fed);
}

absl::Status BodyReader::CheckPlain(std::string_view raw) {
  // Within a longer stream any bytes may stand, in a line that is then rejected by itself.
  if (plan_.offset > 0 || head_.size() == kMagicBytes) return absl::OkStatus();
  head_.append(raw.substr(0, kMagicBytes - head_.size()));
  const Encoding found = DetectEncoding(head_);
  if (found == Encoding::kIdentity) return absl::OkStatus();
  const std::string_view name = found == Encoding::kGzip ? "gzip" : "zstd";
  return MakeError(absl::StatusCode::kInvalidArgument, "looks_compressed",
                   fmt::format("the body looks like {}, but no Content-Encoding says so", name),
                   fmt::format("send it with `Content-Encoding: {}`", name));
}

absl::Status BodyReader::Finish() {
  if (decoder_ != nullptr) {
    const absl::Status finished = decoder_->Finish();
    if (!finished.ok()) return DecoderError(finished);
  }
  if (kind_ == Kind::kWhole) {
    if (whole_.block == nullptr) RETURN_IF_ERROR(TakeWhole({}));
    emit_(*adapter_, std::move(whole_));
    return absl::OkStatus();
  }
  const auto emit = [this](Chunk chunk) { emit_(Lines(), std::move(chunk)); };
  cutter_.Feed(leading_, emit);
  cutter_.Finish(emit);
  return absl::OkStatus();
}

absl::Status BodyReader::FeedAll(std::unique_ptr<char[]> block, size_t size) {
  const std::string_view body(block.get(), size);
  const Adapter* adapter = adapter_ != nullptr ? adapter_ : ByFirstByte(*plan_.adapter, body);
  const bool lines = adapter != nullptr && adapter->framing() == Framing::kLines;
  // What needs a closer look takes the common way.
  if (decoder_ != nullptr || adapter == nullptr || body.starts_with(kByteOrderMark) ||
      (lines && MayHaveLongLine(body))) {
    RETURN_IF_ERROR(Feed(body));
    return Finish();
  }
  RETURN_IF_ERROR(CheckPlain(body));
  decoded_bytes_ = size;
  const uint64_t limit = lines ? plan_.max_bytes : std::min(plan_.max_bytes, plan_.max_whole_bytes);
  if (size > limit) return BodyTooLarge(limit, plan_.if_too_large);
  std::memset(block.get() + size, 0, kPadding);
  Chunk chunk;
  chunk.lines = lines ? CountLines(body) : 0;
  chunk.block = std::move(block);
  chunk.size = size;
  chunk.offset = plan_.offset;
  chunk.end_offset = plan_.offset + size;
  chunk.first_line = plan_.first_line;
  emit_(*adapter, std::move(chunk));
  return absl::OkStatus();
}

void BodyReader::Sniff(std::string_view bytes) {
  leading_.append(bytes);
  if (leading_.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(leading_)) return;
  const Adapter* adapter = ByFirstByte(*plan_.adapter, leading_);
  if (adapter == nullptr) return;
  kind_ = adapter->framing() == Framing::kWhole ? Kind::kWhole : Kind::kLines;
  adapter_ = adapter;
}

absl::Status BodyReader::Take(std::string_view bytes) {
  decoded_bytes_ += bytes.size();
  if (decoded_bytes_ > plan_.max_bytes) return BodyTooLarge(plan_.max_bytes, plan_.if_too_large);
  std::string sniffed;
  if (kind_ == Kind::kUnknown) {
    Sniff(bytes);
    if (kind_ == Kind::kUnknown) return absl::OkStatus();
    sniffed = std::move(leading_);
    leading_.clear();
    bytes = sniffed;
  }
  if (kind_ == Kind::kWhole) return TakeWhole(bytes);
  const auto emit = [this](Chunk chunk) { emit_(Lines(), std::move(chunk)); };
  cutter_.Feed(bytes, emit);
  return absl::OkStatus();
}

absl::Status BodyReader::TakeWhole(std::string_view bytes) {
  const size_t size = whole_.size + bytes.size();
  if (size > plan_.max_whole_bytes) return BodyTooLarge(plan_.max_whole_bytes, plan_.if_too_large);
  if (whole_.block == nullptr || size > whole_capacity_) {
    const size_t hint = std::min<uint64_t>(plan_.expected_bytes, plan_.max_whole_bytes);
    whole_capacity_ = std::max({size, 2 * whole_capacity_, hint});
    std::unique_ptr<char[]> block(new char[whole_capacity_ + kPadding]);
    if (whole_.size > 0) std::memcpy(block.get(), whole_.block.get(), whole_.size);
    whole_.block = std::move(block);
    whole_.offset = plan_.offset;
    whole_.first_line = plan_.first_line;
  }
  if (!bytes.empty()) std::memcpy(whole_.block.get() + whole_.size, bytes.data(), bytes.size());
  whole_.size = size;
  whole_.end_offset = whole_.offset + size;
  std::memset(whole_.block.get() + size, 0, kPadding);
  return absl::OkStatus();
}

}  // namespace pagepulse
