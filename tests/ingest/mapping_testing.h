#pragma once

// For the tests of mappings: foreign JSON in, beside the native event that it is said to mean.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ingest/registry.h"
#include "tests/ingest/native_testing.h"

namespace pagepulse {

inline EventBatch ParseAs(const Adapter& adapter, std::string_view text,
                          const Headers& headers = {}, std::string_view own_page = {}) {
  ParseContext context = NativeContext();
  context.own_page = own_page;
  EventBatch batch;
  const absl::Status status = adapter.Parse(CopyToChunk(text), headers, context, &batch);
  EXPECT_TRUE(status.ok()) << status << "\n" << text;
  return batch;
}

// What became of each event, in words, but for its line; the fault's name where it is rejected.
inline std::vector<std::string> Meanings(const EventBatch& batch) {
  std::vector<std::string> meanings;
  for (const Event& event : batch.events) meanings.push_back(Describe(event));
  for (const Rejection& rejection : batch.rejections) {
    meanings.emplace_back(RejectName(rejection.code));
  }
  if (batch.ignored > 0) meanings.push_back("ignored " + std::to_string(batch.ignored));
  return meanings;
}

// The same of a native line; other words ("missing_page", "ignored 1") stand for themselves.
inline std::vector<std::string> Native(const std::string& line) {
  if (line[0] != '{') return {line};
  const std::vector<std::string> meanings = Meanings(ParseLines(line));
  EXPECT_EQ(meanings.size(), 1u) << line;
  return meanings;
}

inline std::string ReadWhole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace pagepulse
