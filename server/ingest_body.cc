#include "server/ingest_body.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/body_stream.h"
#include "server/http_status.h"

namespace pagepulse {
namespace {

// Of compressed bytes decoded at once: what comes out may be a thousand times as much, before it
// is known whether there is room for it.
constexpr size_t kCompressedStep = 16 * 1024;
// A longer body is parsed while it comes.
constexpr uint64_t kMaxAtOnce = 2 * kChunkBytes;

// Feeds one piece to the reader: on a worker where it must be decoded.
Task<absl::Status> FeedPiece(ServerContext& context, Encoding encoding, BodyReader& reader,
                             std::string_view piece) {
  if (encoding == Encoding::kIdentity) co_return reader.Feed(piece);
  absl::AnyInvocable<absl::Status()> decode = [&reader, piece] { return reader.Feed(piece); };
  auto fed = co_await RunOn<absl::Status>(context.workers, std::move(decode));
  co_return fed;
}

// Everything of the body, piece by piece, through the reader; the hasher sees the raw bytes.
Task<absl::Status> ReadPieces(ServerContext& context, HttpRequest& request, const BodyPlan& plan,
                              Reservation& room, BodyReader& reader, ContentHasher* hasher) {
  if (!HasRoom(context, room, plan.expected_bytes)) {
    const absl::Status admitted = co_await WaitForRoom(context, room, plan.expected_bytes);
    if (!admitted.ok()) co_return admitted;
  }
  Encoding encoding = plan.encoding;
  bool detects = plan.detects;
  while (true) {
    const absl::StatusOr<std::string_view> read = co_await request.body->Read();
    if (!read.ok()) co_return read.status();
    if (read->empty()) break;
    if (request.body->received() > plan.max_bytes) {
      co_return BodyTooLarge(plan.max_bytes, plan.if_too_large);
    }
    if (hasher != nullptr) hasher->Update(*read);
    if (detects) encoding = reader.Detect(*read);
    detects = false;
    std::string_view rest = *read;
    while (!rest.empty()) {
      const std::string_view piece =
          rest.substr(0, encoding == Encoding::kIdentity ? rest.size() : kCompressedStep);
      rest.remove_prefix(piece.size());
      const absl::Status fed = co_await FeedPiece(context, encoding, reader, piece);
      if (!fed.ok()) co_return fed;
      if (!HasRoom(context, room, reader.decoded_bytes())) {
        const absl::Status fits = co_await WaitForRoom(context, room, reader.decoded_bytes());
        if (!fits.ok()) co_return fits;
      }
    }
  }
  co_return reader.Finish();
}

// The same of a body that is not long, and whose length is known: into the block that is parsed.
Task<absl::Status> ReadAtOnce(ServerContext& context, HttpRequest& request, const BodyPlan& plan,
                              Reservation& room, BodyReader& reader, ContentHasher* hasher) {
  if (!HasRoom(context, room, plan.expected_bytes)) {
    const absl::Status admitted = co_await WaitForRoom(context, room, plan.expected_bytes);
    if (!admitted.ok()) co_return admitted;
  }
  const size_t size = plan.expected_bytes;
  auto block = std::make_unique_for_overwrite<char[]>(size + kPadding);
  request.body->TakeBuffered(block.get());
  if (!request.body->done()) {
    const absl::Status read = co_await request.body->ReadRest(block.get());
    if (!read.ok()) co_return read;
  }
  if (hasher != nullptr) hasher->Update({block.get(), size});
  co_return reader.FeedAll(std::move(block), size);
}

}  // namespace

absl::StatusOr<BodyPlan> PlanBody(const ServerContext& context, const HttpRequest& request,
                                  uint64_t max_bytes, std::string_view if_too_large) {
  BodyPlan plan;
  const std::string_view encoding = request.Header("content-encoding");
  const absl::StatusOr<Encoding> parsed = ParseContentEncoding(encoding);
  if (!parsed.ok()) return UnknownEncoding(encoding, "gzip, zstd or none");
  plan.encoding = *parsed;
  plan.max_bytes = max_bytes;
  plan.if_too_large = if_too_large;
  plan.max_whole_bytes = std::min(max_bytes, context.config.limits.array_bytes);
  const std::optional<uint64_t> length = request.body->content_length();
  if (length && *length > plan.max_bytes) return BodyTooLarge(max_bytes, if_too_large);
  if (length && *parsed == Encoding::kIdentity) plan.expected_bytes = *length;
  return plan;
}

Task<absl::Status> ReadBody(ServerContext& context, HttpRequest& request, const BodyPlan& plan,
                            Reservation& room, BodyReader& reader, ContentHasher* hasher) {
  const size_t known = plan.expected_bytes;
  if (known == 0 || known > kMaxAtOnce || plan.detects) {
    return ReadPieces(context, request, plan, room, reader, hasher);
  }
  return ReadAtOnce(context, request, plan, room, reader, hasher);
}

}  // namespace pagepulse
