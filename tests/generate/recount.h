#pragma once

// What a stream of native events adds up to, counted in the plainest way: every line is parsed,
// every id kept, every fact's events are sorted and walked at the end. Shares no code with the
// product, and is as slow and as large as that.

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "simdjson.h"

namespace pagepulse {

class Recount {
 public:
  struct Totals {
    int64_t views = 0, clicks = 0, messages = 0, follows = 0;
    int64_t reactions = 0, comments = 0, shares = 0;  // net
    std::vector<bool> viewers;                        // by the order in which people first came

    int64_t interactions() const { return reactions + comments + shares; }
    size_t reach() const {
      return static_cast<size_t>(std::count(viewers.begin(), viewers.end(), true));
    }
  };

  // One line without its end. False, with a sentence in error(), where it is not a valid event.
  bool Add(std::string_view line);
  // After the last line.
  void Finish();

  const std::string& error() const { return error_; }
  uint64_t duplicates() const { return duplicates_; }  // lines whose id had come before
  // By page, then by month at +07:00 ("2025-07"), and over all under "".
  const std::map<std::string, std::map<std::string, Totals>>& pages() const { return pages_; }

 private:
  struct Said {
    int64_t ts_ms;
    int op;
    std::string reaction, post, source;
    auto operator<=>(const Said&) const = default;
  };
  struct Fact {
    std::string page, type;
    std::set<Said> said;
  };
  struct Fields {
    std::string_view id, page, post, actor, type, op, reaction, object, source;  // empty: absent
    int64_t ts_ms = 0;
  };

  bool Read(std::string_view line, Fields* fields);
  bool Fail(std::string_view why, std::string_view line);
  void CountFact(const Fact& fact);

  simdjson::dom::parser parser_;
  std::string error_;
  uint64_t duplicates_ = 0;
  absl::flat_hash_set<std::string> ids_;
  std::unordered_map<std::string, size_t> people_;  // numbered as they come
  std::unordered_map<std::string, Fact> facts_;
  std::map<std::string, std::map<std::string, Totals>> pages_;
};

}  // namespace pagepulse
