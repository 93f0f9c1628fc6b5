#pragma once

// For the tests of the native format: text in, a batch out, through the cutter or without it.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "ingest/adapter.h"
#include "ingest/chunk.h"
#include "ingest/line_cutter.h"

namespace pagepulse {

inline constexpr int64_t kNow = 1'760'000'000'000;  // 2025-10-09T08:53:20Z

inline const HashKey& NativeKey() {
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'n'));
  return key;
}

inline ParseContext NativeContext(int64_t oldest_ms = 0) {
  ParseContext context;
  context.key = &NativeKey();
  context.now_ms = kNow;
  context.oldest_ms = oldest_ms;
  return context;
}

inline EventBatch ParseLines(const std::string& text, int64_t oldest_ms = 0) {
  EventBatch batch;
  EXPECT_TRUE(NativeLines().Parse(CopyToChunk(text), {}, NativeContext(oldest_ms), &batch).ok());
  return batch;
}

// A whole event but for the keys given, each as `"key":value`; an empty value leaves a key out.
inline std::string EventWith(const std::map<std::string, std::string>& changes) {
  std::map<std::string, std::string> fields = {
      {"ts", "1751328000"}, {"page", "\"p\""}, {"type", "\"view\""}};
  for (const auto& [key, value] : changes) fields[key] = value;
  std::string line;
  for (const auto& [key, value] : fields) {
    if (value.empty()) continue;
    line += (line.empty() ? "{\"" : ",\"") + key + "\":" + value;
  }
  return line + "}";
}

// The one event of a line; the batch holds its text.
inline Event MustParse(const std::string& line, EventBatch* batch) {
  *batch = ParseLines(line);
  EXPECT_EQ(batch->events.size(), 1u) << line;
  return batch->events.empty() ? Event() : batch->events[0];
}

// What one line is rejected for; kNone: it is an event.
inline RejectCode CodeOf(const std::string& line, int64_t oldest_ms = 0) {
  const EventBatch batch = ParseLines(line, oldest_ms);
  EXPECT_EQ(batch.received(), 1u) << line;
  return batch.rejections.empty() ? RejectCode::kNone : batch.rejections[0].code;
}

// The event and whether it is one, in words: equal text means that nothing tells the two apart.
inline std::string Describe(const Event& e) {
  const auto number = [](uint64_t v) { return std::to_string(v) + " "; };
  return number(e.ts_ms) + std::string(e.page) + "|" + std::string(e.post) + "|" +
         std::string(e.source) + "|" + std::string(e.custom_type) + "| " + number(e.page_hash) +
         number(absl::Uint128Low64(e.post_hash)) + number(e.id_fingerprint) +
         number(absl::Uint128High64(e.fact)) + number(absl::Uint128Low64(e.fact)) +
         number(e.actor) + number(e.count) + number(static_cast<int>(e.type)) +
         number(static_cast<int>(e.op)) + number(static_cast<int>(e.reaction)) +
         number(e.has_actor) + number(e.has_id) + number(e.followed);
}

inline std::string Describe(const Rejection& r) {
  return "rejected " + std::string(RejectName(r.code)) + " " + std::to_string(r.length);
}

// Every line's outcome, in the order of lines.
inline std::vector<std::pair<uint32_t, std::string>> Outcomes(const EventBatch& batch) {
  std::vector<std::pair<uint32_t, std::string>> all;
  for (const Event& event : batch.events) all.emplace_back(event.line, Describe(event));
  for (const Rejection& r : batch.rejections) all.emplace_back(r.line, Describe(r));
  std::sort(all.begin(), all.end());
  return all;
}

// Feeds `text` in pieces of random sizes.
inline std::vector<Chunk> CutAtRandom(const std::string& text, size_t chunk_bytes,
                                      std::mt19937_64* random, size_t max_piece) {
  std::vector<Chunk> chunks;
  const auto keep = [&](Chunk chunk) { chunks.push_back(std::move(chunk)); };
  LineCutter cutter(0, 1, chunk_bytes);
  for (size_t i = 0; i < text.size();) {
    const size_t piece = (*random)() % (max_piece + 1);
    cutter.Feed(std::string_view(text).substr(i, piece), keep);
    i += std::min(piece, text.size() - i);
  }
  cutter.Finish(keep);
  return chunks;
}

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The files of a folder beside the repository, sorted; empty where there is none.
inline std::vector<std::filesystem::path> FixtureFiles(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path root = "../shared/fixtures/" + folder;
  if (!std::filesystem::exists(root)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace pagepulse
