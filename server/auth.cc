#include "server/auth.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/string_view.h"

namespace pagepulse {
namespace {

constexpr std::string_view kScheme = "Bearer ", kBasicScheme = "Basic ";
constexpr std::string_view kLoopback6 = "::1";

std::string_view VerbName(uint8_t verb) {
  switch (verb) {
    case kVerbIngest:
      return "ingest";
    case kVerbReport:
      return "report";
    default:
      return "query";
  }
}

}  // namespace

absl::Status ForbiddenVerb(uint8_t verb) {
  return MakeError(absl::StatusCode::kPermissionDenied, "forbidden_verb",
                   fmt::format("this token may not {}", VerbName(verb)),
                   verb == kVerbReport
                       ? "what platforms count, and the titles and links of posts, are for tokens "
                         "whose `verbs` in the configuration have both ingest and report"
                       : "its `verbs` in the configuration say what it may do");
}

bool Grant::Allows(std::string_view page) const {
  return all_pages || std::binary_search(pages.begin(), pages.end(), page);
}

Authenticator::Authenticator(const std::vector<TokenConfig>& tokens) {
  for (const TokenConfig& token : tokens) {
    tokens_.push_back({token.sha256, Grant{token.name, token.all_pages, token.pages, token.verbs}});
    std::vector<std::string>& pages = tokens_.back().grant.pages;
    std::sort(pages.begin(), pages.end());
  }
  nobody_.all_pages = false;
  nobody_.verbs = 0;
}

absl::StatusOr<const Grant*> Authenticator::Check(std::string_view authorization,
                                                  uint8_t verb) const {
  if (open()) return &everybody_;
  if (verb == 0) return &nobody_;
  const bool bearer = absl::StartsWithIgnoreCase(ToAbsl(authorization), ToAbsl(kScheme));
  if (!bearer) {
    return MakeError(absl::StatusCode::kUnauthenticated, "token_needed",
                     "this server wants a token", "send `Authorization: Bearer TOKEN`");
  }
  return CheckToken(authorization.substr(kScheme.size()), verb);
}

absl::StatusOr<const Grant*> Authenticator::CheckToken(std::string_view token, uint8_t verb) const {
  if (open()) return &everybody_;
  // Hashes are compared, all of them, each in constant time.
  const TokenHash hash = HashToken(token);
  const Grant* found = nullptr;
  for (const Known& known : tokens_) {
    if (CRYPTO_memcmp(hash.data(), known.sha256.data(), hash.size()) == 0) found = &known.grant;
  }
  if (found == nullptr) {
    return MakeError(absl::StatusCode::kUnauthenticated, "unknown_token",
                     "this token is not known here",
                     "is it complete, and of this server? ask who configured it");
  }
  if (!found->May(verb)) return ForbiddenVerb(verb);
  return found;
}

std::string BasicUser(std::string_view authorization) {
  std::string pair;
  if (!absl::StartsWithIgnoreCase(ToAbsl(authorization), ToAbsl(kBasicScheme)) ||
      !absl::Base64Unescape(ToAbsl(authorization.substr(kBasicScheme.size())), &pair)) {
    return {};
  }
  return pair.substr(0, pair.find(':'));
}

bool IsCrossOrigin(std::string_view origin, std::string_view host) {
  if (origin.empty()) return false;
  const size_t authority = origin.find("://");
  return authority == std::string_view::npos || origin.substr(authority + 3) != host;
}

bool IsOwnHost(std::string_view host, std::string_view listen_address) {
  if (host.empty()) return true;
  const bool bracketed = host.front() == '[';
  // Some clients, `pagepulse --server` among them, leave out the brackets; browsers do not.
  const size_t colon = host.find(':', host.starts_with(kLoopback6) ? kLoopback6.size() : 0);
  const size_t end = std::min(bracketed ? host.find(']') : colon, host.size());
  std::string_view port = host.substr(end);
  if (bracketed) port.remove_prefix(std::min<size_t>(1, port.size()));
  const bool port_ok =
      port.empty() ||
      (port.front() == ':' && std::all_of(port.begin() + 1, port.end(),
                                          [](unsigned char c) { return absl::ascii_isdigit(c); }));
  if (!port_ok || (bracketed && end == host.size())) return false;
  const std::string name(host.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0)));
  if (name == listen_address) return true;
  if (name == kLoopback6) return true;
  if (bracketed) return false;
  in_addr v4{};
  if (inet_pton(AF_INET, name.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return absl::EqualsIgnoreCase(name, "localhost");
}

}  // namespace pagepulse
