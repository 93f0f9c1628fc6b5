// GET /v1/pages and GET /v1/posts: what there is.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/string_view.h"
#include "model/reported.h"
#include "query/extent.h"
#include "server/await.h"
#include "server/handlers.h"
#include "server/search_text.h"

namespace pagepulse {
namespace {

using Result = absl::StatusOr<HttpResponse>;

constexpr size_t kDefaultLimit = 1000;

struct ListParams {
  std::string search;  // a SearchText; empty: all
  size_t limit = kDefaultLimit;
};

absl::StatusOr<ListParams> ReadListParams(const Params& params) {
  ListParams list;
  list.search = SearchText(FindParam(params, "search"));
  const std::string_view limit = FindParam(params, "limit");
  if (!limit.empty() && (!absl::SimpleAtoi(ToAbsl(limit), &list.limit) || list.limit == 0)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "bad_limit",
                     fmt::format("`{}` is not a limit", limit), "a whole number above zero");
  }
  return list;
}

bool Found(std::string_view text, const std::string& search) {
  return search.empty() || SearchText(text).find(search) != std::string::npos;
}

void AppendMember(std::string_view name, std::string_view value, std::string* out) {
  *out += fmt::format(",\"{}\":", name);
  AppendJsonString(value, out);
}

// The end of both lists: how many match, and whether `limit` cut them.
void AppendMeta(size_t matching, size_t shown, std::string* out) {
  *out += fmt::format("],\"meta\":{{\"matching\":{},\"truncated\":{}}}}}\n", matching,
                      matching > shown);
}

// The days of the page's first and last event, where there is one.
absl::Status AppendExtent(const Catalog& catalog, const Cut& cut, uint32_t page, std::string* out) {
  const absl::StatusOr<Extent> extent = FindExtent(page, catalog, cut);
  if (!extent.ok()) return extent.status();
  if (extent->first >= extent->end) return absl::OkStatus();
  const auto day = [zone = catalog.PageTimeZone(page)](int64_t minute) {
    return absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(minute * 60), zone);
  };
  AppendMember("first", day(extent->first), out);
  AppendMember("last", day(extent->end - 1), out);
  return absl::OkStatus();
}

// As the configuration says it: of metrics that are not our own count.
void AppendAuthority(const Cut& cut, uint32_t page, std::string* out) {
  std::vector<std::string> names;
  for (int i = 0; i < kAuthorityMetrics; ++i) {
    const auto metric = static_cast<AuthorityMetric>(i);
    if (!cut.IsPlatforms(page, metric)) continue;
    names.push_back(fmt::format(R"("{}":"platform")", AuthorityMetricName(metric)));
  }
  if (!names.empty()) *out += fmt::format(",\"authority\":{{{}}}", fmt::join(names, ","));
}

Result ListPages(const ServerContext& context, const Grant& grant, const ListParams& list) {
  const Catalog& catalog = context.engine.catalog();
  std::vector<std::pair<std::string, uint32_t>> pages;
  for (const uint32_t page : catalog.AllPages()) {
    std::string id = catalog.PageName(page);
    if (!grant.Allows(id)) continue;
    if (!Found(id, list.search) && !Found(context.config.NameOfPage(id), list.search)) continue;
    pages.emplace_back(std::move(id), page);
  }
  std::sort(pages.begin(), pages.end());
  HttpResponse response;
  response.body = "{\"pages\":[";
  const size_t shown = std::min(pages.size(), list.limit);
  const std::shared_ptr<const Cut> cut = context.engine.TakeCut();
  for (size_t i = 0; i < shown; ++i) {
    response.body += i == 0 ? "{\"page\":" : ",{\"page\":";
    AppendJsonString(pages[i].first, &response.body);
    AppendMember("name", context.config.NameOfPage(pages[i].first), &response.body);
    AppendMember("tz", catalog.PageZone(pages[i].second), &response.body);
    const absl::Status status = AppendExtent(catalog, *cut, pages[i].second, &response.body);
    if (!status.ok()) return status;
    AppendAuthority(*cut, pages[i].second, &response.body);
    response.body += '}';
  }
  AppendMeta(pages.size(), shown, &response.body);
  return response;
}

