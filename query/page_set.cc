#include "query/page_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/time_zone.h"
#include "query/answer.h"

namespace pagepulse {
namespace {

absl::Status UnknownPage(const std::string& name, const Catalog& catalog) {
  std::vector<std::string> known;
  for (const uint32_t page : catalog.AllPages()) known.push_back(catalog.PageName(page));
  // A name that was not written to its end is meant before any other spelling.
  const auto longer = std::find_if(known.begin(), known.end(),
                                   [&](const std::string& page) { return page.starts_with(name); });
  const std::string_view nearest =
      longer != known.end() ? std::string_view(*longer) : NearestName(name, known);
  return MakeError(absl::StatusCode::kNotFound, "unknown_page",
                   fmt::format("there is no page `{}`", name),
                   !nearest.empty() ? fmt::format("did you mean `{}`?", nearest)
                   : known.empty()  ? "the store holds no page yet"
                                    : "page=* asks for all, with by=page one by one");
}

absl::StatusOr<absl::TimeZone> QueryZone(const std::string& name) {
  // IANA names hold nothing else, and the loader takes more than names.
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  });
  if (plain && name.size() <= 64) {
    auto zone = LoadZone(name);
    if (zone.ok()) return zone;
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "unknown_zone",
                   fmt::format("`tz={}` is not a time zone", name),
                   fmt::format("give an IANA name such as {}", kDefaultZone));
}

}  // namespace

absl::StatusOr<PageSet> ResolvePages(const QuerySpec& spec, const Catalog& catalog) {
  PageSet set;
  for (const std::string& name : spec.pages) {
    const std::optional<uint32_t> page = catalog.FindPage(name);
    if (!page) return UnknownPage(name, catalog);
    set.ids.push_back(*page);
  }
  if (spec.all_pages) set.ids = catalog.AllPages();
  std::sort(set.ids.begin(), set.ids.end());

  std::map<std::string, std::vector<uint32_t>> by_zone;
  for (const uint32_t page : set.ids) by_zone[catalog.PageZone(page)].push_back(page);
  for (auto& [name, pages] : by_zone) {
    const absl::TimeZone zone = catalog.PageTimeZone(pages[0]);
    const bool everything = spec.all_pages && by_zone.size() == 1;
    set.zones.push_back({zone, everything ? std::vector<uint32_t>() : std::move(pages)});
  }

  if (!spec.tz.empty()) {
    ASSIGN_OR_RETURN(set.zone, QueryZone(spec.tz));
  } else if (by_zone.size() > 1) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "mixed_zones",
        fmt::format("these pages have days of {} time zones ({}, {}{})", by_zone.size(),
                    by_zone.begin()->first, std::next(by_zone.begin())->first,
                    by_zone.size() > 2 ? ", …" : ""),
        fmt::format("say which days are meant: tz={}", by_zone.begin()->first));
  } else if (by_zone.empty()) {
    ASSIGN_OR_RETURN(set.zone, LoadZone(kDefaultZone));
  } else {
    set.zone = set.zones[0].zone;
  }
  return set;
}

bool GroupsBy(const QuerySpec& spec, Grouping grouping) {
  return std::find(spec.by.begin(), spec.by.end(), grouping) != spec.by.end();
}

MemberSet ResolveMembers(const QuerySpec& spec, const PageSet& pages, const Catalog& catalog,
                         std::vector<std::string>* warnings) {
  MemberSet set;
  const auto add_unknown = [&](std::string_view kind, const std::string& name) {
    const uint32_t page = pages.ids.size() == 1 && kind == "post" ? pages.ids[0] : 0;
    set.named.push_back({page, kFirstUnknownMember + static_cast<uint32_t>(set.unknown.size())});
    set.unknown.push_back(name);
    warnings->push_back(fmt::format("there is no {} `{}` yet: it counts as zero", kind, name));
  };
  if (!spec.posts.empty() || GroupsBy(spec, Grouping::kPost)) set.scope = Scope::kPost;
  for (const std::string& name : spec.posts) {
    const size_t before = set.named.size();
    for (const uint32_t page : pages.ids) {
      if (const auto post = catalog.FindPost(page, name)) {
        set.named.push_back({page, *post});
        set.ids.push_back(*post);
      }
    }
    if (set.named.size() == before) add_unknown("post", name);
  }

  const bool filters_source = !spec.sources.empty() || spec.no_source;
  if (filters_source || GroupsBy(spec, Grouping::kSource)) set.scope = Scope::kSource;
  if (spec.no_source) {
    set.named.push_back({0, 0});
    set.ids.push_back(0);
  }
  for (const std::string& name : spec.sources) {
    if (const auto source = catalog.FindSource(name)) {
      set.named.push_back({0, *source});
      set.ids.push_back(*source);
    } else {
      add_unknown("source", name);
    }
  }
  std::sort(set.ids.begin(), set.ids.end());
  set.nothing = set.ids.empty() && (!spec.posts.empty() || filters_source);
  return set;
}

}  // namespace pagepulse
