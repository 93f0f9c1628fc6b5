#pragma once

// Captured deliveries, and what was written down by hand that they count.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "ingest/event_identity.h"
#include "tests/ingest/facebook_testing.h"

namespace pagepulse {

inline const std::filesystem::path kFixtures = "../shared/fixtures";

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Relative to `folder`, in the order of their names. A list of signatures is no delivery.
inline std::vector<std::string> FilesOf(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name.find("signatures.open.json") != std::string::npos)
      continue;
    files.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A line of a table: "-" is nothing.
struct Expected {
  std::vector<std::string> fields;  // without the file

  std::string at(size_t i) const { return i >= fields.size() || fields[i] == "-" ? "" : fields[i]; }
};

inline std::multimap<std::string, Expected> ReadExpected(const std::string& table) {
  std::multimap<std::string, Expected> expected;
  std::ifstream in(table);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> fields;
    std::stringstream split(line);
    for (std::string field; std::getline(split, field, '\t');) fields.push_back(field);
    const std::string file = fields.front();
    fields.erase(fields.begin());
    expected.insert({file, Expected{fields}});
  }
  return expected;
}

// event, type op kind page post object actor ts_ms, and the parts of its id where it cannot be
// followed. Object and actor are hashed and gone, so the expectation is hashed in the same way:
// equal facts, actors and ids mean equal objects, people and names.
inline void ExpectEvent(const Event& event, const Expected& want, std::string_view source) {
  const bool custom = event.type == EventType::kCustom;
  EXPECT_EQ(custom ? std::string(event.custom_type) : std::string(TypeName(event.type)),
            want.at(1));
  EXPECT_EQ(OpName(event.op), want.at(2));
  EXPECT_EQ(event.type == EventType::kReaction ? ReactionName(event.reaction) : "", want.at(3));
  EXPECT_EQ(event.page, want.at(4));
  EXPECT_EQ(event.post, want.at(5));
  EXPECT_EQ(event.source, source);
  EXPECT_EQ(std::to_string(event.ts_ms), want.at(8));
  const std::string object = want.at(6), actor = want.at(7);
  EXPECT_EQ(event.has_actor, !actor.empty());
  EXPECT_EQ(event.actor, actor.empty() ? 0 : TestKey().Actor(actor));
  const std::string id = absl::StrReplaceAll(want.at(9), {{"|", "\x1f"}});
  EXPECT_EQ(event.followed, id.empty());
  EXPECT_EQ(event.has_id, !id.empty());
  EventParts parts;
  parts.object = object;
  parts.actor = actor;
  parts.id = id;
  Event same = event;
  same.fact = 0;
  same.id_fingerprint = 0;
  FinishEvent(TestKey(), parts, &same);
  EXPECT_EQ(event.fact, same.fact);
  EXPECT_EQ(event.id_fingerprint, same.id_fingerprint);
}

// Every event and every `ignored` of a file, and the codes of what was rejected.
inline void ExpectBatch(const EventBatch& batch, const std::string& file,
                        const std::multimap<std::string, Expected>& table,
                        std::string_view source) {
  std::string ignored = "0";
  std::vector<std::string> rejected;
  size_t events = 0, lines = 0;
  const auto [begin, end] = table.equal_range(file);
  for (auto it = begin; it != end; ++it, ++lines) {
    const Expected& want = it->second;
    if (want.at(0) == "ignored") ignored = want.at(1);
    if (want.at(0) == "rejected") rejected.push_back(want.at(1));
    if (want.at(0) != "event") continue;
    ASSERT_LT(events, batch.events.size());
    ExpectEvent(batch.events[events++], want, source);
  }
  EXPECT_GT(lines, 0u) << "the table does not say what this file counts";
  EXPECT_EQ(events, batch.events.size());
  EXPECT_EQ(std::to_string(batch.ignored), ignored);
  ASSERT_EQ(batch.rejections.size(), rejected.size());
  for (size_t i = 0; i < rejected.size(); ++i) {
    EXPECT_EQ(RejectName(batch.rejections[i].code), rejected[i]);
  }
}

}  // namespace pagepulse
