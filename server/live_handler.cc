// GET /v1/live: docs/live.md.

#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "query/query.h"
#include "server/await.h"
#include "server/handlers.h"
#include "server/query_rights.h"

namespace pagepulse {
namespace {

using Joined = absl::StatusOr<Hub::Watch>;

// A connection that watches is one of the viewers, and not of the connections, which serve others.
class ViewerSeat {
 public:
  explicit ViewerSeat(ServerContext* context) : context_(context) {
    ++context_->viewers;
    --context_->connections;
  }
  ~ViewerSeat() {
    ++context_->connections;
    --context_->viewers;
  }
  ViewerSeat(const ViewerSeat&) = delete;
  ViewerSeat& operator=(const ViewerSeat&) = delete;

  bool is_free() const { return context_->viewers <= context_->config.limits.viewers; }

 private:
  ServerContext* const context_;
};

absl::Status TooManyViewers() {
  return MakeError(absl::StatusCode::kUnavailable, "too_many_viewers",
                   "as many viewers watch as are allowed", "close some, or raise limits.viewers");
}

// What is asked, without a format: a stream has its own.
absl::StatusOr<QuerySpec> ParseLive(const Params& params) {
  for (const auto& [name, value] : params) {
    if (name != "format" && name != "bom") continue;
    return MakeError(absl::StatusCode::kInvalidArgument, "unknown_key",
                     fmt::format("`{}` is not a key of /v1/live", name),
                     "a stream is JSON; /v1/query has other formats");
  }
  return ParseQueryParams(params);
}

Task<Joined> Join(ServerContext& context, const Grant* grant, const QuerySpec& spec) {
  // Tokens for some pages see something else under the same words.
  const std::string key = QueryJson(spec) + (grant->all_pages ? "" : kTokenNameEnd + grant->name);
  Hub::Compute compute = [&context, grant, spec](int64_t now_ms) -> absl::StatusOr<QueryResult> {
    QuerySpec allowed = spec;
    const absl::Status status = ApplyGrant(*grant, context.engine.catalog(), &allowed);
    if (!status.ok()) return status;
    return context.engine.Run(allowed, now_ms);
  };
  absl::AnyInvocable<void(Done<Joined>)> join = [&context, key, compute](Done<Joined> done) {
    context.hub->Join(key, compute, std::move(done));
  };
  return AwaitCallback<Joined>(std::move(join));
}

}  // namespace

Answer GetLive(ServerContext& context, HttpRequest& request) {
  const absl::StatusOr<QuerySpec> spec = ParseLive(request.params);
  if (!spec.ok()) co_return spec.status();
  auto seat = std::make_unique<ViewerSeat>(&context);
  if (!seat->is_free()) co_return TooManyViewers();
  Joined joined = co_await Join(context, request.grant, *spec);
  if (!joined.ok()) co_return joined.status();
  auto watch = std::make_unique<Hub::Watch>(*std::move(joined));
  const uint64_t have = watch->channel()->Find(request.Header("last-event-id"));
  HttpResponse response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.headers.emplace_back("X-Accel-Buffering",
                                "no");  // a proxy's; it would keep updates back
  response.body = "retry: 2000\n\n";
  response.stream = [&context, have, seat = std::move(seat),
                     watch = std::move(watch)](Connection& connection) mutable {
    return context.live.Of(connection).Serve(connection, std::move(watch), have);
  };
  co_return response;
}

}  // namespace pagepulse
