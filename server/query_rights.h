#pragma once

#include "absl/status/status.h"
#include "query/data_source.h"
#include "query/spec.h"
#include "server/auth.h"

namespace pagepulse {

// Narrows `*` to what the token may see, and refuses a page that it may not, in words that do not
// tell whether there is such a page: PERMISSION_DENIED `forbidden_page`; NOT_FOUND `unknown_page`
// where `*` is nothing.
absl::Status ApplyGrant(const Grant& grant, const Catalog& catalog, QuerySpec* spec);

}  // namespace pagepulse
