// POST /v1/events and GET /v1/jobs over a real socket.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "ingest/chunk.h"
#include "server/job_step.h"
#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using IngestHttpTest = HttpTest;

std::string Counts(int received, int accepted, int duplicate, int rejected) {
  return fmt::format("{{\"received\":{},\"accepted\":{},\"duplicate\":{},\"rejected\":{},",
                     received, accepted, duplicate, rejected);
}

TEST_F(IngestHttpTest, CountsLines) {
  Start();
  const TestResponse response = Post("/v1/events", ViewLines(3));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Field("content-type"), "application/json");
  EXPECT_EQ(response.body, Counts(3, 3, 0, 0) + "\"errors\":[]}\n");
  EXPECT_EQ(Post("/v1/events", ViewLines(5)).body, Counts(5, 2, 3, 0) + "\"errors\":[]}\n");
  EXPECT_EQ(engine.counted(), 5u);
}

TEST_F(IngestHttpTest, CountsAnArrayAndAnEmptyBody) {
  Start();
  EXPECT_THAT(Post("/v1/events",
                   " \n[{\"ts\":1763632000,\"page\":\"a\",\"type\":\"view\"},\n"
                   "{\"ts\":1763632001,\"page\":\"a\",\"type\":\"click\"}]")
                  .body,
              HasSubstr(Counts(2, 2, 0, 0)));
  EXPECT_THAT(Post("/v1/events", "").body, HasSubstr(Counts(0, 0, 0, 0)));
  EXPECT_THAT(Post("/v1/events", "[]").body, HasSubstr(Counts(0, 0, 0, 0)));
  EXPECT_THAT(Post("/v1/events", "\n\r\n").body, HasSubstr(Counts(0, 0, 0, 0)));
}

