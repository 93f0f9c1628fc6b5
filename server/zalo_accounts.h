#pragma once

// The Zalo Official Accounts of the configuration, as the webhook needs them. Immutable once built,
// so any thread may ask.

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "ingest/adapter.h"
#include "server/auth.h"

namespace pagepulse {

class ZaloAccounts {
 public:
  explicit ZaloAccounts(const ZaloConfig& config);

  bool empty() const { return signers_.empty(); }
  const AccountPages& pages() const { return pages_; }

  // What a delivery with these headers may speak of: the pages of the accounts that share the app
  // and the secret under which it was signed. nullptr: nobody signed it. The grant lives as long as
  // this object.
  const Grant* WhoSigned(std::string_view signature, std::string_view timestamp,
                         std::string_view body) const;

 private:
  struct Signer {
    std::string app_id, secret;
    Grant grant;
  };

  const AccountPages pages_;
  std::vector<Signer> signers_;
};

}  // namespace pagepulse
