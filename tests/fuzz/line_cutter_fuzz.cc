// Any bytes in any pieces: the same lines as of one piece, and every byte accounted for.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ingest/line_cutter.h"

namespace pagepulse {
namespace {

struct Cut {
  std::string kept;  // the text of all chunks
  std::vector<std::tuple<uint32_t, uint64_t, uint32_t>> too_long;
  uint32_t lines = 0;
  uint64_t end_offset = 0;

  bool operator==(const Cut&) const = default;
};

Cut CutIn(std::string_view bytes, size_t piece, size_t chunk_bytes) {
  Cut cut;
  const auto take = [&cut](Chunk chunk) {
    if (chunk.first_line != cut.lines + 1 || chunk.offset < cut.end_offset) abort();
    cut.kept += chunk.text();
    for (const Rejection& r : chunk.too_long) cut.too_long.emplace_back(r.line, r.offset, r.length);
    cut.lines += chunk.lines;
    cut.end_offset = chunk.end_offset;
  };
  LineCutter cutter(0, 1, chunk_bytes);
  for (size_t i = 0; i < bytes.size(); i += piece) cutter.Feed(bytes.substr(i, piece), take);
  cutter.Finish(take);
  return cut;
}

}  // namespace
}  // namespace pagepulse

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  // Long lines come of few bytes: the byte 'L' stands for 32,768 of them.
  std::string text;
  for (size_t i = 2; i < size && text.size() < (1 << 20); ++i) {
    text.append(data[i] == 'L' ? 32768 : 1, static_cast<char>(data[i]));
  }
  const size_t piece = 1 + data[0] * (text.size() > 4096 ? 257 : 1);
  const auto whole = pagepulse::CutIn(text, text.size() + 1, pagepulse::kChunkBytes);
  if (!(pagepulse::CutIn(text, piece, 1 + data[1] * 100) == whole)) abort();
  return 0;
}
