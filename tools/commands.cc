#include "tools/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "config/log.h"
#include "generate/generate.h"
#include "ingest/adapter.h"

namespace pagepulse {
namespace {

constexpr char kAbout[] =
    "pagepulse counts what happens on community pages, once and only once.\n\n"
    "  pagepulse serve                                  start the server on http://127.0.0.1:8080\n"
    "  pagepulse backfill history.ndjson.gz             load months of history; again: nothing "
    "twice\n"
    "  pagepulse query 'page=p metrics=views,reach by=time:day last=30d'\n";

constexpr char kExitCodes[] =
    "Exit codes: 0 done, 1 failed, 2 wrong usage: a command, option, setting or question that is\n"
    "not understood.";

// Prints an error as people read it. Returns the exit code.
int Report(const absl::Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "pagepulse: %s\n", std::string(ToStd(status.message())).c_str());
  if (const std::string hint = ErrorHint(status); !hint.empty()) {
    std::fprintf(stderr, "  hint: %s\n", hint.c_str());
  }
  return status.code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

// What may stand where `argument` does: options, or commands.
std::vector<std::string> KnownArguments(const CLI::App& command, std::string_view argument) {
  std::vector<std::string> known;
  if (argument.starts_with('-')) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
  } else {
    for (const CLI::App* sub : command.get_subcommands({})) known.push_back(sub->get_name());
  }
  return known;
}

// What is wrong with the arguments, as CLI11 found it, in the form of every other error.
absl::Status UsageError(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const bool before_command = chosen.empty() || !app.remaining().empty();
  const CLI::App& command = before_command ? app : *chosen[0];
  const std::string name = before_command ? "pagepulse" : "pagepulse " + command.get_name();
  std::string message = fmt::format("`{}`: {}", name, error.what());
  std::string hint = fmt::format("see `{} --help`", name);
  if (const std::vector<std::string> unknown = command.remaining(); !unknown.empty()) {
    const std::string argument = unknown[0].substr(0, unknown[0].find('='));
    message = fmt::format("`{}` has no {} `{}`", name,
                          argument.starts_with('-') ? "option"
                          : before_command          ? "command"
                                                    : "argument",
                          argument);
    const std::vector<std::string> known = KnownArguments(command, argument);
    const std::string_view nearest = NearestName(argument, known);
    if (!nearest.empty()) hint = fmt::format("did you mean `{}`?", nearest);
  } else if (chosen.empty()) {
    message = "a command is missing";
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "usage", message, hint);
}

struct Flags {
  std::string config_file, listen;
  Place place;
  BackfillOptions backfill;
  QueryOptions query;
  InspectOptions inspect;
  GenerateOptions generate;
  BenchOptions bench;
  std::string profile = "mix";
  std::vector<std::string> query_words;
  std::vector<std::string> settings;  // --set key=value
};

absl::StatusOr<Config> MakeConfig(const Flags& flags) {
  ASSIGN_OR_RETURN(Config config, LoadConfig(flags.config_file, flags.settings));
  if (!flags.place.data.empty()) config.data_dir = flags.place.data;
  if (!flags.listen.empty()) RETURN_IF_ERROR(ParseListen(flags.listen, &config));
  return config;
}

absl::Status Generate_(const Flags& flags) {
  GenerateOptions options = flags.generate;
  if (const auto profile = ParseGenerateProfile(flags.profile)) {
    options.profile = *profile;
  } else {
    return MakeError(absl::StatusCode::kInvalidArgument, "unknown_profile",
                     fmt::format("unknown profile `{}`", flags.profile), "mix or sample");
  }
  return Generate(options, [](std::string_view block) {
    return std::fwrite(block.data(), 1, block.size(), stdout) == block.size() &&
                   std::fflush(stdout) == 0
               ? absl::OkStatus()
               : absl::DataLossError("cannot write to standard output");
  });
}

void AddSettings(CLI::App* command, Flags* flags) {
  command->add_option("--config", flags->config_file, "A TOML file; see pagepulse.example.toml")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--set", flags->settings,
                   "One setting of the configuration, as in --set ids.window=72h; may be repeated")
      ->allow_extra_args(false);
}

