#include "rollup/detail.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/byte_sink.h"
#include "base/coding.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "rollup/row.h"

namespace pagepulse {
namespace {

constexpr uint8_t kVersion = 1;

struct Entry {
  uint32_t post, source;
  std::string_view row;
};

bool SamePlace(const Entry& a, const Entry& b) { return a.post == b.post && a.source == b.source; }

absl::Status Broken() { return absl::DataLossError("a stored detail is damaged"); }

}  // namespace

DetailBuilder::DetailBuilder(std::string* out) : out_(out) {
  out_->push_back(static_cast<char>(kVersion));
}

void DetailBuilder::Add(uint32_t post, uint32_t source, std::string_view row) {
  char header[3 * kMaxVarintBytes];
  char* end = WriteVarint(post - last_post_, header);
  end = WriteVarint(source, end);
  end = WriteVarint(row.size(), end);
  out_->append(header, static_cast<size_t>(end - header));
  out_->append(row);
  last_post_ = post;
}

absl::Status VisitDetail(
    std::string_view bytes,
    absl::FunctionRef<absl::Status(uint32_t post, uint32_t source, std::string_view row)> visit) {
  Reader in(bytes);
  const uint8_t version = in.Byte();
  if (!in.ok()) return Broken();
  if (version != kVersion) {
    return MakeError(
        absl::StatusCode::kUnimplemented, "unknown_row_version",
        absl::StrCat("a stored detail has version ", version, "; this program knows ", kVersion),
        "run the version of pagepulse that wrote this store, or a newer one");
  }
  uint64_t last_post = 0, next_source = 0;  // of the last post
  while (!in.done()) {
    const uint64_t gap = in.Varint(), source = in.Varint();
    const std::string_view row = in.Bytes();
    if (gap > 0) next_source = 0;
    if (!in.ok() || gap > UINT32_MAX - last_post || source < next_source || source > UINT32_MAX) {
      return Broken();
    }
    last_post += gap;
    next_source = source + 1;
    RETURN_IF_ERROR(visit(static_cast<uint32_t>(last_post), static_cast<uint32_t>(source), row));
  }
  return absl::OkStatus();
}

absl::Status MergeDetails(const std::vector<std::string_view>& details, std::string* out) {
  const size_t size_before = out->size();
  std::vector<Entry> entries;
  for (const std::string_view detail : details) {
    RETURN_IF_ERROR(VisitDetail(detail, [&](uint32_t post, uint32_t source, std::string_view row) {
      entries.push_back({post, source, row});
      return absl::OkStatus();
    }));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.post, a.source) < std::tie(b.post, b.source);
  });
  std::string row;
  DetailBuilder builder(out);
  std::vector<std::string_view> parts;
  for (size_t i = 0; i < entries.size();) {
    parts.clear();
    size_t end = i;
    for (; end < entries.size() && SamePlace(entries[end], entries[i]); ++end) {
      parts.push_back(entries[end].row);
    }
    row.clear();
    if (absl::Status status = MergeRows(kDetailShape, parts, &row); !status.ok()) {
      out->resize(size_before);
      return status;
    }
    if (row.size() > kEmptyRowBytes) builder.Add(entries[i].post, entries[i].source, row);
    i = end;
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
