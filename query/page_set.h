#pragma once

// The names of a query, looked up: pages with their zones, and the posts or sources to filter by.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "query/data_source.h"
#include "query/spec.h"
#include "rollup/delta.h"
#include "rollup/row_key.h"

namespace pagepulse {

struct PageSet {
  struct ZoneGroup {
    absl::TimeZone zone;
    std::vector<uint32_t> scan_pages;  // sorted; empty: all that there are
  };
  absl::TimeZone zone;           // the query's
  std::vector<uint32_t> ids;     // sorted
  std::vector<ZoneGroup> zones;  // of the pages: each has day and month rows of its own
};

// NOT_FOUND `unknown_page`; INVALID_ARGUMENT `unknown_zone`, or `mixed_zones` where pages of
// several zones are asked together without a tz.
absl::StatusOr<PageSet> ResolvePages(const QuerySpec& spec, const Catalog& catalog);

struct MemberSet {
  struct Named {
    uint32_t page;  // 0: of no page
    uint32_t member;
  };
  Scope scope = Scope::kPage;
  std::vector<uint32_t> ids;         // sorted; empty: no filter
  bool nothing = false;              // a filter that nothing in the store passes
  std::vector<Named> named;          // what the filter names, known or not
  std::vector<std::string> unknown;  // see kFirstUnknownMember

  // The member, in this scope, of what happened on a post (0: none) through a source; nullopt: it
  // does not belong.
  std::optional<uint32_t> Of(uint32_t post, uint32_t source) const {
    if (scope == Scope::kPage) return 0;
    const uint32_t member = scope == Scope::kPost ? post : source;
    if (scope == Scope::kPost && member == 0) return std::nullopt;
    if (!ids.empty() && !std::binary_search(ids.begin(), ids.end(), member)) return std::nullopt;
    return member;
  }
};

// What the store does not know goes to *warnings.
MemberSet ResolveMembers(const QuerySpec& spec, const PageSet& pages, const Catalog& catalog,
                         std::vector<std::string>* warnings);

bool GroupsBy(const QuerySpec& spec, Grouping grouping);

}  // namespace pagepulse
