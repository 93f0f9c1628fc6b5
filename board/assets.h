#pragma once

// The board's files as the binary holds them: made by npm when it was built (embed.mjs), or,
// without PAGEPULSE_BOARD, one page that says so (absent.cc).

#include <span>
#include <string_view>

namespace pagepulse {

struct BoardAsset {
  std::string_view path;  // of the URL: `/`, `/assets/…`
  std::string_view content_type;
  std::string_view etag;  // with its quotes; another for other bytes
  std::string_view identity;
  std::string_view gzip;    // empty: not smaller
  std::string_view brotli;  // empty: not smaller
};

// Static; any thread may read it.
std::span<const BoardAsset> BoardAssets();

}  // namespace pagepulse