void AddPlace(CLI::App* command, Flags* flags, bool with_server) {
  command->add_option("--data", flags->place.data, "The store's directory (default ./data)");
  if (with_server) {
    command->add_option("--server", flags->place.server,
                        "A running server, as http://127.0.0.1:8080; its token in PAGEPULSE_TOKEN");
  }
  AddSettings(command, flags);
}

void AddCommands(CLI::App* app, Flags* flags) {
  CLI::App* serve = app->add_subcommand("serve", "Serve HTTP: ingest, queries, metrics");
  AddPlace(serve, flags, false);
  serve->add_option("--listen", flags->listen, "Address and port (default 127.0.0.1:8080)");

  CLI::App* backfill = app->add_subcommand(
      "backfill",
      "Load files of events (NDJSON or a JSON array; plain, gzip, zstd); running it "
      "again continues or does nothing");
  AddPlace(backfill, flags, true);
  backfill->add_option("--job", flags->backfill.job,
                       "Whose positions these are (default `default`)");
  backfill->add_option(
      "--format", flags->backfill.format,
      "native (default), another that is built in (facebook, zalo, meta-content, …), or a "
      "mapping of the configuration");
  backfill->add_option("--page", flags->backfill.page, "The page of reports that do not name it");
  backfill->add_option("--tz", flags->backfill.tz,
                       "The time zone of reports, as in --tz Asia/Ho_Chi_Minh");
  backfill->add_option("--exported", flags->backfill.exported,
                       "When reports were made: a day or an instant");
  backfill
      ->add_option("--at-once", flags->backfill.at_once,
                   "Read so many files at once (default 1): for compressed ones and many cores")
      ->check(CLI::Range(1, 64));
  CLI::Option* dry_run = backfill->add_flag(
      "--dry-run", flags->backfill.dry_run,
      "Write nothing; show what the files would change, by day, page and metric");
  CLI::Option* undo = backfill->add_option(
      "--undo", flags->backfill.undo,
      "Take out again what this job was first to bring, and free its ids; see docs/undo.md");
  CLI::Option* files =
      backfill->add_option("files", flags->backfill.files, "Files, or - for standard input");
  undo->excludes(files)->excludes(dry_run);

  CLI::App* query = app->add_subcommand(
      "query", "Ask: 'page=p metrics=views,reach by=time:day last=30d', or one JSON object");
  AddPlace(query, flags, true);
  query->add_option("--format", flags->query.format, "table, json, csv or ndjson");
  query->add_option("words", flags->query_words, "The query; see docs/query.md")->required();

  CLI::App* reconcile = app->add_subcommand("reconcile",
                                            "Our count beside the platform's reports, and the "
                                            "difference, a row a day: 'page=p last=30d'");
  AddPlace(reconcile, flags, true);
  reconcile->add_option("--format", flags->query.format, "table, json, csv or ndjson");
  reconcile
      ->add_option("words", flags->query_words,
                   "A query; `metrics` and `by` may be left out: see docs/reported.md")
      ->required();

  CLI::App* generate =
      app->add_subcommand("generate", "Write made-up events as NDJSON to standard output");
  generate->add_option("--events", flags->generate.events, "How many (profile mix)");
  generate->add_option("--seed", flags->generate.seed, "Equal seeds give equal bytes");
  generate->add_option("--profile", flags->profile, "mix (default), or sample: the founding page");

  CLI::App* bench = app->add_subcommand(
      "bench",
      "Measure: load a generated stream into a new store, check the answers, and tell the cost "
      "beside that of parsing alone");
  bench->add_option("--events", flags->bench.events, "How many (default 10000000)")
      ->check(CLI::PositiveNumber);
  bench->add_option("--seed", flags->bench.seed, "Of the stream");
  bench->add_option(
      "--dir", flags->bench.directory,
      "For the stream, which is kept, and the store (default $TMPDIR/pagepulse-bench)");
  bench->add_option("--cores", flags->bench.cores, "Use so many (default all)");
  bench->add_flag("--one-at-a-time", flags->bench.one_at_a_time,
                  "Send a step of 1 MiB once the one before it is durable");
  AddSettings(bench, flags);

  CLI::App* inspect = app->add_subcommand(
      "inspect",
      "Show what the store holds: `jobs`, `job NAME`, `rejected`, `keys FAMILY [HEX]` (minutes, "
      "quarters, days, facts, log, journal, records), `fact EVENT`");
  AddPlace(inspect, flags, true);
  inspect->add_option("what", flags->inspect.what, "What to show")->required();
  app->require_subcommand(1);
}

