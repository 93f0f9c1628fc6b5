#pragma once

// What an operator may set, with the defaults of a server that nobody configured. The commented
// form is pagepulse.example.toml in the root; a test holds the two together.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/mapping_spec.h"
#include "model/reported.h"

namespace pagepulse {

struct StoreConfig {
  uint64_t stretch_deltas = 1 << 20;
  int64_t checkpoint_seconds = 60;
  uint64_t block_cache_bytes = 256 << 20;
  uint64_t queue_bytes = 64 << 20;
  bool keep_rejected_bytes = false;  // rejected lines hold people's ids: off unless asked for

  bool operator==(const StoreConfig&) const = default;
};

struct JobsConfig {
  bool keep_records = true;
  bool operator==(const JobsConfig&) const = default;
};

struct IdsConfig {
  uint64_t max = 200'000'000;
  int64_t window_hours = 48;
  bool operator==(const IdsConfig&) const = default;
};

// In minutes; 0: for ever.
struct RetentionConfig {
  int64_t minute = 8 * 1440;
  int64_t quarter = 0;
  int64_t day = 0;
  int64_t month = 0;
  int64_t events = 0;  // an event older than this is rejected as `too_old`

  bool operator==(const RetentionConfig&) const = default;
};

struct PageConfig {
  std::string tz;              // empty: the default zone
  std::string name;            // for people; empty: the id
  AuthoritySet authority = 0;  // metrics that the platform's reports make: docs/reported.md
  bool operator==(const PageConfig&) const = default;
};

struct FacebookConfig {
  std::vector<std::string> verify_tokens;
  std::vector<std::string> app_secrets;  // any one may have signed
  bool operator==(const FacebookConfig&) const = default;
};

struct ZaloAccount {
  std::string app_id;
  std::vector<std::string> secrets;  // the account's secret key; any one may have signed
  std::string page;                  // what its events count for; empty: the account's id
  bool operator==(const ZaloAccount&) const = default;
};

struct ZaloConfig {
  std::vector<std::string> verifiers;                        // codes of the domain check
  std::map<std::string, ZaloAccount, std::less<>> accounts;  // by the account's id

  std::map<std::string, std::string, std::less<>> Pages() const;  // account -> page
  bool operator==(const ZaloConfig&) const = default;
};

// Sites whose scripts may send to the routes of clients: docs/clients.md, "From a browser".
struct BrowsersConfig {
  std::vector<std::string> origins;  // as browsers write them: `https://tan-dinh.example`; or `*`
  bool operator==(const BrowsersConfig&) const = default;
};

// Report: to say what platforms count, and what posts are called and where they are. Beside ingest.
enum TokenVerb : uint8_t { kVerbIngest = 1, kVerbQuery = 2, kVerbReport = 4 };
// Ends a token's name where another follows it; no token's name holds it.
inline constexpr char kTokenNameEnd = '\x1f';
using TokenHash = std::array<uint8_t, 32>;  // SHA-256 of the token; the token itself is not kept

struct TokenConfig {
  std::string name;  // unique; in logs, and whose caps and keys these are
  TokenHash sha256{};
  bool all_pages = false;
  std::vector<std::string> pages;  // without all_pages
  uint8_t verbs = 0;               // of TokenVerb

  bool operator==(const TokenConfig&) const = default;
};

struct LimitsConfig {
  uint64_t body_bytes = 16 << 20;   // of one request, after decompression
  uint64_t array_bytes = 16 << 20;  // of a body that is one JSON document
  uint64_t pages_per_hour = 1000;   // new names that one token may bring
  uint64_t posts_per_hour = 100'000;
  uint64_t types_per_hour = 100;
  uint64_t connections = 1000;          // but for those that watch
  uint64_t viewers = 4000;              // streams of /v1/live
  uint64_t live_queries = 1000;         // distinct ones that are watched
  uint64_t in_flight_bytes = 64 << 20;  // of all requests together
  bool operator==(const LimitsConfig&) const = default;
};

enum class LogFormat { kText, kJson };

struct LogConfig {
  std::string level = "info";  // debug, info, warn, error, off
  LogFormat format = LogFormat::kText;
  bool operator==(const LogConfig&) const = default;
};

struct Config {
  std::string data_dir = "./data";
  std::string listen_address = "127.0.0.1";  // an IP address or `localhost`
  uint16_t listen_port = 8080;               // 0: any free one
  uint64_t threads = 0;                      // for sockets, parsing and queries each; 0: one a core
  std::string tz = "Asia/Ho_Chi_Minh";

  StoreConfig store;
  JobsConfig jobs;
  IdsConfig ids;
  RetentionConfig retention;
  std::map<std::string, PageConfig, std::less<>> pages;
  FacebookConfig facebook;
  ZaloConfig zalo;
  MappingSpecs mappings;  // their sources and names are judged when an AdapterRegistry is made
  BrowsersConfig browsers;
  std::vector<TokenConfig> tokens;
  LimitsConfig limits;
  LogConfig log;

  std::string ZoneOfPage(std::string_view page) const;
  std::string NameOfPage(std::string_view page) const;
  AuthoritySet AuthorityOfPage(std::string_view page) const;

  bool operator==(const Config&) const = default;
};

// INVALID_ARGUMENT: not TOML, an unknown key (with the nearest known one), a value of the wrong
// kind or out of range; with the file and the line. NOT_FOUND: no such file. Does not validate.
absl::StatusOr<Config> LoadConfig(const std::string& path);
// The same of a text; `path` is for messages, and what token_file is relative to.
absl::StatusOr<Config> ParseConfig(std::string_view toml, const std::string& path);
// LoadConfig (the defaults where path is empty), then settings as a command line gives them, each
// over what the file says: "ids.window=72h", "limits.body_bytes=4194304".
absl::StatusOr<Config> LoadConfig(const std::string& path,
                                  const std::vector<std::string>& settings);

// "127.0.0.1:8080", "[::1]:8080", "localhost:0".
absl::Status ParseListen(std::string_view text, Config* config);
TokenHash HashToken(std::string_view token);

// What only shows when everything is known (flags may have changed a loaded config): zones exist,
// sizes go together, and nothing but loopback is listened on without tokens. FAILED_PRECONDITION
// and INVALID_ARGUMENT, with what to do.
absl::Status ValidateConfig(const Config& config);

}  // namespace pagepulse
