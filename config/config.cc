#include "config/config.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "config/config_parts.h"
#include "config/toml_reader.h"

namespace pagepulse {
namespace {

constexpr uint64_t kMany = std::numeric_limits<int64_t>::max();
constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error", "off"};

void ReadStore(TomlReader& in, StoreConfig* store) {
  in.Unsigned("stretch_deltas", 1024, 1 << 26, &store->stretch_deltas);
  in.Span("checkpoint", 1, false, &store->checkpoint_seconds);
  in.Bytes("block_cache", 1 << 20, kMany, &store->block_cache_bytes);
  in.Bytes("queue_bytes", 1 << 20, kMany, &store->queue_bytes);
  in.Bool("keep_rejected_bytes", &store->keep_rejected_bytes);
}

void ReadRetention(TomlReader& in, RetentionConfig* retention) {
  in.Span("minute", 60, true, &retention->minute);
  in.Span("quarter", 60, true, &retention->quarter);
  in.Span("day", 60, true, &retention->day);
  in.Span("month", 60, true, &retention->month);
  in.Span("events", 60, true, &retention->events);
}

void ReadLimits(TomlReader& in, LimitsConfig* limits) {
  in.Bytes("body_bytes", 64 << 10, 1 << 30, &limits->body_bytes);
  in.Bytes("array_bytes", 1024, 1 << 30, &limits->array_bytes);
  in.Unsigned("pages_per_hour", 0, std::numeric_limits<uint32_t>::max(), &limits->pages_per_hour);
  in.Unsigned("posts_per_hour", 0, std::numeric_limits<uint32_t>::max(), &limits->posts_per_hour);
  in.Unsigned("types_per_hour", 0, std::numeric_limits<uint32_t>::max(), &limits->types_per_hour);
  in.Unsigned("connections", 1, 1 << 20, &limits->connections);
  in.Unsigned("viewers", 0, 1 << 20, &limits->viewers);
  in.Unsigned("live_queries", 0, 1 << 20, &limits->live_queries);
  in.Bytes("in_flight_bytes", 64 << 10, kMany, &limits->in_flight_bytes);
}

void ReadLog(TomlReader& in, LogConfig* log) {
  in.Parsed("level", [&](std::string_view text) -> absl::Status {
    if (std::find(std::begin(kLogLevels), std::end(kLogLevels), text) == std::end(kLogLevels)) {
      return BadConfig(fmt::format("unknown level `{}`", text),
                       "one of debug, info, warn, error, off");
    }
    log->level = std::string(text);
    return absl::OkStatus();
  });
  in.Parsed("format", [&](std::string_view text) -> absl::Status {
    if (text != "text" && text != "json") {
      return BadConfig(fmt::format("unknown format `{}`", text), "text or json");
    }
    log->format = text == "json" ? LogFormat::kJson : LogFormat::kText;
    return absl::OkStatus();
  });
}

MappingSpec ReadMapping(const std::string& name, TomlReader& in) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  if (name.empty() || name.find_first_not_of(kLetters) != std::string::npos) {
    in.Fail(fmt::format("`{}` cannot be the name of a format", name),
            "it goes into URLs and on command lines: a-z, 0-9, -, _ and .");
  }
  MappingSpec spec;
  in.Parsed("items", [&](std::string_view text) {
    spec.items = std::string(text);
    return absl::OkStatus();
  });
  for (const char* key : {"id", "ts", "page", "post", "actor", "type", "reaction", "op", "object",
                          "count", "source"}) {
    std::vector<std::string> sources;
    in.StringOrStrings(key, &sources);
    if (!sources.empty()) spec.fields[key] = std::move(sources);
  }
  in.StringTable("types", &spec.types);
  return spec;
}

void ReadZalo(TomlReader& in, ZaloConfig* zalo) {
  in.Strings("verifiers", &zalo->verifiers);
  in.Tables("accounts", [&](const std::string& id, TomlReader& t) {
    ZaloAccount& account = zalo->accounts[id];
    t.String("app_id", &account.app_id);
    t.Strings("secrets", &account.secrets);
    t.String("page", &account.page);
    if (account.app_id.empty() || account.secrets.empty()) {
      t.Fail("an account needs `app_id` and `secrets`", "both are in Zalo's console");
    }
  });
}

// views = "platform"
void ReadAuthority(TomlReader& in, AuthoritySet* set) {
  for (int i = 0; i < kAuthorityMetrics; ++i) {
    const AuthorityMetric metric = static_cast<AuthorityMetric>(i);
    in.Parsed(AuthorityMetricName(metric), [&](std::string_view text) -> absl::Status {
      if (text != "platform" && text != "events") {
        return BadConfig(fmt::format("unknown authority `{}`", text), "events or platform");
      }
      if (text == "platform") *set |= AuthorityBit(metric);
      return absl::OkStatus();
    });
  }
}

void ReadTop(TomlReader& in, const std::string& path, Config* config) {
  in.String("data", &config->data_dir);
  in.Parsed("listen", [&](std::string_view text) { return ParseListen(text, config); });
  in.Unsigned("threads", 0, 256, &config->threads);
  in.String("tz", &config->tz);
  in.Table("store", [&](TomlReader& t) { ReadStore(t, &config->store); });
  in.Table("jobs", [&](TomlReader& t) { t.Bool("keep_records", &config->jobs.keep_records); });
  in.Table("ids", [&](TomlReader& t) {
    t.Unsigned("max", 1000, 4'000'000'000, &config->ids.max);
    t.Span("window", 3600, false, &config->ids.window_hours);
  });
  in.Table("retention", [&](TomlReader& t) { ReadRetention(t, &config->retention); });
  in.Tables("pages", [&](const std::string& id, TomlReader& t) {
    t.String("tz", &config->pages[id].tz);
    t.String("name", &config->pages[id].name);
    t.Table("authority", [&](TomlReader& a) { ReadAuthority(a, &config->pages[id].authority); });
  });
  in.Table("facebook", [&](TomlReader& t) {
    t.Strings("verify_tokens", &config->facebook.verify_tokens);
    t.Strings("app_secrets", &config->facebook.app_secrets);
  });
  in.Table("zalo", [&](TomlReader& t) { ReadZalo(t, &config->zalo); });
  in.Tables("mappings", [&](const std::string& name, TomlReader& t) {
    config->mappings[name] = ReadMapping(name, t);
  });
  in.Table("browsers", [&](TomlReader& t) { t.Strings("origins", &config->browsers.origins); });
  in.TableArray("tokens", [&](TomlReader& t) { config->tokens.push_back(ReadToken(t, path)); });
  in.Table("limits", [&](TomlReader& t) { ReadLimits(t, &config->limits); });
  in.Table("log", [&](TomlReader& t) { ReadLog(t, &config->log); });
}

absl::StatusOr<toml::table> ParseToml(std::string_view text, const std::string& path) {
  try {
    return toml::table(toml::parse(text, path));
  } catch (const toml::parse_error& e) {
    return BadConfig(fmt::format("{}:{}: {}", path, e.source().begin.line, e.description()),
                     "pagepulse.example.toml shows every key");
  }
}

// `key.key=value`, where a value that is not TOML as it stands is a string: 72h needs no quotes.
absl::StatusOr<toml::table> ParseSetting(const std::string& setting) {
  const size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    return BadConfig(fmt::format("--set {}: not of the form key=value", setting),
                     "as in --set ids.window=72h");
  }
  auto table = ParseToml(setting, "--set");
  if (table.ok()) return table;
  std::string quoted;
  AppendJsonString(std::string_view(setting).substr(equals + 1), &quoted);
  return ParseToml(setting.substr(0, equals + 1) + quoted, "--set");
}

// Puts what `over` says in the place of what *table says.
void Overlay(toml::table over, toml::table* table) {
  for (auto&& [key, value] : over) {
    toml::table* inner = table->get_as<toml::table>(key.str());
    if (inner != nullptr && value.is_table()) {
      Overlay(std::move(*value.as_table()), inner);
    } else {
      table->insert_or_assign(key, std::move(value));
    }
  }
}

absl::StatusOr<Config> ReadConfig(const toml::table& table, const std::string& path) {
  Config config;
  absl::Status error;
  TomlReader reader(table, "", path, &error);
  ReadTop(reader, path, &config);
  reader.Finish();
  if (!error.ok()) return error;
  return config;
}

}  // namespace

