#include "config/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "base/error.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string Hex(const TokenHash& hash) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

// The status of a text that must not parse.
absl::Status Refused(std::string_view toml) {
  const absl::StatusOr<Config> config = ParseConfig(toml, "test.toml");
  EXPECT_FALSE(config.ok()) << toml;
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  return config.status();
}

TEST(ConfigTest, ExampleShowsTheDefaults) {
  const absl::StatusOr<Config> config = LoadConfig("pagepulse.example.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(*config, Config());
  EXPECT_TRUE(ValidateConfig(*config).ok());
}

TEST(ConfigTest, EverythingCanBeSet) {
  const absl::StatusOr<Config> config = ParseConfig(R"(
    data = "/srv/p"
    listen = "[::1]:9"
    threads = 3
    tz = "Europe/Paris"
    store = {stretch_deltas = 2048, checkpoint = "5min", block_cache = "1GiB", queue_bytes = 1048576, keep_rejected_bytes = true}
    jobs.keep_records = false
    ids = {max = 5000, window = "4d"}
    retention = {minute = "forever", quarter = "90d", day = "0", month = "520w", events = "48h"}
    pages."a b".tz = "Asia/Tokyo"
    pages."a b".name = "A và B"
    pages."a b".authority = {views = "platform", clicks = "events", follows = "platform"}
    facebook = {verify_tokens = ["v"], app_secrets = ["s", "t"]}
    zalo.verifiers = ["Xy-1_2"]
    zalo.accounts."71" = {app_id = "9", secrets = ["s", "t"], page = "a b"}
    zalo.accounts.72 = {app_id = "9", secrets = ["u"]}
    mappings.app = {ts = "/t", page = ["/p", "=q"], items = "", types = {"A b" = "view"}}
    browsers.origins = ["https://tan-dinh.example", "http://localhost:3000"]
    limits = {body_bytes = "1MiB", array_bytes = "64KiB", pages_per_hour = 1, posts_per_hour = 2, types_per_hour = 3, connections = 4, viewers = 5, live_queries = 6, in_flight_bytes = "2MiB"}
    log = {level = "debug", format = "json"}
    [[tokens]]
    name = "w"
    token = "0123456789abcdef"
    pages = ["b", "a"]
    verbs = ["ingest", "query"]
  )",
                                                    "test.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  Config want;
  want.data_dir = "/srv/p";
  want.listen_address = "::1";
  want.listen_port = 9;
  want.threads = 3;
  want.tz = "Europe/Paris";
  want.store = {2048, 300, 1 << 30, 1 << 20, true};
  want.jobs.keep_records = false;
  want.ids = {5000, 96};
  want.retention = {0, 90 * 1440, 0, 520 * 7 * 1440, 2880};
  want.pages["a b"] = {"Asia/Tokyo", "A và B", 0x21};
  want.facebook = {{"v"}, {"s", "t"}};
  want.zalo.verifiers = {"Xy-1_2"};
  want.zalo.accounts["71"] = {"9", {"s", "t"}, "a b"};
  want.zalo.accounts["72"] = {"9", {"u"}, ""};
  want.mappings["app"] = {"", {{"ts", {"/t"}}, {"page", {"/p", "=q"}}}, {{"A b", "view"}}};
  want.browsers.origins = {"https://tan-dinh.example", "http://localhost:3000"};
  want.limits = {1 << 20, 64 << 10, 1, 2, 3, 4, 5, 6, 2 << 20};
  want.log = {"debug", LogFormat::kJson};
  TokenConfig token;
  token.name = "w";
  token.sha256 = HashToken("0123456789abcdef");
  token.pages = {"a", "b"};
  token.verbs = kVerbIngest | kVerbQuery;
  want.tokens = {token};
  EXPECT_EQ(*config, want);
  EXPECT_TRUE(ValidateConfig(*config).ok()) << ValidateConfig(*config);
  EXPECT_EQ(config->ZoneOfPage("a b"), "Asia/Tokyo");
  EXPECT_EQ(config->ZoneOfPage("c"), "Europe/Paris");
  EXPECT_EQ(config->NameOfPage("a b"), "A và B");
  EXPECT_EQ(config->NameOfPage("c"), "c");
  EXPECT_THAT(config->zalo.Pages(), ElementsAre(Pair("71", "a b"), Pair("72", "72")));
}

TEST(ConfigTest, UnknownKeysAreErrorsWithLineAndNearest) {
  const absl::Status top = Refused("data = \"x\"\nlistn = \"127.0.0.1:1\"\n");
  EXPECT_EQ(ErrorCode(top), "bad_config");
  EXPECT_THAT(std::string(top.message()), HasSubstr("test.toml:2: unknown key `listn`"));
  EXPECT_EQ(ErrorHint(top), "did you mean `listen`?");

  const absl::Status inner = Refused("[limits]\n\nbody_byte = 70000\n");
  EXPECT_THAT(std::string(inner.message()),
              HasSubstr("test.toml:3: unknown key `body_byte` in [limits]"));
  EXPECT_EQ(ErrorHint(inner), "did you mean `body_bytes`?");

  const absl::Status far = Refused("[log]\nzzzzzzzz = 1\n");
  EXPECT_EQ(ErrorHint(far), "known here: level, format");
  EXPECT_THAT(std::string(Refused("[pages.\"x\"]\nzone = \"UTC\"\n").message()),
              HasSubstr("in [pages.\"x\"]"));
}

TEST(ConfigTest, ValuesOfTheWrongKindAreErrorsWithLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"data = 1", "`data` must be a string"},
      {"threads = -1", "`threads` must be an integer from 0 to 256"},
      {"threads = \"2\"", "`threads` must be an integer"},
      {"listen = \"8080\"", "is not an address and a port"},
      {"listen = \"example.org:80\"", "is not an address and a port"},
      {"listen = \"[127.0.0.1]:80\"", "is not an address and a port"},
      {"listen = \"127.0.0.1:65536\"", "is not an address and a port"},
      {"retention.minute = \"8 days\"", "`8 days` is not a duration"},
      {"retention.hour = \"8d\"", "unknown key `hour` in [retention]"},
      {"retention.minute = \"90s\"", "multiple of 60 seconds"},
      {"ids.window = \"90min\"", "multiple of 3600 seconds"},
      {"ids.window = \"forever\"", "is not a duration"},
      {"limits.body_bytes = \"16MB\"", "is not a size"},
      {"limits.body_bytes = 3", "from 65536 to"},
      {"limits = 3", "`limits` must be a table"},
      {"mappings.app.page = 3", "`page` must be a string or a list of strings"},
      {"mappings.app.page = [3]", "`page` must be a list of strings"},
      {"mappings.app.types = \"view\"", "`types` must be a table of strings"},
      {"mappings.app.types.a = 3", "`a` must be a string"},
      {"mappings.app.pages = \"/p\"", "unknown key `pages` in [mappings.\"app\"]"},
      {"mappings.\"an app\".page = \"/p\"", "`an app` cannot be the name of a format"},
      {"tokens = 3", "written as [[tokens]]"},
      {"facebook.app_secrets = \"s\"", "a list of strings"},
      {"browsers.origins = \"*\"", "a list of strings"},
      {"zalo.accounts.\"71\" = {app_id = \"9\"}", "needs `app_id` and `secrets`"},
      {"zalo.accounts.\"71\" = {secrets = [\"s\"]}", "needs `app_id` and `secrets`"},
      {"log.level = \"loud\"", "unknown level `loud`"},
      {"log.format = \"xml\"", "unknown format `xml`"},
      {"store.keep_rejected_bytes = 1", "true or false"},
      {"data = ", "test.toml:2"},
  };
  for (const auto& [line, want] : cases) {
    const absl::Status status = Refused(fmt::format("\n{}", line));
    EXPECT_THAT(std::string(status.message()), HasSubstr("test.toml:2: ")) << line;
    EXPECT_THAT(std::string(status.message()), HasSubstr(want)) << line;
  }
}