absl::Status UnknownPage(const Catalog& catalog, const Grant& grant, const std::string& page) {
  std::vector<std::string> names;
  for (const uint32_t id : catalog.AllPages()) {
    std::string name = catalog.PageName(id);
    if (grant.Allows(name)) names.push_back(std::move(name));
  }
  const std::string_view near = NearestName(page, names);
  return MakeError(
      absl::StatusCode::kNotFound, "unknown_page", fmt::format("there is no page `{}`", page),
      near.empty() ? "GET /v1/pages lists them" : fmt::format("did you mean `{}`?", near));
}

Result ListPosts(const ServerContext& context, const Grant& grant, const std::string& page,
                 const ListParams& list) {
  const Catalog& catalog = context.engine.catalog();
  const std::optional<uint32_t> id = grant.Allows(page) ? catalog.FindPage(page) : std::nullopt;
  if (!id) return UnknownPage(catalog, grant, page);
  const absl::TimeZone zone = catalog.PageTimeZone(*id);
  std::vector<PostView> posts = context.engine.Posts(*id);
  std::erase_if(posts, [&](const PostView& post) {
    return !Found(post.post, list.search) && !Found(post.title, list.search);
  });
  // The newest first; those of which no feed has said when, last.
  std::sort(posts.begin(), posts.end(), [](const PostView& a, const PostView& b) {
    return a.published_ms != b.published_ms ? a.published_ms > b.published_ms : a.post < b.post;
  });
  HttpResponse response;
  response.body = "{\"page\":";
  AppendJsonString(page, &response.body);
  response.body += ",\"posts\":[";
  const size_t shown = std::min(posts.size(), list.limit);
  for (size_t i = 0; i < shown; ++i) {
    response.body += i == 0 ? "{\"post\":" : ",{\"post\":";
    AppendJsonString(posts[i].post, &response.body);
    if (!posts[i].title.empty()) AppendMember("title", posts[i].title, &response.body);
    if (!posts[i].link.empty()) AppendMember("link", posts[i].link, &response.body);
    if (posts[i].published_ms != 0) {
      AppendMember(
          "published",
          absl::FormatTime(absl::RFC3339_sec, absl::FromUnixMillis(posts[i].published_ms), zone),
          &response.body);
    }
    response.body += '}';
  }
  AppendMeta(posts.size(), shown, &response.body);
  return response;
}

}  // namespace

Answer GetPages(ServerContext& context, HttpRequest& request) {
  const absl::Status known = CheckParams(request.params, {"search", "limit"});
  if (!known.ok()) co_return known;
  const absl::StatusOr<ListParams> list = ReadListParams(request.params);
  if (!list.ok()) co_return list.status();
  absl::AnyInvocable<Result()> work = [&context, &request, &list] {
    return ListPages(context, *request.grant, *list);
  };
  auto response = co_await RunOn<Result>(context.queries, std::move(work));
  co_return response;
}

Answer GetPosts(ServerContext& context, HttpRequest& request) {
  const absl::Status known = CheckParams(request.params, {"page", "search", "limit"});
  if (!known.ok()) co_return known;
  const absl::StatusOr<ListParams> list = ReadListParams(request.params);
  if (!list.ok()) co_return list.status();
  const std::string page(FindParam(request.params, "page"));
  if (page.empty()) {
    co_return MakeError(absl::StatusCode::kInvalidArgument, "missing_page", "`page` is missing",
                        "GET /v1/posts?page=NAME");
  }
  absl::AnyInvocable<Result()> work = [&context, &request, &page, &list] {
    return ListPosts(context, *request.grant, page, *list);
  };
  auto response = co_await RunOn<Result>(context.queries, std::move(work));
  co_return response;
}

}  // namespace pagepulse
