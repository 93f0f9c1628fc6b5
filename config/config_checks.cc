// What is wrong with a configuration that reads well.

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "config/config_parts.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

bool IsLoopback(const std::string& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return address == "::1" || address == "localhost";
}

absl::Status CheckZones(const Config& config) {
  const auto check = [](const std::string& zone, std::string_view where) -> absl::Status {
    if (LoadZone(zone).ok()) return absl::OkStatus();
    return BadConfig(fmt::format("unknown time zone `{}` of {}", zone, where),
                     "an IANA name, such as Asia/Ho_Chi_Minh; is the package tzdata installed?");
  };
  RETURN_IF_ERROR(check(config.tz, "the default"));
  for (const auto& [id, page] : config.pages) {
    if (!page.tz.empty()) RETURN_IF_ERROR(check(page.tz, fmt::format("page {}", id)));
  }
  return absl::OkStatus();
}

absl::Status CheckZalo(const ZaloConfig& zalo) {
  for (const std::string& code : zalo.verifiers) {
    const bool plain = std::all_of(code.begin(), code.end(), [](unsigned char c) {
      return absl::ascii_isalnum(c) || c == '-' || c == '_';
    });
    if (code.empty() || !plain) {
      return BadConfig(fmt::format("zalo.verifiers holds `{}`, which is no code", code),
                       "of zalo_verifierXy12.html it is Xy12");
    }
  }
  for (const auto& [id, account] : zalo.accounts) {
    for (const std::string& secret : account.secrets) {
      if (secret.empty()) return BadConfig(fmt::format("Zalo account {} has an empty secret", id));
    }
    if (account.page == "*") {
      return BadConfig(fmt::format("Zalo account {} cannot count for every page", id));
    }
  }
  return absl::OkStatus();
}

// `https://name`, or with a port: what a browser says, byte for byte.
bool IsOrigin(std::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, scheme), host = text.substr(scheme + 3);
  return (name == "https" || name == "http") && !host.empty() &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) {
           return absl::ascii_isdigit(c) || absl::ascii_islower(c) || c == '.' || c == '-' ||
                  c == ':' || c == '[' || c == ']';
         });
}

absl::Status CheckOrigins(const Config& config) {
  for (const std::string& origin : config.browsers.origins) {
    if (origin == "*" || IsOrigin(origin)) continue;
    return BadConfig(fmt::format("browsers.origins holds `{}`, which is no origin", origin),
                     "as a browser says it: \"https://tan-dinh.example\", in lower case, without a "
                     "path; or \"*\" for every site");
  }
  if (!config.browsers.origins.empty() && config.tokens.empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "open_to_sites",
                     "browsers.origins needs tokens: without them no other site may write",
                     "add [[tokens]], one with verbs = [\"ingest\"] for the site's page");
  }
  return absl::OkStatus();
}

absl::Status CheckTokens(const Config& config) {
  std::set<std::string> names;
  std::set<TokenHash> hashes;
  for (const TokenConfig& token : config.tokens) {
    const bool plain = std::none_of(token.name.begin(), token.name.end(),
                                    [](unsigned char c) { return absl::ascii_iscntrl(c); });
    if (!plain) {
      return BadConfig("the name of a token holds a control character",
                       "it goes into logs, and jobs and keys are kept apart by it");
    }
    if (!names.insert(token.name).second || !hashes.insert(token.sha256).second) {
      return BadConfig(fmt::format("token `{}` is configured twice", token.name));
    }
  }
  if (config.tokens.empty() && !IsLoopback(config.listen_address)) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "open_listener",
        fmt::format(
            "refusing to listen on {} without tokens: anyone who reaches it could read and write",
            config.listen_address),
        "add [[tokens]] to the configuration (see pagepulse.example.toml), or listen "
        "on 127.0.0.1");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateConfig(const Config& config) {
  RETURN_IF_ERROR(CheckZones(config));
  if (config.limits.array_bytes > config.limits.body_bytes) {
    return BadConfig("limits.array_bytes is above limits.body_bytes");
  }
  if (config.limits.in_flight_bytes < config.limits.body_bytes) {
    return BadConfig(
        "limits.in_flight_bytes is below limits.body_bytes: no such body could be read");
  }
  for (const std::string& secret : config.facebook.app_secrets) {
    if (secret.empty()) return BadConfig("facebook.app_secrets holds an empty secret");
  }
  for (const std::string& token : config.facebook.verify_tokens) {
    if (token.empty()) return BadConfig("facebook.verify_tokens holds an empty token");
  }
  RETURN_IF_ERROR(CheckZalo(config.zalo));
  RETURN_IF_ERROR(CheckOrigins(config));
  return CheckTokens(config);
}

}  // namespace pagepulse
