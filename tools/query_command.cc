#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <sstream>

#include "base/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "query/query.h"
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

absl::StatusOr<std::string> BodyOf(HttpAnswer answer) {
  if (answer.status != 200) return ErrorOf(answer);
  return std::move(answer.body);
}

// The words as the parameters of a GET, a JSON object as the body of a POST; both with this format.
absl::StatusOr<std::string> AskServer(const Place& place, const std::string& words,
                                      OutputFormat format) {
  ASSIGN_OR_RETURN(auto client, HttpClient::Make(place.server, place.token));
  constexpr const char* kNames[] = {"json", "csv", "ndjson", "table"};
  const char* name = kNames[static_cast<int>(format)];
  if (const size_t first = words.find_first_not_of(" \t\r\n");
      first != std::string::npos && words[first] == '{') {
    boost::json::object query = boost::json::parse(words).as_object();  // ParseQueryWords took it
    query["format"] = name;
    ASSIGN_OR_RETURN(HttpAnswer answer, client->Post("/v1/query", boost::json::serialize(query),
                                                     {{"Content-Type", "application/json"}}));
    return BodyOf(std::move(answer));
  }
  std::string target = fmt::format("/v1/query?format={}", name);
  std::istringstream in(words);
  for (std::string word; in >> word;) {
    const size_t equals = word.find('=');
    if (word.compare(0, equals, "format") == 0) continue;
    target += "&" + word.substr(0, equals) + "=" + PercentEncode(word.substr(equals + 1));
  }
  ASSIGN_OR_RETURN(HttpAnswer answer, client->Get(target));
  return BodyOf(std::move(answer));
}

absl::StatusOr<std::string> AskDirectory(const Place& place, QuerySpec spec, const Config& config) {
  if (auto url = RunningServer(place.data)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "in_use",
                     fmt::format("{} is held by the server at {}", place.data, *url),
                     fmt::format("ask it: --server {}", *url));
  }
  EngineOptions options = ToEngineOptions(config, place.data);
  options.database.read_only = true;
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::Open(std::move(options)));
  const auto cut = engine->TakeCut();
  ASSIGN_OR_RETURN(QueryResult result, RunQuery(spec, engine->catalog(), *cut, SystemMillis()));
  return FormatResult(result, spec.format, spec.bom);
}

}  // namespace

absl::Status QueryCommand(const QueryOptions& options, const Config& config) {
  ASSIGN_OR_RETURN(QuerySpec spec, ParseQueryWords(options.words));
  const bool words_say = options.words.find("format") != std::string::npos;
  ASSIGN_OR_RETURN(spec.format, ChooseFormat(options.format, spec.format, words_say));
  const Place place = FindPlace(options.place);
  absl::StatusOr<std::string> answer = place.server.empty()
                                           ? AskDirectory(place, spec, config)
                                           : AskServer(place, options.words, spec.format);
  RETURN_IF_ERROR(answer.status());
  std::fwrite(answer->data(), 1, answer->size(), stdout);
  return absl::OkStatus();
}

}  // namespace pagepulse
