#include "server/query_rights.h"

#include <fmt/format.h>

#include "base/error.h"

namespace pagepulse {

absl::Status ApplyGrant(const Grant& grant, const Catalog& catalog, QuerySpec* spec) {
  if (grant.all_pages) return absl::OkStatus();
  if (!spec->all_pages) {
    for (const std::string& page : spec->pages) {
      if (grant.Allows(page) && catalog.FindPage(page)) continue;
      return MakeError(absl::StatusCode::kPermissionDenied, "forbidden_page",
                       fmt::format("this token may not query page `{}`, or there is none", page),
                       fmt::format("it may query {}", fmt::join(grant.pages, ", ")));
    }
    return absl::OkStatus();
  }
  spec->all_pages = false;
  for (const std::string& page : grant.pages) {
    if (catalog.FindPage(page)) spec->pages.push_back(page);
  }
  if (!spec->pages.empty()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kNotFound, "unknown_page",
                   "none of this token's pages has had an event yet");
}

}  // namespace pagepulse
