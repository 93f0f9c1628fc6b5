#include "server/zalo_accounts.h"

#include <algorithm>
#include <map>
#include <utility>

#include "ingest/zalo_signature.h"

namespace pagepulse {

ZaloAccounts::ZaloAccounts(const ZaloConfig& config) : pages_(config.Pages()) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> pages_of;
  for (const auto& [oa_id, account] : config.accounts) {
    for (const std::string& secret : account.secrets) {
      pages_of[{account.app_id, secret}].push_back(pages_.at(oa_id));
    }
  }
  for (auto& [signs, pages] : pages_of) {
    Grant grant;
    grant.all_pages = false;
    std::sort(pages.begin(), pages.end());
    grant.pages = std::move(pages);
    signers_.push_back({signs.first, signs.second, std::move(grant)});
  }
}

const Grant* ZaloAccounts::WhoSigned(std::string_view signature, std::string_view timestamp,
                                     std::string_view body) const {
  const std::vector<std::string> timestamps = ZaloTimestamps(timestamp, body);
  const Grant* grant = nullptr;
  for (const Signer& signer : signers_) {  // all of them: which one it was must not show
    if (ZaloSignatureHolds(signature, signer.app_id, body, timestamps, signer.secret)) {
      grant = &signer.grant;
    }
  }
  return grant;
}

}  // namespace pagepulse
