#pragma once

// The command line: `pagepulse <command>`. Exit codes: 0 done, 1 failed, 2 wrong usage.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "config/config.h"
#include "engine/engine.h"
#include "query/spec.h"

namespace pagepulse {

int RunCommandLine(int argc, char** argv);

// --- The commands. Each returns what main turns into an exit code and a message.

// Serves until SIGTERM or SIGINT.
absl::Status Serve(const Config& config);

// Where a command finds the data: a directory, or a server.
struct Place {
  std::string data;    // --data
  std::string server;  // --server
  std::string token;   // of PAGEPULSE_TOKEN, for a server that asks for one
};
// Without --data or --server: the server that holds the configured directory (./data) if one runs,
// else the directory.
Place FindPlace(const Place& asked, const Config& config);
// The address that `serve` has left in a directory it holds; nullopt: none runs there.
std::optional<std::string> RunningServer(const std::string& data_dir);

struct BackfillOptions {
  Place place;
  std::string job = "default";
  std::string format = "native";
  std::string page, tz, exported;  // of reports: docs/reported.md, "Formats"
  std::vector<std::string> files;  // "-": standard input
  size_t at_once = 1;              // files
  bool dry_run = false;            // tells what would change, and writes nothing
  std::string undo;                // instead of files: a job to take out again
};
absl::Status UndoJob(const BackfillOptions& options, const Config& config);
absl::Status Backfill(const BackfillOptions& options, const Config& config);

struct QueryOptions {
  Place place;
  std::string words;
  std::string format;  // empty: what the words say, else a table on a terminal and JSON elsewhere
  bool reconcile = false;  // our count beside the platform's
};
absl::Status QueryCommand(const QueryOptions& options, const Config& config);

struct InspectOptions {
  Place place;
  std::vector<std::string> what;  // e.g. {"job", "default"}
};
absl::Status Inspect(const InspectOptions& options, const Config& config);

struct BenchOptions {
  uint64_t events = 10'000'000, seed = 1;
  std::string directory;       // of the stream, which is kept, and of the store, which is not
  int cores = 0;               // 0: all
  bool one_at_a_time = false;  // each step is acknowledged before the next is sent
};
absl::Status Bench(const BenchOptions& options, const Config& config);

// What the engine is opened with under this configuration. The config must outlive the engine.
EngineOptions ToEngineOptions(const Config& config, const std::string& data_dir);

}  // namespace pagepulse