TEST(ConfigTest, TokensAreKeptAsHashes) {
  // The published SHA-256 of "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".
  constexpr char kText[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  constexpr char kHash[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
  EXPECT_EQ(Hex(HashToken(kText)), kHash);

  const std::string dir =
      fmt::format("{}/pagepulse_config_{}", ::testing::TempDir(), static_cast<int>(getpid()));
  std::filesystem::create_directories(dir);
  std::ofstream(dir + "/token.txt") << kText << "\n";
  const std::string text = fmt::format(R"(
    [[tokens]]
    token_file = "token.txt"
    pages = ["*", "a"]
    verbs = ["query"]
    [[tokens]]
    sha256 = "{}"
    name = "same"
    pages = ["a"]
    verbs = ["query"]
  )",
                                       kHash);
  const absl::StatusOr<Config> config = ParseConfig(text, dir + "/pagepulse.toml");
  std::filesystem::remove_all(dir);
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->tokens.size(), 2u);
  EXPECT_EQ(Hex(config->tokens[0].sha256), kHash);
  EXPECT_EQ(config->tokens[0].name, "248d6a61d206");
  EXPECT_TRUE(config->tokens[0].all_pages);
  EXPECT_TRUE(config->tokens[0].pages.empty());
  EXPECT_THAT(config->tokens[1].pages, ElementsAre("a"));
  EXPECT_FALSE(config->tokens[1].all_pages);
  EXPECT_THAT(std::string(ValidateConfig(*config).message()), HasSubstr("configured twice"));
}

