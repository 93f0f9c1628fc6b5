#pragma once

// What a generated stream must come to, counted from the generator's own lines: no text is parsed,
// no id looked up, no sketch made. Facts are walked by the rules of docs/events.md.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "generate/line_writer.h"

namespace pagepulse {

// By page and civil day of Asia/Ho_Chi_Minh, in the order of kTruthMetrics.
inline constexpr std::array<const char*, 5> kTruthMetrics = {"views", "clicks", "reactions",
                                                             "comments", "shares"};
struct Truth {
  using Sums = std::array<int64_t, kTruthMetrics.size()>;
  std::map<std::pair<std::string, int32_t>, Sums> sums;  // days since 1970
  std::map<std::string, int64_t> reach;                  // by page, over all

  absl::Status Write(const std::string& path) const;
  static absl::StatusOr<Truth> Read(const std::string& path);
};

class TruthCounter {
 public:
  void Add(const Line& line);  // each line but those told again
  Truth Finish();

 private:
  struct Said {
    uint64_t fact_high, fact_low;
    int64_t ts_ms;
    uint32_t page;
    Op op;
    ReactionKind kind;
    uint8_t metric;
  };
  struct Page {
    std::string name;
    std::vector<Truth::Sums> days;  // from kFirstDay - 1: events may be late
    std::vector<bool> viewers;
  };

  Page& PageOf(std::string_view name);
  void WalkFact(const Said* begin, const Said* end);

  absl::flat_hash_map<std::string, uint32_t> page_ids_;
  std::vector<Page> pages_;
  std::vector<Said> said_;
};

}  // namespace pagepulse
