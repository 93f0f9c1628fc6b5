#include "tests/support/engine_fixture.h"

#include <gtest/gtest.h>

#include <future>

#include "ingest/adapter.h"
#include "ingest/line_cutter.h"

namespace pagepulse::testing {

HashKey FixedKey() {
  std::string raw;
  for (size_t i = 0; i < HashKey::kBytes; ++i) raw.push_back(static_cast<char>(i * 37 + 11));
  return *HashKey::FromBytes(raw);
}

EngineFixture::EngineFixture() {
  options_.database.path = dir_.path() + "/data";
  options_.database.create_with_key = FixedKey();
  options_.clock = [this] { return now_ms.load(); };
  options_.checkpoint_seconds = 3600;
}

absl::Status EngineFixture::TryOpen() {
  auto engine = Engine::Open(options_);
  if (!engine.ok()) return engine.status();
  engine_ = *std::move(engine);
  return absl::OkStatus();
}

void EngineFixture::Open() {
  const absl::Status status = TryOpen();
  ASSERT_TRUE(status.ok()) << status;
}

Submission EngineFixture::Parse(const std::string& lines) const {
  ParseContext context;
  context.key = &engine_->hash_key();
  context.now_ms = now_ms;
  Submission submission;
  submission.bytes = lines.size();
  const auto parse = [&](Chunk chunk) {
    EXPECT_TRUE(NativeLines()
                    .Parse(std::move(chunk), {}, context, &submission.batches.emplace_back())
                    .ok());
  };
  LineCutter cutter;
  cutter.Feed(lines, parse);
  cutter.Finish(parse);
  return submission;
}

Reply EngineFixture::Send(Submission submission) {
  std::promise<Reply> promise;
  engine_->Submit(std::move(submission), [&](Reply reply) { promise.set_value(std::move(reply)); });
  return promise.get_future().get();
}

std::string EngineFixture::Ask(const std::string& words) {
  const auto spec = ParseQueryWords(words);
  if (!spec.ok()) return "ERROR " + spec.status().ToString();
  const auto result = engine_->Run(*spec, now_ms);
  if (!result.ok()) return "ERROR " + result.status().ToString();
  return FormatResult(*result, OutputFormat::kJson, false);
}

int64_t EngineFixture::Total(const std::string& words) {
  const auto spec = ParseQueryWords(words);
  EXPECT_TRUE(spec.ok()) << spec.status();
  if (!spec.ok()) return INT64_MIN;
  const auto result = engine_->Run(*spec, now_ms);
  EXPECT_TRUE(result.ok()) << words << ": " << result.status();
  if (!result.ok()) return INT64_MIN;
  const int64_t* value = std::get_if<int64_t>(&result->totals.at(0));
  return value == nullptr ? INT64_MIN : *value;
}

}  // namespace pagepulse::testing
