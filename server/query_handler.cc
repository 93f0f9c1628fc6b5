// GET and POST /v1/query.

#include <fmt/format.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/string_view.h"
#include "query/query.h"
#include "server/await.h"
#include "server/handlers.h"
#include "server/ingest_request.h"
#include "server/query_rights.h"

namespace pagepulse {
namespace {

constexpr uint64_t kMaxQueryBytes = 1 << 20;

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
                                          QuerySpec spec) {
  const Catalog& catalog = context.engine.catalog();
  const absl::Status allowed = ApplyGrant(grant, catalog, &spec);
  if (!allowed.ok()) return allowed;
  const absl::StatusOr<QueryResult> result = context.engine.Run(spec, context.options.clock());
  if (!result.ok()) return result.status();
  HttpResponse response;
  response.body = FormatResult(*result, spec.format, spec.bom);
  response.content_type = ContentType(spec.format);
  if (spec.format == OutputFormat::kCsv) {
    response.headers.emplace_back("Content-Disposition",
                                  fmt::format("attachment; filename=\"{}\"", FileName(spec)));
  }
  return response;
}

Answer Run(ServerContext& context, const HttpRequest& request, QuerySpec spec) {
  using Result = absl::StatusOr<HttpResponse>;
  absl::AnyInvocable<Result()> run = [&context, grant = request.grant, spec = std::move(spec)] {
    return RunAndFormat(context, *grant, spec);
  };
  auto response = co_await RunOn<Result>(context.queries, std::move(run));
  co_return response;
}

// A JSON object, or a form's parameters.
absl::StatusOr<QuerySpec> ParseBody(std::string_view body, std::string_view content_type) {
  const bool form =
      absl::StartsWithIgnoreCase(ToAbsl(content_type), "application/x-www-form-urlencoded");
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (!form || (first != std::string_view::npos && body[first] == '{')) return ParseQueryJson(body);
  const absl::StatusOr<Params> params = ParseForm(body);
  if (!params.ok()) return params.status();
  return ParseQueryParams(*params);
}

}  // namespace

Answer GetQuery(ServerContext& context, HttpRequest& request) {
  absl::StatusOr<QuerySpec> spec = ParseQueryParams(request.params);
  if (!spec.ok()) co_return spec.status();
  auto response = co_await Run(context, request, *std::move(spec));
  co_return response;
}

Answer PostQuery(ServerContext& context, HttpRequest& request) {
  if (!request.params.empty()) {
    co_return MakeError(absl::StatusCode::kInvalidArgument, "params_twice",
                        "a POST says everything in its body, nothing in the URL",
                        "put the URL's parameters into the JSON object");
  }
  Reservation room(&context.in_flight);
  const absl::StatusOr<std::string> body =
      co_await ReadWhole(context, request, room, kMaxQueryBytes);
  if (!body.ok()) co_return body.status();
  absl::StatusOr<QuerySpec> spec = ParseBody(*body, request.Header("content-type"));
  if (!spec.ok()) co_return spec.status();
  auto response = co_await Run(context, request, *std::move(spec));
  co_return response;
}

}  // namespace pagepulse
