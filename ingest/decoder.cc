#include "ingest/decoder.h"

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

constexpr size_t kPieceBytes = 128 * 1024;
constexpr int kZstdMaxWindowLog = 23;  // 8 MiB

absl::Status Corrupt(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_encoding", what,
                   "send the bytes as the encoder wrote them");
}

absl::Status TooLarge(std::string_view what) {
  return MakeError(absl::StatusCode::kResourceExhausted, "too_large", what, "send less at a time");
}

// Counts what comes out, and stays failed once it has failed.
class LimitedDecoder : public Decoder {
 public:
  explicit LimitedDecoder(uint64_t max_bytes) : left_(max_bytes) {}

  absl::Status Feed(std::string_view bytes, absl::FunctionRef<void(std::string_view)> emit) final {
    if (status_.ok()) status_ = Decode(bytes, emit);
    return status_;
  }
  absl::Status Finish() final {
    if (status_.ok()) status_ = End();
    return status_;
  }

 protected:
  virtual absl::Status Decode(std::string_view bytes,
                              absl::FunctionRef<void(std::string_view)> emit) = 0;
  virtual absl::Status End() = 0;

  absl::Status Emit(std::string_view piece, absl::FunctionRef<void(std::string_view)> emit) {
    if (piece.size() > left_) return TooLarge("more comes out of the input than is allowed");
    left_ -= piece.size();
    if (!piece.empty()) emit(piece);
    return absl::OkStatus();
  }

 private:
  uint64_t left_;
  absl::Status status_;
};

class IdentityDecoder : public LimitedDecoder {
 public:
  using LimitedDecoder::LimitedDecoder;

 protected:
  absl::Status Decode(std::string_view bytes,
                      absl::FunctionRef<void(std::string_view)> emit) override {
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, kPieceBytes);
      RETURN_IF_ERROR(Emit(piece, emit));
      bytes.remove_prefix(piece.size());
    }
    return absl::OkStatus();
  }
  absl::Status End() override { return absl::OkStatus(); }
};

class GzipDecoder : public LimitedDecoder {
 public:
  explicit GzipDecoder(uint64_t max_bytes)
      : LimitedDecoder(max_bytes), out_(std::make_unique_for_overwrite<char[]>(kPieceBytes)) {
    constexpr int kGzipAlone = 16;
    ready_ = inflateInit2(&stream_, MAX_WBITS + kGzipAlone) == Z_OK;
  }
  ~GzipDecoder() override { inflateEnd(&stream_); }

 protected:
  absl::Status Decode(std::string_view bytes,
                      absl::FunctionRef<void(std::string_view)> emit) override {
    if (!ready_) return absl::ResourceExhaustedError("no memory for gzip");
    // zlib counts its input in 32 bits.
    constexpr size_t kMaxInput = size_t{1} << 30;
    while (!bytes.empty()) {
      const size_t size = std::min(bytes.size(), kMaxInput);
      RETURN_IF_ERROR(Inflate(bytes.substr(0, size), emit));
      bytes.remove_prefix(size);
    }
    return absl::OkStatus();
  }

  absl::Status End() override {
    return in_member_ ? Corrupt("the gzip stream ends too early") : absl::OkStatus();
  }

 private:
  absl::Status Inflate(std::string_view bytes, absl::FunctionRef<void(std::string_view)> emit) {
    stream_.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    // A full buffer may mean that more is to come, though all input has been taken.
    while (stream_.avail_in > 0 || (in_member_ && stream_.avail_out == 0)) {
      in_member_ = true;
      stream_.next_out = reinterpret_cast<Bytef*>(out_.get());
      stream_.avail_out = static_cast<uInt>(kPieceBytes);
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return Corrupt("the input is not gzip, or is corrupt");
      }
      RETURN_IF_ERROR(Emit({out_.get(), kPieceBytes - stream_.avail_out}, emit));
      if (result == Z_STREAM_END) {
        in_member_ = false;
        inflateReset(&stream_);
      }
    }
    return absl::OkStatus();
  }

  z_stream stream_ = {};
  bool ready_ = false;
  bool in_member_ = false;
  std::unique_ptr<char[]> out_;
};

class ZstdDecoder : public LimitedDecoder {
 public:
  explicit ZstdDecoder(uint64_t max_bytes)
      : LimitedDecoder(max_bytes),
        context_(ZSTD_createDCtx()),
        out_(std::make_unique_for_overwrite<char[]>(kPieceBytes)) {
    if (context_) ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdMaxWindowLog);
  }

 protected:
  absl::Status Decode(std::string_view bytes,
                      absl::FunctionRef<void(std::string_view)> emit) override {
    if (!context_) return absl::ResourceExhaustedError("no memory for zstd");
    ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer out = {out_.get(), kPieceBytes, 0};
    // A full buffer may mean that more is to come, though all input has been taken.
    while (in.pos < in.size || (in_frame_ && out.pos == out.size)) {
      out.pos = 0;
      const size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(result)) return Fault(result);
      RETURN_IF_ERROR(Emit({out_.get(), out.pos}, emit));
      in_frame_ = result != 0;
    }
    return absl::OkStatus();
  }

  absl::Status End() override {
    return in_frame_ ? Corrupt("the zstd stream ends too early") : absl::OkStatus();
  }

 private:
  static absl::Status Fault(size_t result) {
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_frameParameter_windowTooLarge:
        return TooLarge("the zstd window is larger than 8 MiB");
      case ZSTD_error_memory_allocation:
        return absl::ResourceExhaustedError("no memory for zstd");
      default:
        return Corrupt("the input is not zstd, or is corrupt");
    }
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool in_frame_ = false;
  std::unique_ptr<char[]> out_;
};

}  // namespace

Encoding DetectEncoding(std::string_view first_bytes) {
  if (first_bytes.size() < 4) return Encoding::kIdentity;
  if (first_bytes.substr(0, 3) == "\x1F\x8B\x08") return Encoding::kGzip;
  if (first_bytes.substr(0, 4) == "\x28\xB5\x2F\xFD") return Encoding::kZstd;
  return Encoding::kIdentity;
}

absl::StatusOr<Encoding> ParseContentEncoding(std::string_view header) {
  std::string name(header);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.empty() || name == "identity") return Encoding::kIdentity;
  if (name == "gzip" || name == "x-gzip") return Encoding::kGzip;
  if (name == "zstd") return Encoding::kZstd;
  return MakeError(absl::StatusCode::kInvalidArgument, "unknown_encoding",
                   "this Content-Encoding is not known", "send gzip, zstd or identity");
}

std::unique_ptr<Decoder> NewDecoder(Encoding encoding, uint64_t max_bytes) {
  switch (encoding) {
    case Encoding::kGzip:
      return std::make_unique<GzipDecoder>(max_bytes);
    case Encoding::kZstd:
      return std::make_unique<ZstdDecoder>(max_bytes);
    default:
      return std::make_unique<IdentityDecoder>(max_bytes);
  }
}

}  // namespace pagepulse
