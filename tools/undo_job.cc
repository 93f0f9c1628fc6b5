// `pagepulse backfill --undo JOB`: in the directory, or by a server that holds it.

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "tools/commands.h"
#include "tools/http_client.h"
#include "tools/inspect.h"

namespace pagepulse {
namespace {

// A part of the undo; the next call goes on.
using TakePart = absl::FunctionRef<absl::StatusOr<UndoReport>()>;

absl::StatusOr<UndoReport> ReadReport(const std::string& body) {
  UndoReport report;
  try {
    const boost::json::value answer = boost::json::parse(body);
    report.done = answer.at("done").as_bool();
    report.did_nothing = answer.at("did_nothing").as_bool();
    report.counts.events = answer.at("events").to_number<uint64_t>();
    report.counts.repeated = answer.at("repeated").to_number<uint64_t>();
    report.counts.ids = answer.at("ids").to_number<uint64_t>();
    report.counts.shared = answer.at("shared").to_number<uint64_t>();
    report.counts.figures = answer.at("figures").to_number<uint64_t>();
    report.counts.people = answer.at("people").to_number<uint64_t>();
    for (const boost::json::value& item : answer.at("shared_events").as_array()) {
      SharedEvent& event = report.shared.emplace_back();
      event.ts_ms = item.at("ts_ms").to_number<int64_t>();
      event.type = item.at("type").as_string().c_str();
      event.page = item.at("page").as_string().c_str();
      event.post = item.at("post").as_string().c_str();
      event.teller = item.at("teller").as_string().c_str();
    }
  } catch (const std::exception& error) {
    return absl::DataLossError(
        fmt::format("the server's answer is not understood: {}", error.what()));
  }
  return report;
}

void Show(const std::string& job, const UndoReport& report) {
  const UndoCounts& counts = report.counts;
  if (report.did_nothing) {
    fmt::print("job `{}` has counted nothing, or was undone: nothing to do\n", job);
    return;
  }
  fmt::print("{} events of job `{}` taken out, {} ids released\n", counts.events, job, counts.ids);
  if (counts.figures > 0) fmt::print("{} reported figures taken out\n", counts.figures);
  if (counts.shared > 0) {
    fmt::print("{} of them another sender had told too; they count as it told them{}\n",
               counts.shared, report.shared.empty() ? "" : ", among them:");
  }
  for (const SharedEvent& event : report.shared) {
    fmt::print("  {}  {} of page `{}`{}, told by {}\n", Instant(event.ts_ms), event.type,
               event.page, event.post.empty() ? "" : fmt::format(", post `{}`", event.post),
               event.teller == "live" ? "a live sender" : fmt::format("job `{}`", event.teller));
  }
  if (counts.repeated > 0) {
    fmt::print("{} more had changed nothing: their facts had been told before\n", counts.repeated);
  }
  if (counts.people > 0) {
    fmt::print(
        "not undone: {} of the events had put somebody into reach or engaged, where people "
        "stay\n",
        counts.people);
  }
}

absl::Status UnknownJob(const Engine& engine, const std::string& job, const absl::Status& status) {
  std::vector<std::string> known;
  for (JobSummary& summary : engine.ListJobs()) known.push_back(std::move(summary.name));
  const std::string_view near = NearestName(job, known);
  if (near.empty()) return status;
  return MakeError(status.code(), ErrorCode(status), ToStd(status.message()),
                   fmt::format("did you mean `{}`?", near));
}

bool OnTerminal() { return isatty(STDERR_FILENO) == 1; }

absl::Status RunParts(const std::string& job, TakePart take) {
  std::vector<SharedEvent> shared;
  while (true) {
    ASSIGN_OR_RETURN(UndoReport report, take());
    for (SharedEvent& event : report.shared) {
      if (shared.size() < UndoReport::kMaxShared) shared.push_back(std::move(event));
    }
    if (!report.done) {
      if (OnTerminal()) fmt::print(stderr, "\r\033[K{} events taken out", report.counts.events);
      continue;
    }
    if (OnTerminal()) fmt::print(stderr, "\r\033[K");
    report.shared = std::move(shared);
    Show(job, report);
    return absl::OkStatus();
  }
}

}  // namespace

absl::Status UndoJob(const BackfillOptions& options, const Config& config) {
  const Place place = FindPlace(options.place, config);
  if (!place.server.empty()) {
    ASSIGN_OR_RETURN(auto client, HttpClient::Make(place.server, place.token));
    const std::string target = "/v1/jobs/" + PercentEncode(options.undo) + "/undo";
    return RunParts(options.undo, [&]() -> absl::StatusOr<UndoReport> {
      ASSIGN_OR_RETURN(const HttpAnswer answer, client->Post(target, "", {}));
      if (answer.status != 200) return ErrorOf(answer);
      return ReadReport(answer.body);
    });
  }
  EngineOptions engine_options = ToEngineOptions(config, place.data);
  engine_options.database.create_if_missing = false;
  ASSIGN_OR_RETURN(const auto engine, Engine::Open(engine_options));
  // Whoever looks on is told now and then how far it is.
  const std::chrono::milliseconds at_most =
      OnTerminal() ? std::chrono::seconds(5) : std::chrono::hours(1);
  const absl::Status status =
      RunParts(options.undo, [&] { return engine->UndoJob(options.undo, at_most); });
  return absl::IsNotFound(status) ? UnknownJob(*engine, options.undo, status) : status;
}

}  // namespace pagepulse
