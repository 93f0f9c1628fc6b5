#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "query/query.h"
#include "query/reconcile.h"
#include "tools/commands.h"
#include "tools/http_client.h"

namespace pagepulse {
namespace {

absl::StatusOr<OutputFormat> ChooseFormat(const std::string& flag, OutputFormat in_words,
                                          bool words_say) {
  if (flag.empty()) {
    if (words_say) return in_words;
    return isatty(STDOUT_FILENO) ? OutputFormat::kTable : OutputFormat::kJson;
  }
  if (flag == "table") return OutputFormat::kTable;
  if (flag == "json") return OutputFormat::kJson;
  if (flag == "csv") return OutputFormat::kCsv;
  if (flag == "ndjson") return OutputFormat::kNdjson;
  return MakeError(absl::StatusCode::kInvalidArgument, "unknown_format",
                   fmt::format("unknown format `{}`", flag), "table, json, csv or ndjson");
}

absl::StatusOr<std::string> AskServer(const Place& place, const std::string& route,
                                      const QuerySpec& spec) {
  ASSIGN_OR_RETURN(auto client, HttpClient::Make(place.server, place.token));
  ASSIGN_OR_RETURN(HttpAnswer answer,
                   client->Post(route, QueryJson(spec), {{"Content-Type", "application/json"}}));
  if (answer.status != 200) return ErrorOf(answer);
  return std::move(answer.body);
}

absl::StatusOr<std::string> AskDirectory(const Place& place, bool reconcile, QuerySpec spec,
                                         const Config& config) {
  if (auto url = RunningServer(place.data)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "in_use",
                     fmt::format("{} is held by the server at {}", place.data, *url),
                     fmt::format("ask it: --server {}", *url));
  }
  EngineOptions options = ToEngineOptions(config, place.data);
  options.database.read_only = true;
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::Open(std::move(options)));
  if (reconcile) {
    ASSIGN_OR_RETURN(spec, WithReports(std::move(spec)));
  }
  ASSIGN_OR_RETURN(QueryResult result, engine->Run(spec, SystemMillis()));
  if (reconcile) AddDifferences(&result);
  return FormatResult(result, spec.format, spec.bom);
}

}  // namespace

absl::Status QueryCommand(const QueryOptions& options, const Config& config) {
  ASSIGN_OR_RETURN(QuerySpec spec, options.reconcile ? ParseReconcileWords(options.words)
                                                     : ParseQueryWords(options.words));
  const bool words_say = (" " + options.words).find(" format=") != std::string::npos ||
                         options.words.find("\"format\"") != std::string::npos;
  ASSIGN_OR_RETURN(spec.format, ChooseFormat(options.format, spec.format, words_say));
  const Place place = FindPlace(options.place, config);
  absl::StatusOr<std::string> answer =
      place.server.empty()
          ? AskDirectory(place, options.reconcile, spec, config)
          : AskServer(place, options.reconcile ? "/v1/reconcile" : "/v1/query", spec);
  RETURN_IF_ERROR(answer.status());
  std::fwrite(answer->data(), 1, answer->size(), stdout);
  return absl::OkStatus();
}

}  // namespace pagepulse