TEST(ConfigTest, HalfATokenIsAnErrorThatDoesNotQuoteIt) {
  const char* const kRest = "\npages = [\"*\"]\nverbs = [\"query\"]\n";
  const absl::Status brief = Refused(fmt::format("[[tokens]]\ntoken = \"hunter2\"{}", kRest));
  EXPECT_THAT(std::string(brief.message()), HasSubstr("at least 16 bytes"));
  EXPECT_EQ(std::string(brief.message()).find("hunter2"), std::string::npos);
  for (const char* text : {"[[tokens]]\npages = [\"*\"]\nverbs = [\"query\"]",
                           "[[tokens]]\ntoken = \"0123456789abcdef\"\nverbs = [\"query\"]",
                           "[[tokens]]\ntoken = \"0123456789abcdef\"\npages = [\"*\"]",
                           "[[tokens]]\ntoken = \"0123456789abcdef\"\npages = [\"*\"]\n"
                           "verbs = [\"write\"]",
                           "[[tokens]]\ntoken_file = \"no-such-file\"\npages = [\"*\"]\n"
                           "verbs = [\"query\"]",
                           "[[tokens]]\nsha256 = \"abc\"\npages = [\"*\"]\nverbs = [\"query\"]"}) {
    EXPECT_EQ(ErrorCode(Refused(text)), "bad_config") << text;
  }
}

TEST(ConfigTest, AnOpenListenerNeedsTokens) {
  Config config;
  for (const char* listen : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"}) {
    ASSERT_TRUE(ParseListen(listen, &config).ok());
    EXPECT_TRUE(ValidateConfig(config).ok()) << listen;
  }
  for (const char* listen : {"0.0.0.0:1", "[::]:1", "192.168.1.2:1", "[::ffff:127.0.0.1]:1"}) {
    ASSERT_TRUE(ParseListen(listen, &config).ok());
    const absl::Status status = ValidateConfig(config);
    EXPECT_EQ(ErrorCode(status), "open_listener") << listen;
    EXPECT_THAT(ErrorHint(status), HasSubstr("[[tokens]]"));
  }
  config.tokens.resize(1);
  EXPECT_TRUE(ValidateConfig(config).ok());
}

TEST(ConfigTest, WhatDoesNotGoTogetherIsRefused) {
  Config config;
  config.limits.array_bytes = config.limits.body_bytes + 1;
  EXPECT_FALSE(ValidateConfig(config).ok());
  config = Config();
  config.limits.in_flight_bytes = config.limits.body_bytes - 1;
  EXPECT_FALSE(ValidateConfig(config).ok());
  config = Config();
  config.pages["x"].tz = "Asia/Saigonn";
  EXPECT_THAT(std::string(ValidateConfig(config).message()), HasSubstr("`Asia/Saigonn` of page x"));
  config = Config();
  config.facebook.app_secrets = {""};
  EXPECT_FALSE(ValidateConfig(config).ok());
  for (const char* code : {"", "a b", "<b>", "é"}) {
    config = Config();
    config.zalo.verifiers = {code};
    EXPECT_FALSE(ValidateConfig(config).ok()) << code;
  }
  config = Config();
  config.zalo.accounts["71"] = {"9", {"s", ""}, ""};
  EXPECT_FALSE(ValidateConfig(config).ok());
  config.zalo.accounts["71"] = {"9", {"s"}, "*"};
  EXPECT_FALSE(ValidateConfig(config).ok());
  config.zalo.accounts["71"] = {"9", {"s"}, "tan-dinh"};
  EXPECT_TRUE(ValidateConfig(config).ok());
  config = Config();
  config.tokens.resize(1);
  config.tokens[0].name = "ward office";
  EXPECT_TRUE(ValidateConfig(config).ok());
  config.tokens[0].name = "ward\x1foffice";
  EXPECT_EQ(ErrorCode(ValidateConfig(config)), "bad_config");
}

TEST(ConfigTest, OriginsAreAsBrowsersSayThemAndNeedTokens) {
  Config config;
  config.browsers.origins = {"*"};
  EXPECT_EQ(ErrorCode(ValidateConfig(config)), "open_to_sites");
  config.tokens.resize(1);
  EXPECT_TRUE(ValidateConfig(config).ok());
  for (const char* origin : {"https://a.example", "http://localhost:3000", "https://[::1]:8443"}) {
    config.browsers.origins = {"*", origin};
    EXPECT_TRUE(ValidateConfig(config).ok()) << origin;
  }
  for (const char* origin : {"", "a.example", "https://", "https://a.example/", "ftp://a.example",
                             "https://A.example", "https://*.example", "null"}) {
    config.browsers.origins = {origin};
    EXPECT_EQ(ErrorCode(ValidateConfig(config)), "bad_config") << origin;
  }
}

TEST(ConfigTest, AMissingFileIsNotFound) {
  EXPECT_EQ(LoadConfig("/no/such/file.toml").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace pagepulse