TEST_F(IngestHttpTest, ReadsGzipAndZstdWithOrWithoutLength) {
  Start();
  const std::string lines = ViewLines(20'000);
  int first = 0;
  for (const char* encoding : {"gzip", "x-gzip", "zstd", "ZSTD", "identity"}) {
    const std::string body = ViewLines(20'000, first);
    const bool zstd = encoding[0] == 'z' || encoding[0] == 'Z';
    const std::string coded = encoding[0] == 'i' ? body : zstd ? Zstd(body) : Gzip(body);
    const TestResponse response = Post("/v1/events", coded, {{"Content-Encoding", encoding}});
    EXPECT_EQ(response.status, 200) << encoding << response.body;
    EXPECT_THAT(response.body, HasSubstr(Counts(20'000, 20'000, 0, 0))) << encoding;
    const TestResponse again =
        Post("/v1/events", Chunked(coded, 1000),
             {{"Content-Encoding", encoding}, {"Transfer-Encoding", "chunked"}});
    EXPECT_THAT(again.body, HasSubstr(Counts(20'000, 0, 20'000, 0))) << encoding;
    first += 20'000;
  }
}

TEST_F(IngestHttpTest, LinesKeepTheirOrderAndNumbersAcrossChunks) {
  Start();
  std::string body;
  std::vector<uint32_t> want;
  for (uint32_t line = 1; body.size() < 5 << 20; ++line) {
    if (line % 7 == 0) {
      body += "\n";
    } else {
      body += ViewLines(1, static_cast<int>(line));
      want.push_back(line);
    }
  }
  EXPECT_EQ(Post("/v1/events", body).status, 200);
  ASSERT_EQ(engine.seen().size(), 1u);
  EXPECT_EQ(engine.seen()[0].lines, want);
}

TEST_F(IngestHttpTest, ABadLineCostsNoNeighbour) {
  Start();
  const std::string body = ViewLines(1) + "{\"ts\":\n" + ViewLines(1, 1) +
                           std::string(100'000, 'x') + "\n" + "{\"ts\":1}\n" + ViewLines(1, 2);
  const TestResponse response = Post("/v1/events", body);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(Counts(6, 3, 0, 3)));
  EXPECT_THAT(response.body, HasSubstr(R"({"line":2,"code":"bad_json","message":")"));
  EXPECT_THAT(response.body, HasSubstr(R"({"line":4,"code":"too_long","message":")"));
  EXPECT_THAT(response.body, HasSubstr(R"({"line":5,"code":"missing_page","message":")"));
  EXPECT_THAT(Metrics(), HasSubstr("pagepulse_parse_rejected_total{code=\"too_long\"} 1\n"));
}

TEST_F(IngestHttpTest, WhatIsNotABodyIs400AndCountsNothing) {
  options.body_idle_timeout = std::chrono::milliseconds(200);
  Start();
  const std::string gzip = Gzip(ViewLines(1000));
  EXPECT_EQ(Post("/v1/events", "[{\"ts\":").status, 400);
  EXPECT_EQ(Post("/v1/events", "[1] [2]").status, 400);
  EXPECT_EQ(Post("/v1/events", "not gzip", {{"Content-Encoding", "gzip"}}).status, 400);
  EXPECT_EQ(
      Post("/v1/events", gzip.substr(0, gzip.size() - 9), {{"Content-Encoding", "gzip"}}).status,
      400);
  for (const std::string& coded : {gzip, Zstd(ViewLines(1000))}) {
    const TestResponse unsaid = Post("/v1/events", coded);
    EXPECT_EQ(unsaid.status, 400);
    EXPECT_EQ(unsaid.code(), "looks_compressed");
    EXPECT_THAT(unsaid.body, HasSubstr("`Content-Encoding: "));
  }
  EXPECT_EQ(Post("/v1/events", "7\r\n{}\n", {{"Transfer-Encoding", "chunked"}}).status, 0)
      << "an unfinished body is no request";
  const TestResponse bad_chunk =
      Post("/v1/events", "zz\r\n{}\r\n0\r\n\r\n", {{"Transfer-Encoding", "chunked"}});
  EXPECT_EQ(bad_chunk.status, 400);
  EXPECT_EQ(bad_chunk.code(), "bad_body");
  EXPECT_TRUE(engine.seen().empty());
}

TEST_F(IngestHttpTest, UnknownEncodingsAre415) {
  Start();
  for (const char* encoding : {"br", "deflate", "gzip, gzip", "zstd;q=1"}) {
    const TestResponse response = Post("/v1/events", "x", {{"Content-Encoding", encoding}});
    EXPECT_EQ(response.status, 415) << encoding;
    EXPECT_EQ(response.code(), "unknown_encoding");
  }
}

TEST_F(IngestHttpTest, AnyContentTypeWillDo) {
  Start();
  for (const char* type : {"application/json", "text/plain", "application/x-ndjson", "x"}) {
    EXPECT_EQ(Post("/v1/events", ViewLines(1), {{"Content-Type", type}}).status, 200);
  }
}

TEST_F(IngestHttpTest, BodiesAboveTheLimitAre413) {
  config.limits.body_bytes = config.limits.array_bytes = 100'000;
  Start();
  const std::string fits = ViewLines(1000).substr(0, 99'999);
  const std::string large = ViewLines(2000);
  ASSERT_GT(large.size(), 100'000u);
  EXPECT_EQ(Post("/v1/events", fits).status, 200);
  EXPECT_EQ(Post("/v1/events", large).status, 413);
  EXPECT_EQ(Post("/v1/events", Chunked(large, 5000), {{"Transfer-Encoding", "chunked"}}).status,
            413);
  EXPECT_EQ(Post("/v1/events", Gzip(large), {{"Content-Encoding", "gzip"}}).status, 413);
  EXPECT_EQ(Post("/v1/events", Zstd(large), {{"Content-Encoding", "zstd"}}).status, 413);
  EXPECT_EQ(engine.seen().size(), 1u);
}

TEST_F(IngestHttpTest, AnArrayHasALimitOfItsOwn) {
  config.limits.array_bytes = 1024;
  Start();
  const TestResponse response = Post("/v1/events", "[" + std::string(2000, ' ') + "]");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.code(), "body_too_large");
  EXPECT_EQ(Post("/v1/events", std::string(2000, ' ')).status, 200);
}

TEST_F(IngestHttpTest, A413IsReadByAClientThatStillSends) {
  config.limits.body_bytes = config.limits.array_bytes = 64 << 10;
  Start();
  TestClient client(server->port());
  client.Send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = fmt::format("{:x}\r\n{}\r\n", 8192, std::string(8192, 'x'));
  for (int i = 0; i < 100; ++i) client.Send(chunk);
  const TestResponse response = client.Receive();
  EXPECT_EQ(response.status, 413);
  EXPECT_FALSE(response.keep_alive);
}

TEST_F(IngestHttpTest, ABombIs413) {
  Start();
  EXPECT_EQ(
      Post("/v1/events", Gzip(std::string(64 << 20, 'x')), {{"Content-Encoding", "gzip"}}).status,
      413);
}

TEST_F(IngestHttpTest, AnIdempotencyKeyGetsTheStoredAnswer) {
  Start();
  const Fields key = {{"Idempotency-Key", "batch-1"}};
  const TestResponse first = Post("/v1/events", ViewLines(3), key);
  const TestResponse again = Post("/v1/events", ViewLines(3), key);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(engine.counted(), 3u);
  const TestResponse other = Post("/v1/events", ViewLines(4), key);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.code(), "key_reused");

  const auto seen = engine.seen();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].key->body, ContentHash(ViewLines(3)));
  EXPECT_EQ(seen[0].key->key, seen[1].key->key);
  EXPECT_EQ(Post("/v1/events", "", {{"Idempotency-Key", std::string(256, 'k')}}).status, 400);
}

TEST_F(IngestHttpTest, AKeyInFlightIs409) {
  Start();
  engine.Hold();
  const Fields key = {{"Idempotency-Key", "k"}};
  TestClient first(server->port());
  first.Send(RequestText("POST", "/v1/events", key, ViewLines(1)));
  Await([&] { return engine.held() == 1; });
  const TestResponse second = Post("/v1/events", ViewLines(1), key);
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.code(), "key_in_flight");
  engine.Release();
  EXPECT_EQ(first.Receive().status, 200);
}

TEST_F(IngestHttpTest, TheBodyOfAKeyIsItsRawBytes) {
  Start();
  const std::string gzip = Gzip(ViewLines(2));
  Post("/v1/events", Chunked(gzip, 7),
       {{"Idempotency-Key", "k"}, {"Content-Encoding", "gzip"}, {"Transfer-Encoding", "chunked"}});
  ASSERT_EQ(engine.seen().size(), 1u);
  EXPECT_EQ(engine.seen()[0].key->body, ContentHash(gzip));
}

TEST_F(IngestHttpTest, AnEngineThatStopsIs503) {
  engine.unavailable = true;
  Start();
  const TestResponse response = Post("/v1/events", ViewLines(1));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.code(), "stopping");
  EXPECT_EQ(response.Field("retry-after"), "1");
}

TEST_F(IngestHttpTest, CapsAndSizesReachTheEngine) {
  config.limits.pages_per_hour = 7;
  config.limits.posts_per_hour = 8;
  config.limits.types_per_hour = 9;
  Start();
  Post("/v1/events", ViewLines(10));
  ASSERT_EQ(engine.seen().size(), 1u);
  const FakeEngine::Seen seen = engine.seen()[0];
  ASSERT_TRUE(seen.caps.has_value());
  EXPECT_EQ(seen.caps->pages_per_hour, 7u);
  EXPECT_EQ(seen.caps->posts_per_hour, 8u);
  EXPECT_EQ(seen.caps->types_per_hour, 9u);
  EXPECT_EQ(seen.token, "");
  EXPECT_GE(seen.bytes, ViewLines(10).size() + 10 * sizeof(Event));
}

TEST_F(IngestHttpTest, RetentionRejectsWhatIsTooOld) {
  config.retention.events = 2 * 60;
  Start();
  EXPECT_THAT(
      Post("/v1/events",
           "{\"ts\":\"2025-11-20T07:59:59Z\",\"page\":\"a\",\"type\":"
           "\"view\"}\n{\"ts\":\"2025-11-20T08:00:00Z\",\"page\":\"a\","
           "\"type\":\"view\"}\n{\"ts\":\"2025-11-20T10:05:01Z\",\"page\":"
           "\"a\",\"type\":\"view\"}\n")
          .body,
      ::testing::AllOf(HasSubstr(Counts(3, 1, 0, 2)), HasSubstr(R"({"line":1,"code":"too_old")"),
                       HasSubstr(R"({"line":3,"code":"future")")));
}

TEST_F(IngestHttpTest, TheClockIsReadForEveryChunk) {
  std::atomic<int64_t> now = kNow;
  std::atomic<int> asked = 0;
  options.clock = [&] {
    ++asked;
    return now.load();
  };
  Start();
  TestClient client(server->port());
  const std::string first = ViewLines(20'000);
  const std::string last = "{\"ts\":\"2025-11-20T10:09:00Z\",\"page\":\"a\",\"type\":\"view\"}\n";
  ASSERT_GT(first.size(), kChunkBytes);
  client.Send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.Send(fmt::format("{:x}\r\n{}\r\n", first.size(), first));
  Await([&] { return asked > 0; });
  now += 10 * 60'000;
  client.Send(fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", last.size(), last));
  EXPECT_THAT(client.Receive().body, HasSubstr(Counts(20'001, 20'001, 0, 0)));
  server.reset();
}

Fields Step(const std::string& from, const std::string& to, const std::string& lines) {
  return {{"Pagepulse-Job", "import%20%C4%91"},
          {"Pagepulse-File", "00112233445566778899aabbccddeeff"},
          {"Pagepulse-Ordinal", "2"},
          {"Pagepulse-File-Name", "th%C3%A1ng%207.ndjson"},
          {"Pagepulse-From", from},
          {"Pagepulse-To", to},
          {"Pagepulse-Digest-From", "0000000000000000000000000000000a"},
          {"Pagepulse-Digest", "f000000000000000000000000000000b"},
          {"Pagepulse-Lines", lines},
          {"Pagepulse-First-Line", from == "0" ? "1" : "3"},
          {"Pagepulse-Page", "t%C3%A2n"},
          {"Pagepulse-Tz", "UTC"},
          {"Pagepulse-Exported", "2025-09-01"}};
}

TEST_F(IngestHttpTest, AStepOfAJobCountsOnceAtItsPosition) {
  Start();
  const std::string one = ViewLines(2);
  const std::string two = "[\n" + ViewLines(1, 2);
  const std::string middle = std::to_string(one.size());
  const std::string end = std::to_string(one.size() + two.size());
  EXPECT_EQ(Post("/v1/events", one, Step("0", middle, "2")).status, 200);
  const TestResponse again = Post("/v1/events", one, Step("0", middle, "2"));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), "wrong_position");
  const TestResponse next = Post("/v1/events", two, Step(middle, end, "4"));
  EXPECT_EQ(next.status, 200);
  EXPECT_THAT(next.body, HasSubstr(Counts(2, 1, 0, 1)));
  EXPECT_THAT(next.body, HasSubstr(R"({"line":3,"code":"bad_json")"));

  const auto seen = engine.seen();
  ASSERT_EQ(seen.size(), 3u);
  const JobStep step = *seen[2].job;
  EXPECT_EQ(step.job, "import \u0111");
  EXPECT_EQ(step.file, absl::MakeUint128(0x0011223344556677, 0x8899aabbccddeeff));
  EXPECT_EQ(step.ordinal, 2u);
  EXPECT_EQ(step.file_name, "th\u00e1ng 7.ndjson");
  EXPECT_EQ(step.from, one.size());
  EXPECT_EQ(step.to, one.size() + two.size());
  EXPECT_EQ(step.digest_from, absl::MakeUint128(0, 10));
  EXPECT_EQ(step.digest, absl::MakeUint128(0xf000000000000000, 11));
  EXPECT_EQ(step.lines, 4u);
  EXPECT_THAT(seen[2].lines, ElementsAre(4));

  const TestResponse files = Get("/v1/jobs/import%20%C4%91");
  EXPECT_EQ(files.status, 200);
  EXPECT_EQ(files.body,
            fmt::format("{{\"job\":\"import \u0111\",\"files\":[{{\"file\":"
                        "\"00112233445566778899aabbccddeeff\",\"ordinal\":2,\"name\":"
                        "\"th\u00e1ng 7.ndjson\",\"position\":{},\"lines\":4,\"digest\":"
                        "\"f000000000000000000000000000000b\",\"accepted\":3,\"duplicate\":0,"
                        "\"rejected\":1,\"options\":\"--format native --page t\u00e2n --tz UTC "
                        "--exported 2025-09-01\"}}]}}\n",
                        end));
  EXPECT_EQ(Get("/v1/jobs/other").body, "{\"job\":\"other\",\"files\":[]}\n");
}

TEST_F(IngestHttpTest, HalfAStepIs400) {
  Start();
  const Fields whole = Step("0", "2", "1");
  for (const char* name : {"Pagepulse-Job", "Pagepulse-File", "Pagepulse-From", "Pagepulse-To",
                           "Pagepulse-Digest-From", "Pagepulse-Digest", "Pagepulse-Lines"}) {
    for (const char* value : {"", "zz", "-1"}) {
      if (name == std::string("Pagepulse-Job") && *value != '\0') continue;
      Fields fields = whole;
      for (auto& field : fields) {
        if (field.first == name) field.second = value;
      }
      const TestResponse response = Post("/v1/events", "{}", fields);
      EXPECT_EQ(response.status, 400) << name << value;
      EXPECT_EQ(response.code(), "bad_job_header") << name << value;
    }
  }
  Fields format = whole;
  format.emplace_back("Pagepulse-Format", "csv");
  EXPECT_EQ(Post("/v1/events", "{}", format).code(), "unknown_format");
  EXPECT_EQ(Post("/v1/events", "{ }", whole).code(), "bad_job_header") << "not its length";
  Fields key = whole;
  key.emplace_back("Idempotency-Key", "k");
  EXPECT_EQ(Post("/v1/events", "{}", key).code(), "key_and_job");
  EXPECT_TRUE(engine.seen().empty());
}

TEST(JobStepTest, HashesAreThirtyTwoDigits) {
  EXPECT_EQ(FormatHash(absl::MakeUint128(1, 0xab)), "000000000000000100000000000000ab");
  EXPECT_EQ(ParseHash("000000000000000100000000000000AB"), absl::MakeUint128(1, 0xab));
  for (const char* text : {"", "0", "000000000000000100000000000000abc",
                           "00000000000000010000000000000 ab", "-0000000000000010000000000000ab"}) {
    EXPECT_FALSE(ParseHash(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace pagepulse