absl::Status Run(const CLI::App& app, Flags& flags) {
  if (app.got_subcommand("generate")) return Generate_(flags);
  ASSIGN_OR_RETURN(Config config, MakeConfig(flags));
  SetUpLog(config.log);
  if (const char* token = std::getenv("PAGEPULSE_TOKEN")) flags.place.token = token;
  flags.backfill.place = flags.query.place = flags.inspect.place = flags.place;
  if (app.got_subcommand("serve")) return Serve(config);
  if (app.got_subcommand("backfill")) {
    if (!flags.backfill.undo.empty()) return UndoJob(flags.backfill, config);
    if (flags.backfill.files.empty()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "usage",
                       "`pagepulse backfill`: files is required",
                       "see `pagepulse backfill --help`");
    }
    return Backfill(flags.backfill, config);
  }
  if (app.got_subcommand("bench")) return Bench(flags.bench, config);
  if (app.got_subcommand("inspect")) return Inspect(flags.inspect, config);
  for (const std::string& word : flags.query_words) {
    if (!flags.query.words.empty()) flags.query.words += ' ';
    flags.query.words += word;
  }
  flags.query.reconcile = app.got_subcommand("reconcile");
  return QueryCommand(flags.query, config);
}

}  // namespace

Place FindPlace(const Place& asked, const Config& config) {
  Place place = asked;
  if (!asked.data.empty() || !asked.server.empty()) return place;
  place.data = config.data_dir;
  if (auto url = RunningServer(place.data)) {
    place.server = *url;
    place.data.clear();
  }
  return place;
}

EngineOptions ToEngineOptions(const Config& config, const std::string& data_dir) {
  EngineOptions options;
  options.database.path = data_dir;
  options.database.block_cache_bytes = config.store.block_cache_bytes;
  // Stores made with one key have equal sketches, byte for byte; tests compare them.
  if (const char* hex = std::getenv("PAGEPULSE_HASH_KEY")) {
    if (auto key = HashKey::FromBytes(absl::HexStringToBytes(hex)); key.ok()) {
      options.database.create_with_key = *key;
    }
  }
  options.stretch_deltas = config.store.stretch_deltas;
  options.checkpoint_seconds = static_cast<int>(config.store.checkpoint_seconds);
  options.queue_bytes = config.store.queue_bytes;
  options.max_ids = config.ids.max;
  options.id_window_hours = static_cast<int>(config.ids.window_hours);
  options.keep_job_records = config.jobs.keep_records;
  options.keep_rejected_bytes = config.store.keep_rejected_bytes;
  options.retention_minutes[static_cast<int>(Level::kMinute)] = config.retention.minute;
  options.retention_minutes[static_cast<int>(Level::kQuarter)] = config.retention.quarter;
  options.retention_minutes[static_cast<int>(Level::kDay)] = config.retention.day;
  options.retention_minutes[static_cast<int>(Level::kMonth)] = config.retention.month;
  const auto has_authority = [](const auto& page) { return page.second.authority != 0; };
  if (std::any_of(config.pages.begin(), config.pages.end(), has_authority)) {
    options.authority_of_page = [&config](std::string_view page) {
      return config.AuthorityOfPage(page);
    };
  }
  options.zone_of_page = [&config](std::string_view page) { return config.ZoneOfPage(page); };
  return options;
}

int RunCommandLine(int argc, char** argv) {
  Flags flags;
  CLI::App app(kAbout, "pagepulse");
  app.set_version_flag("--version", "pagepulse 0.1.0");
  AddCommands(&app, &flags);
  app.footer(kExitCodes);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asks_for_text = error.get_exit_code() == 0;  // --help, --version
    if (asks_for_text && app.remaining(true).empty()) return app.exit(error);
    return Report(UsageError(app, error));
  }
  return Report(Run(app, flags));
}

}  // namespace pagepulse
