// GET / and /assets/…: the board's files, out of the binary.

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/string_view.h"
#include "board/assets.h"
#include "server/handlers.h"

namespace pagepulse {
namespace {

// Everything comes from here, nothing is inline, nobody frames it.
constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const BoardAsset* FindAsset(std::string_view path) {
  for (const BoardAsset& asset : BoardAssets()) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

// Whether `Accept-Encoding` names the coding, and not with `q=0`.
bool Accepts(std::string_view header, std::string_view coding) {
  for (const absl::string_view item : absl::StrSplit(ToAbsl(header), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(item, ';');
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[0]), ToAbsl(coding))) continue;
    if (parts.size() == 1) return true;
    absl::string_view weight = absl::StripAsciiWhitespace(parts[1]);
    double q = 1;
    if (weight.size() > 2 && absl::StartsWithIgnoreCase(weight, "q=")) {
      if (!absl::SimpleAtod(weight.substr(2), &q)) return false;
    }
    return q > 0;
  }
  return false;
}

// Of `If-None-Match`; a proxy may have made the tag a weak one.
bool Matches(std::string_view header, std::string_view etag) {
  for (absl::string_view tag : absl::StrSplit(ToAbsl(header), ',')) {
    tag = absl::StripAsciiWhitespace(tag);
    if (absl::StartsWith(tag, "W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == ToAbsl(etag)) return true;
  }
  return false;
}

HttpResponse Serve(const BoardAsset& asset, const HttpRequest& request) {
  HttpResponse response;
  response.content_type = asset.content_type;
  // The names of assets change with their bytes; the page itself is asked for each time.
  response.cache_control = asset.path == "/" ? "no-cache" : "public, max-age=31536000, immutable";
  response.headers = {{"ETag", std::string(asset.etag)},
                      {"Vary", "Accept-Encoding"},
                      {"Content-Security-Policy", kContentSecurityPolicy},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Referrer-Policy", "no-referrer"}};
  if (Matches(request.Header("if-none-match"), asset.etag)) {
    response.status = 304;
    return response;
  }
  const std::string_view accepted = request.Header("accept-encoding");
  std::string_view coding;
  std::string_view bytes = asset.identity;
  if (!asset.brotli.empty() && Accepts(accepted, "br")) {
    coding = "br";
    bytes = asset.brotli;
  } else if (!asset.gzip.empty() && Accepts(accepted, "gzip")) {
    coding = "gzip";
    bytes = asset.gzip;
  }
  if (!coding.empty()) response.headers.emplace_back("Content-Encoding", coding);
  response.body = bytes;
  return response;
}

}  // namespace

Answer GetBoard(ServerContext& context, HttpRequest& request) {
  const BoardAsset* asset = FindAsset(request.path);
  if (asset != nullptr) co_return Serve(*asset, request);
  co_return MakeError(absl::StatusCode::kNotFound, "unknown_route", "the board has no such file",
                      "the board itself is at `/`");
}

}  // namespace pagepulse