absl::Status BadConfig(std::string_view message, std::string_view hint) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_config", message, hint);
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return MakeError(absl::StatusCode::kNotFound, "no_file", fmt::format("cannot read {}", path));
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string Config::ZoneOfPage(std::string_view page) const {
  const auto it = pages.find(page);
  return it == pages.end() || it->second.tz.empty() ? tz : it->second.tz;
}

std::map<std::string, std::string, std::less<>> ZaloConfig::Pages() const {
  std::map<std::string, std::string, std::less<>> pages;
  for (const auto& [id, account] : accounts) pages[id] = account.page.empty() ? id : account.page;
  return pages;
}

std::string Config::NameOfPage(std::string_view page) const {
  const auto it = pages.find(page);
  return it == pages.end() || it->second.name.empty() ? std::string(page) : it->second.name;
}

AuthoritySet Config::AuthorityOfPage(std::string_view page) const {
  const auto it = pages.find(page);
  return it == pages.end() ? AuthoritySet{0} : it->second.authority;
}

absl::Status ParseListen(std::string_view text, Config* config) {
  const absl::Status error = BadConfig(fmt::format("`{}` is not an address and a port", text),
                                       "127.0.0.1:8080, [::1]:8080, 0.0.0.0:8080, localhost:8080");
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == std::string_view::npos || !absl::SimpleAtoi(ToAbsl(text.substr(colon + 1)), &port) ||
      port > 65535) {
    return error;
  }
  std::string host(text.substr(0, colon));
  in_addr v4{};
  in6_addr v6{};
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return error;
  } else if (host != "localhost" && inet_pton(AF_INET, host.c_str(), &v4) != 1) {
    return error;
  }
  config->listen_address = host;
  config->listen_port = static_cast<uint16_t>(port);
  return absl::OkStatus();
}

absl::StatusOr<Config> ParseConfig(std::string_view text, const std::string& path) {
  ASSIGN_OR_RETURN(const toml::table table, ParseToml(text, path));
  return ReadConfig(table, path);
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseConfig(text, path);
}

absl::StatusOr<Config> LoadConfig(const std::string& path,
                                  const std::vector<std::string>& settings) {
  std::string text;
  if (!path.empty()) {
    ASSIGN_OR_RETURN(text, ReadTextFile(path));
  }
  ASSIGN_OR_RETURN(toml::table table, ParseToml(text, path));
  for (const std::string& setting : settings) {
    ASSIGN_OR_RETURN(toml::table one, ParseSetting(setting));
    Overlay(std::move(one), &table);
  }
  return ReadConfig(table, path.empty() ? "--set" : path);
}

}  // namespace pagepulse
