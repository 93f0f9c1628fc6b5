#pragma once

// Who may do what. Immutable once built, so any thread may ask.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"

namespace pagepulse {

struct Grant {
  std::string name;  // of the token; empty where none are configured
  bool all_pages = true;
  std::vector<std::string> pages;  // sorted
  uint8_t verbs = 0xff;

  bool Allows(std::string_view page) const;
  bool May(uint8_t verb) const { return (verbs & verb) != 0; }
};

absl::Status ForbiddenVerb(uint8_t verb);

class Authenticator {
 public:
  explicit Authenticator(const std::vector<TokenConfig>& tokens);

  // `authorization` is the header's value; `verb` one of TokenVerb, or 0: open to all.
  // UNAUTHENTICATED: no token, or one that nobody configured. PERMISSION_DENIED: not this verb.
  // The time it takes does not depend on how much of a token is right. The grant lives as long as
  // this object.
  absl::StatusOr<const Grant*> Check(std::string_view authorization, uint8_t verb) const;

  // The same of a token itself, for clients that cannot send the header.
  absl::StatusOr<const Grant*> CheckToken(std::string_view token, uint8_t verb) const;

  bool open() const { return tokens_.empty(); }

 private:
  struct Known {
    TokenHash sha256;
    Grant grant;
  };
  std::vector<Known> tokens_;
  Grant everybody_;  // where no tokens are configured
  Grant nobody_;     // on open routes
};

// The user of `Authorization: Basic`, which is where some clients put their key; empty: none.
std::string BasicUser(std::string_view authorization);

// Without tokens a browser must not be talked into writing here by another site's page: whether a
// request with these headers came from one.
bool IsCrossOrigin(std::string_view origin, std::string_view host);

// Without tokens a name that another site points at loopback (DNS rebinding) must not make its
// pages of this server's origin: whether `host` is localhost, a loopback address, or what is
// listened on, with any port. Also true of none at all, which no browser sends.
bool IsOwnHost(std::string_view host, std::string_view listen_address);

}  // namespace pagepulse
