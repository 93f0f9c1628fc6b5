// GET and POST /v1/query and /v1/reconcile.

#include <fmt/format.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/string_view.h"
#include "query/query.h"
#include "query/reconcile.h"
#include "server/await.h"
#include "server/handlers.h"
#include "server/ingest_request.h"
#include "server/query_rights.h"

namespace pagepulse {
namespace {

constexpr uint64_t kMaxQueryBytes = 1 << 20;

enum class Question { kQuery, kReconcile };

// A name that every file system takes.
std::string FileName(const QuerySpec& spec) {
  std::string name = "pagepulse";
  if (spec.pages.size() == 1) {
    name += '-';
    for (const unsigned char c : spec.pages[0]) {
      name += absl::ascii_isalnum(c) || c == '-' || c == '_' ? static_cast<char>(c) : '_';
    }
  }
  return name + ".csv";
}

absl::StatusOr<HttpResponse> RunAndFormat(const ServerContext& context, const Grant& grant,
                                          Question question, QuerySpec spec) {
  const Catalog& catalog = context.engine.catalog();
  const absl::Status allowed = ApplyGrant(grant, catalog, &spec);
  if (!allowed.ok()) return allowed;
  if (question == Question::kReconcile) {
    absl::StatusOr<QuerySpec> both = WithReports(std::move(spec));
    if (!both.ok()) return both.status();
    spec = *std::move(both);
  }
  absl::StatusOr<QueryResult> result = context.engine.Run(spec, context.options.clock());
  if (!result.ok()) return result.status();
  if (question == Question::kReconcile) AddDifferences(&*result);
  HttpResponse response;
  response.body = FormatResult(*result, spec.format, spec.bom);
  response.content_type = ContentType(spec.format);
  if (spec.format == OutputFormat::kCsv) {
    response.headers.emplace_back("Content-Disposition",
                                  fmt::format("attachment; filename=\"{}\"", FileName(spec)));
  }
  return response;
}

Answer Run(ServerContext& context, const HttpRequest& request, Question question, QuerySpec spec) {
  using Result = absl::StatusOr<HttpResponse>;
  absl::AnyInvocable<Result()> run = [&context, grant = request.grant, question,
                                      spec = std::move(spec)] {
    return RunAndFormat(context, *grant, question, spec);
  };
  auto response = co_await RunOn<Result>(context.queries, std::move(run));
  co_return response;
}

absl::StatusOr<QuerySpec> ParseParams(Question question, const Params& params) {
  return question == Question::kQuery ? ParseQueryParams(params) : ParseReconcileParams(params);
}

// A JSON object, or a form's parameters.
absl::StatusOr<QuerySpec> ParseBody(Question question, std::string_view body,
                                    std::string_view content_type) {
  const bool form =
      absl::StartsWithIgnoreCase(ToAbsl(content_type), "application/x-www-form-urlencoded");
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (!form || (first != std::string_view::npos && body[first] == '{')) {
    return question == Question::kReconcile ? ParseReconcileJson(body) : ParseQueryJson(body);
  }
  const absl::StatusOr<Params> params = ParseForm(body);
  if (!params.ok()) return params.status();
  return ParseParams(question, *params);
}

Answer Post(ServerContext& context, HttpRequest& request, Question question) {
  if (!request.params.empty()) {
    co_return MakeError(absl::StatusCode::kInvalidArgument, "params_twice",
                        "a POST says everything in its body, nothing in the URL",
                        "put the URL's parameters into the JSON object");
  }
  Reservation room(&context.in_flight);
  const absl::StatusOr<std::string> body =
      co_await ReadWhole(context, request, room, kMaxQueryBytes);
  if (!body.ok()) co_return body.status();
  absl::StatusOr<QuerySpec> spec = ParseBody(question, *body, request.Header("content-type"));
  if (!spec.ok()) co_return spec.status();
  auto response = co_await Run(context, request, question, *std::move(spec));
  co_return response;
}

Answer Get(ServerContext& context, HttpRequest& request, Question question) {
  absl::StatusOr<QuerySpec> spec = ParseParams(question, request.params);
  if (!spec.ok()) co_return spec.status();
  auto response = co_await Run(context, request, question, *std::move(spec));
  co_return response;
}

}  // namespace

Answer GetQuery(ServerContext& context, HttpRequest& request) {
  return Get(context, request, Question::kQuery);
}
Answer PostQuery(ServerContext& context, HttpRequest& request) {
  return Post(context, request, Question::kQuery);
}
Answer GetReconcile(ServerContext& context, HttpRequest& request) {
  return Get(context, request, Question::kReconcile);
}
Answer PostReconcile(ServerContext& context, HttpRequest& request) {
  return Post(context, request, Question::kReconcile);
}

}  // namespace pagepulse
