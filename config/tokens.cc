// [[tokens]]: of a token only its hash is kept, and no message repeats it.

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "config/config_parts.h"

namespace pagepulse {
namespace {

constexpr size_t kMinTokenBytes = 16;

absl::Status ParseTokenHex(std::string_view hex, TokenHash* out) {
  const bool all_hex =
      std::all_of(hex.begin(), hex.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (hex.size() != 2 * out->size() || !all_hex) {
    return BadConfig("not 64 hexadecimal digits", "printf %s \"$TOKEN\" | sha256sum");
  }
  const std::string bytes = absl::HexStringToBytes(std::string(hex));
  std::copy(bytes.begin(), bytes.end(), out->begin());
  return absl::OkStatus();
}

absl::Status HashTokenChecked(std::string_view token, TokenHash* out) {
  if (token.size() < kMinTokenBytes) {
    return BadConfig(fmt::format("a token needs at least {} bytes", kMinTokenBytes),
                     "make one with: openssl rand -hex 24");
  }
  *out = HashToken(token);
  return absl::OkStatus();
}

absl::Status HashTokenFile(std::string_view name, const std::string& config_path, TokenHash* out) {
  const auto path = std::filesystem::path(config_path).parent_path() / std::string(name);
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path.string()));
  return HashTokenChecked(ToStd(absl::StripAsciiWhitespace(text)), out);
}

void ReadVerbs(TomlReader& in, TokenConfig* token) {
  std::vector<std::string> verbs;
  in.Strings("verbs", &verbs);
  if (verbs.empty()) in.Fail("a token needs `verbs`", "verbs = [\"ingest\", \"query\"]");
  for (const std::string& verb : verbs) {
    if (verb == "ingest") {
      token->verbs |= kVerbIngest;
    } else if (verb == "query") {
      token->verbs |= kVerbQuery;
    } else if (verb == "report") {
      token->verbs |= kVerbReport;
    } else {
      in.Fail(fmt::format("unknown verb `{}`", verb),
              "one of ingest, report, query (the board asks with query)");
    }
  }
}

}  // namespace

TokenConfig ReadToken(TomlReader& in, const std::string& path) {
  TokenConfig token;
  int ways = 0;
  in.String("name", &token.name);
  in.Parsed("token", [&](std::string_view text) {
    ++ways;
    return HashTokenChecked(text, &token.sha256);
  });
  in.Parsed("token_file", [&](std::string_view text) {
    ++ways;
    return HashTokenFile(text, path, &token.sha256);
  });
  in.Parsed("sha256", [&](std::string_view text) {
    ++ways;
    return ParseTokenHex(text, &token.sha256);
  });
  if (ways != 1) in.Fail("a token needs one of `token`, `token_file` and `sha256`");
  in.Strings("pages", &token.pages);
  if (token.pages.empty()) in.Fail("a token needs `pages`", "pages = [\"*\"] for all of them");
  std::sort(token.pages.begin(), token.pages.end());
  if (std::binary_search(token.pages.begin(), token.pages.end(), "*")) {
    token.all_pages = true;
    token.pages.clear();
  }
  ReadVerbs(in, &token);
  if (token.name.empty()) {
    // Of the hash, not of the token: this reaches logs.
    token.name = absl::BytesToHexString(
        absl::string_view(reinterpret_cast<const char*>(token.sha256.data()), 6));
  }
  return token;
}

TokenHash HashToken(std::string_view token) {
  TokenHash hash;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
  return hash;
}

}  // namespace pagepulse
