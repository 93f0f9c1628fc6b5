#include "tools/inspect.h"

#include <fmt/format.h>

#include <boost/json.hpp>

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
#include "tools/server_target.h"

namespace pagepulse {
namespace {

constexpr char kUsage[] =
    "jobs | job NAME | rejected | keys FAMILY [HEX PREFIX] | fact EVENT (a JSON line of it); "
    "FAMILY is "
    "minutes, quarters, days, facts, log, journal or records";

absl::Status Usage(std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "usage",
                   fmt::format("cannot inspect `{}`", what), kUsage);
}

void ShowRejected(const RejectedLine& line, std::string_view code) {
  const auto known = [](std::string_view what, const std::string& text) {
    return text.empty() ? "" : fmt::format(", {} `{}`", what, text);
  };
  fmt::print("{}  {}{}{}{}, line {}, offset {}, {} bytes: {}{}{}\n", Instant(line.arrival_ms),
             line.origin, known("format", line.format), known("token", line.token),
             known("page", line.page), line.line, line.offset, line.length, code,
             line.text.empty() ? "" : "  ", line.text);
}

absl::Status ShowRejectedOf(HttpClient* client) {
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->Get("/v1/rejected"));
  if (answer.status != 200) return ErrorOf(answer);
  try {
    const boost::json::value list = boost::json::parse(answer.body);
    for (const boost::json::value& item : list.at("rejected").as_array()) {
      RejectedLine line;
      line.arrival_ms = item.at("arrived_ms").to_number<int64_t>();
      line.origin = item.at("origin").as_string().c_str();
      line.line = item.at("line").to_number<uint32_t>();
      line.offset = item.at("offset").to_number<uint64_t>();
      line.length = item.at("length").to_number<uint32_t>();
      const std::pair<const char*, std::string*> texts[] = {{"format", &line.format},
                                                            {"token", &line.token},
                                                            {"page", &line.page},
                                                            {"text", &line.text}};
      for (const auto& [name, into] : texts) {
        const boost::json::value* text = item.as_object().if_contains(name);
        if (text != nullptr) *into = text->as_string().c_str();
      }
      ShowRejected(line, item.at("code").as_string().c_str());
    }
  } catch (const std::exception& error) {
    return absl::DataLossError(
        fmt::format("the server's list of rejected lines is not understood: {}", error.what()));
  }
  return absl::OkStatus();
}

void ShowJob(const std::string& job, const std::vector<JobFile>& files) {
  if (files.empty()) fmt::print("job `{}` has counted nothing\n", job);
  for (const JobFile& file : files) {
    fmt::print("{}: counted up to byte {}, line {}: {} accepted, {} duplicate, {} rejected\n",
               file.file_name, file.position, file.lines, file.accepted, file.duplicate,
               file.rejected);
  }
}

void ShowJobs(const std::vector<JobSummary>& jobs) {
  if (jobs.empty()) fmt::print("no job has counted anything\n");
  for (const JobSummary& job : jobs) {
    fmt::print("{}: {} files, {} accepted, {} duplicate, {} rejected{}", job.name, job.files,
               job.accepted, job.duplicate, job.rejected,
               job.counted_ms == 0 ? "" : "; last counted " + Instant(job.counted_ms));
    if (job.being_undone) {
      fmt::print("; being undone since {}: go on with `backfill --undo {}`", Instant(job.undo_ms),
                 job.name);
    } else if (job.undo_ms != 0) {
      fmt::print("; {} events undone {}", job.undone, Instant(job.undo_ms));
    }
    fmt::print("\n");
  }
}

absl::StatusOr<std::vector<JobSummary>> FetchJobs(HttpClient* client) {
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->Get("/v1/jobs"));
  if (answer.status != 200) return ErrorOf(answer);
  std::vector<JobSummary> jobs;
  try {
    const boost::json::value list = boost::json::parse(answer.body);
    for (const boost::json::value& item : list.at("jobs").as_array()) {
      JobSummary& job = jobs.emplace_back();
      job.name = item.at("job").as_string().c_str();
      job.files = item.at("files").to_number<uint64_t>();
      job.accepted = item.at("accepted").to_number<uint64_t>();
      job.duplicate = item.at("duplicate").to_number<uint64_t>();
      job.rejected = item.at("rejected").to_number<uint64_t>();
      job.counted_ms = item.at("counted_ms").to_number<int64_t>();
      job.being_undone = item.at("being_undone").as_bool();
      job.undo_ms = item.at("undo_ms").to_number<int64_t>();
      job.undone = item.at("undone").to_number<uint64_t>();
    }
  } catch (const std::exception& error) {
    return absl::DataLossError(
        fmt::format("the server's list of jobs is not understood: {}", error.what()));
  }
  return jobs;
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
  const std::string key = absl::HexStringToBytes(FormatHash(batch.events[0].fact));
  ASSIGN_OR_RETURN(std::string text, DescribeEntry("facts", key, values[0], engine.catalog()));
  fmt::print("{}", text);
  return absl::OkStatus();
}

}  // namespace

absl::Status Inspect(const InspectOptions& options, const Config& config) {
  const std::vector<std::string>& what = options.what;
  const bool rejected = what[0] == "rejected" && what.size() == 1;
  const bool jobs = what[0] == "jobs" && what.size() == 1;
  const bool job = (what[0] == "job" || what[0] == "jobs") && what.size() == 2;
  const bool keys = what[0] == "keys" && (what.size() == 2 || what.size() == 3);
  const bool fact = what[0] == "fact" && what.size() == 2;
  if (!rejected && !jobs && !job && !keys && !fact) return Usage(what[0]);
  const Place place = FindPlace(options.place, config);
  if (!place.server.empty()) {
    ASSIGN_OR_RETURN(auto client, HttpClient::Make(place.server, place.token));
    if (rejected) return ShowRejectedOf(client.get());
    if (jobs) {
      ASSIGN_OR_RETURN(const std::vector<JobSummary> list, FetchJobs(client.get()));
      ShowJobs(list);
      return absl::OkStatus();
    }
    if (job) {
      ASSIGN_OR_RETURN(const std::vector<JobFile> files, FetchJobFiles(client.get(), what[1]));
      ShowJob(what[1], files);
      return absl::OkStatus();
    }
    return MakeError(absl::StatusCode::kFailedPrecondition, "in_use",
                     "keys and facts are read from a directory that no server holds",
                     "stop the server, or inspect a copy of its directory with --data");
  }
  EngineOptions engine_options = ToEngineOptions(config, place.data);
  engine_options.database.read_only = true;
  ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, Engine::Open(engine_options));
  if (rejected) {
    for (const RejectedLine& line : engine->RejectedLines()) {
      ShowRejected(line, RejectName(line.code));
    }
  }
  if (jobs) ShowJobs(engine->ListJobs());
  if (job) ShowJob(what[1], engine->JobFiles(what[1]));
  if (!keys && !fact) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> db, Database::Open(engine_options.database));
  if (fact) return ShowFact(*engine, *db, what[1]);
  return ShowKeys(*engine, *db, what[1],
                  what.size() == 3 ? absl::HexStringToBytes(what[2]) : std::string());
}

}  // namespace pagepulse
