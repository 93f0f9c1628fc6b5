#pragma once

// What the answers must be, counted the slow way from the events as they were sent: no engine code,
// no sketches, no buckets. Written from product.md section 2.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace pagepulse::testing {

struct SentEvent {
  int64_t ts_ms = 0;
  std::string page, post, actor, type, op = "add", reaction, object, source, id;
  int64_t count = 1;

  std::string ToJson() const;  // one line, without its end
};

// Which numbers: any part left empty means all. `day` counts days of UTC+7 since the epoch.
struct Selection {
  std::string page;
  std::optional<std::string> post, source;
  std::optional<int64_t> day;
};

class ReferenceModel {
 public:
  // In the order of arrival, which matters for equal ids alone.
  void Add(const SentEvent& event);

  // "views", "clicks", "messages", "reactions", "reactions.love", "comments", "shares", "follows",
  // "interactions", a custom type; net ones with ".added" or ".removed"; "reach", "engaged".
  int64_t Count(const std::string& metric, const Selection& selection) const;

  uint64_t accepted() const { return accepted_; }
  uint64_t duplicate() const { return duplicate_; }

 private:
  struct Change {  // of one counter
    int64_t ts_ms;
    std::string page, post, source, counter;
    int64_t value;
  };
  using FactKey = std::tuple<std::string, std::string, std::string>;  // page, type, identity

  std::vector<Change> Changes() const;

  std::vector<Change> occurrences_;
  std::vector<SentEvent> people_;  // events whose actor counts
  std::map<FactKey, std::vector<SentEvent>> facts_;
  std::set<std::pair<std::string, std::string>> ids_;
  uint64_t accepted_ = 0, duplicate_ = 0;
};

}  // namespace pagepulse::testing
