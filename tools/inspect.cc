#include "tools/inspect.h"

#include <fmt/format.h>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "engine/journal.h"
#include "ingest/adapter.h"
#include "ingest/line_cutter.h"
#include "storage/database.h"
#include "tools/commands.h"
#include "tools/http_client.h"

namespace pagepulse {
namespace {

constexpr char kUsage[] =
    "jobs NAME | rejected | keys FAMILY [HEX PREFIX] | fact EVENT (a JSON line of it); FAMILY is "
    "rollups, facts, log or journal";

absl::Status Usage(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "usage",
                   fmt::format("cannot inspect `{}`", what), kUsage);
}

absl::Status ShowFromServer(const Place& place, const std::string& target) {
  ASSIGN_OR_RETURN(auto client, HttpClient::Make(place.server, place.token));
  ASSIGN_OR_RETURN(HttpAnswer answer, client->Get(target));
  if (answer.status != 200) return ErrorOf(answer);
  fmt::print("{}", answer.body);
  return absl::OkStatus();
}

void ShowRejected(const Engine& engine) {
  for (const RejectedLine& line : engine.RejectedLines()) {
    fmt::print("{} {} line {} offset {} length {} {}{}{}\n", line.arrival_ms, line.origin,
               line.line, line.offset, line.length, RejectName(line.code),
               line.text.empty() ? "" : " ", line.text);
  }
}

void ShowJob(const Engine& engine, const std::string& job) {
  const std::vector<JobFile> files = engine.JobFiles(job);
  if (files.empty()) fmt::print("job `{}` has counted nothing\n", job);
  for (const JobFile& file : files) {
    fmt::print("{}: counted up to byte {}, line {}: {} accepted, {} duplicate, {} rejected\n",
               file.file_name, file.position, file.lines, file.accepted, file.duplicate,
               file.rejected);
  }
}

absl::Status ShowKeys(const Engine& engine, const Database& db, const std::string& family,
                      const std::string& prefix) {
  return db.Dump(family, [&](std::string_view key, std::string_view value) -> absl::Status {
    if (key.substr(0, prefix.size()) != prefix) return absl::OkStatus();
    ASSIGN_OR_RETURN(std::string text, DescribeEntry(family, key, value, engine.catalog()));
    fmt::print("{}  {}", absl::BytesToHexString(ToAbsl(key)), text);
    return absl::OkStatus();
  });
}

// The fact that an event, given as its line of JSON, belongs to.
absl::Status ShowFact(const Engine& engine, const Database& db, const std::string& line) {
  ParseContext context;
  context.key = &engine.hash_key();
  context.now_ms = INT64_MAX / 2;
  EventBatch batch;
  absl::Status status;
  const auto parse = [&](Chunk chunk) {
    status.Update(NativeLines().Parse(std::move(chunk), {}, context, &batch));
  };
  LineCutter cutter;
  cutter.Feed(line, parse);
  cutter.Finish(parse);
  RETURN_IF_ERROR(status);
  if (batch.events.size() != 1 || !batch.events[0].followed) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "not_a_fact",
        batch.rejections.empty()
            ? "that event does not identify a fact"
            : fmt::format("that event is not valid: {}", RejectMessage(batch.rejections[0].code)),
        "give one event of it with page, type, actor and post or object");
  }
  std::vector<std::string> values;
  RETURN_IF_ERROR(db.GetFacts({batch.events[0].fact}, &values));
  if (values[0].empty()) {
    fmt::print("nothing is known of that fact in the checkpoint\n");
    return absl::OkStatus();
  }
  std::string key;
  for (uint64_t half :
       {absl::Uint128High64(batch.events[0].fact), absl::Uint128Low64(batch.events[0].fact)}) {
    key += fmt::format("{:016x}", half);
  }
  ASSIGN_OR_RETURN(std::string text, DescribeEntry("facts", absl::HexStringToBytes(key), values[0],
                                                   engine.catalog()));
  fmt::print("{}", text);
  return absl::OkStatus();
}

}  // namespace

absl::Status Inspect(const InspectOptions& options, const Config& config) {
  const std::vector<std::string>& what = options.what;
  const bool rejected = what[0] == "rejected" && what.size() == 1;
  const bool job = (what[0] == "job" || what[0] == "jobs") && what.size() == 2;
  const bool keys = what[0] == "keys" && (what.size() == 2 || what.size() == 3);
  const bool fact = what[0] == "fact" && what.size() == 2;
  if (!rejected && !job && !keys && !fact) return Usage(what[0]);
  const Place place = FindPlace(options.place, config);
  if (!place.server.empty()) {
    if (rejected) return ShowFromServer(place, "/v1/rejected");
    if (job) return ShowFromServer(place, "/v1/jobs/" + PercentEncode(what[1]));
    return MakeError(absl::StatusCode::kFailedPrecondition, "in_use",
                     "keys and facts are read from a directory that no server holds",
                     "stop the server, or inspect a copy of its directory with --data");
  }
  EngineOptions engine_options = ToEngineOptions(config, place.data);
  engine_options.database.read_only = true;
  ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, Engine::Open(engine_options));
  if (rejected) ShowRejected(*engine);
  if (job) ShowJob(*engine, what[1]);
  if (!keys && !fact) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> db, Database::Open(engine_options.database));
  if (fact) return ShowFact(*engine, *db, what[1]);
  return ShowKeys(*engine, *db, what[1],
                  what.size() == 3 ? absl::HexStringToBytes(what[2]) : std::string());
}

}  // namespace pagepulse
