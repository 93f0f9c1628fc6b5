#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "generate/day_curve.h"
#include "generate/profiles.h"
#include "generate/random.h"

namespace pagepulse {
namespace {

constexpr int32_t kDays = 184;
constexpr size_t kPages = 200, kPostsPerPage = 25;
constexpr uint32_t kActors = 1'000'000;
constexpr uint64_t kLate = 100, kRepeated = 50;  // in ten thousand
constexpr int64_t kLateMs = 2 * 3'600'000;

// A fact that was added a short while ago, and what may still be said of it.
struct OpenFact {
  Line line;
  bool hidden = false;
};

// The last facts of a type, the oldest overwritten first.
class OpenFacts {
 public:
  explicit OpenFacts(size_t size) : facts_(size) {}

  bool full() const { return count_ >= facts_.size(); }
  void Add(const Line& line) { facts_[count_++ % facts_.size()] = {line, false}; }
  OpenFact* Pick(Random* random) { return &facts_[random->Below(facts_.size())]; }

 private:
  std::vector<OpenFact> facts_;
  uint64_t count_ = 0;
};

class Mix {
 public:
  Mix(const GenerateOptions& options, LineWriter::Sink sink);
  absl::Status Run();

 private:
  void MakeNames();
  void WriteMinute(int64_t minute_ms, uint64_t lines);
  void WriteNew(int64_t now_ms);
  void FillOccurrence(Line* line);
  void FillReaction(Line* line);
  void FillComment(Line* line);
  void FillShare(Line* line);
  void FillPlace(Line* line);
  ReactionKind PickReaction();

  const GenerateOptions& options_;
  Random random_;
  LineWriter writer_;
  std::vector<std::string> pages_, posts_;
  std::vector<std::pair<uint64_t, std::string>> repeats_;  // due at this line; unordered, few
  uint64_t line_ = 0;
  WeightedTable page_table_, post_table_, source_table_, reaction_table_;
  OpenFacts reactions_{4096}, comments_{1024}, shares_{512};
};

constexpr std::array<std::string_view, 4> kSources = {"facebook", "zalo", "web", ""};

// One over (rank + offset): a few large, a long tail.
std::vector<uint64_t> Zipf(size_t n, uint64_t offset) {
  std::vector<uint64_t> weights;
  for (size_t rank = 0; rank < n; ++rank) weights.push_back(1'000'000'000 / (rank + offset));
  return weights;
}

Mix::Mix(const GenerateOptions& options, LineWriter::Sink sink)
    : options_(options),
      random_(options.seed),
      writer_(sink),
      page_table_(Zipf(kPages, 5)),
      post_table_(Zipf(kPostsPerPage, 2)),
      source_table_({70, 14, 11, 5}),
      reaction_table_({0, 52, 27, 8, 4, 4, 3, 2}) {
  MakeNames();
}

void Mix::MakeNames() {
  const auto digits = [](uint64_t n, size_t width) {
    std::string text = std::to_string(n);
    return std::string(width - text.size(), '0') + text;
  };
  for (size_t page = 0; page < kPages; ++page) {
    pages_.push_back("ubnd-phuong-tphcm-" + digits(page + 1, 3));
    for (size_t post = 0; post < kPostsPerPage; ++post) {
      const uint64_t number = Scramble(page * kPostsPerPage + post) % 10'000'000'000'000'000;
      posts_.push_back(pages_.back() + "_7" + digits(number, 16));
    }
  }
}

absl::Status Mix::Run() {
  const std::vector<uint64_t> workday = MinuteWeights(false), weekend = MinuteWeights(true);
  std::vector<uint64_t> days;
  for (int32_t d = 0; d < kDays; ++d) days.push_back(DayWeight(kFirstDay + d));
  const std::vector<uint64_t> lines_by_day = Apportion(days, options_.events);
  for (int32_t d = 0; d < kDays; ++d) {
    const int32_t day = kFirstDay + d;
    const std::vector<uint64_t> lines =
        Apportion(IsWeekend(day) ? weekend : workday, lines_by_day[d]);
    for (int64_t minute = 0; minute < 1440; ++minute) {
      WriteMinute(DayStartMs(day) + minute * kMinuteMs, lines[minute]);
      if (!writer_.status().ok()) return writer_.status();
    }
  }
  writer_.Flush();
  return writer_.status();
}

void Mix::WriteMinute(int64_t minute_ms, uint64_t lines) {
  for (uint64_t i = 0; i < lines; ++i, ++line_) {
    const auto due = std::find_if(repeats_.begin(), repeats_.end(),
                                  [&](const auto& repeat) { return repeat.first <= line_; });
    if (due != repeats_.end()) {
      writer_.WriteText(due->second);
      *due = std::move(repeats_.back());
      repeats_.pop_back();
      continue;
    }
    // Evenly through the minute, with what is left to chance.
    const uint64_t offset = (i * kMinuteMs + random_.Below(kMinuteMs)) / lines;
    WriteNew(minute_ms + static_cast<int64_t>(offset));
  }
}

void Mix::WriteNew(int64_t now_ms) {
  Line line;
  line.ts_ms = now_ms;
  if (random_.Chance(kLate)) line.ts_ms -= 1 + static_cast<int64_t>(random_.SkewedBelow(kLateMs));
  line.id = line_ + 1;
  line.id_salt = options_.seed;
  const uint64_t type = random_.Below(100);
  if (type < 85) {
    line.type = type < 83 ? EventType::kView : EventType::kClick;
    FillOccurrence(&line);
  } else if (type < 96) {
    FillReaction(&line);
  } else if (type < 98) {
    FillComment(&line);
  } else {
    FillShare(&line);
  }
  if (options_.on_line) options_.on_line(line);
  const std::string_view text = writer_.Write(line);
  if (random_.Chance(kRepeated)) repeats_.emplace_back(line_ + 1 + random_.Below(2000), text);
}

void Mix::FillPlace(Line* line) {
  const size_t page = page_table_.Pick(&random_);
  line->page = pages_[page];
  line->post = posts_[page * kPostsPerPage + post_table_.Pick(&random_)];
  line->source = kSources[source_table_.Pick(&random_)];
  line->actor = 1 + static_cast<uint32_t>(random_.Chance(3000) ? random_.SkewedBelow(kActors)
                                                               : random_.Below(kActors));
}

void Mix::FillOccurrence(Line* line) {
  FillPlace(line);
  const uint64_t r = random_.Below(100);
  if (r < 4) line->post = {};  // the page itself was looked at
  if (r >= 98) line->actor = 0;
}

ReactionKind Mix::PickReaction() {
  return static_cast<ReactionKind>(reaction_table_.Pick(&random_));
}

// Says something new of an open fact, or adds one. An event of a fact that can be followed needs
// no id: one in five has none.
void Mix::FillReaction(Line* line) {
  if (random_.Chance(2000)) line->id = 0;
  const uint64_t r = random_.Below(100);
  if (r >= 12 || !reactions_.full()) {
    line->type = EventType::kReaction;
    FillPlace(line);
    line->reaction = PickReaction();
    reactions_.Add(*line);
    return;
  }
  const Line& fact = reactions_.Pick(&random_)->line;
  const Line said = *line;
  *line = fact;
  line->ts_ms = said.ts_ms;
  line->id = said.id;
  if (r < 5) {  // changed, in the way of platforms that send an edit and of those that add again
    line->op = r < 4 ? Op::kEdit : Op::kAdd;
    line->reaction = fact.reaction == ReactionKind::kLove ? ReactionKind::kWow : PickReaction();
  } else {
    line->op = Op::kRemove;
    if (r < 8) line->reaction = ReactionKind::kUnknown;
  }
}

void Mix::FillComment(Line* line) {
  if (random_.Chance(1000)) line->id = 0;
  const uint64_t r = random_.Below(100);
  if (r >= 14 || !comments_.full()) {
    line->type = EventType::kComment;
    FillPlace(line);
    line->object = 100'000'000'000 + line_;
    comments_.Add(*line);
    return;
  }
  OpenFact* fact = comments_.Pick(&random_);
  if (r >= 10) {  // rather one that is hidden, to show it again
    for (int tries = 0; tries < 30 && !fact->hidden; ++tries) fact = comments_.Pick(&random_);
  }
  const Line said = *line;
  *line = fact->line;
  line->ts_ms = said.ts_ms;
  line->id = said.id;
  if (r < 3) {
    line->op = Op::kEdit;  // of its text
  } else if (r < 6) {
    line->op = Op::kRemove;
  } else {
    line->op = fact->hidden ? Op::kUnhide : Op::kHide;
    fact->hidden = !fact->hidden;
  }
}

void Mix::FillShare(Line* line) {
  const uint64_t r = random_.Below(100);
  if (r >= 3 || !shares_.full()) {
    line->type = EventType::kShare;
    FillPlace(line);
    // Without an object its id names it.
    if (r < 60) line->object = 200'000'000'000 + line_;
    shares_.Add(*line);
    return;
  }
  const Line said = *line;
  *line = shares_.Pick(&random_)->line;
  line->ts_ms = said.ts_ms;
  line->op = Op::kRemove;
  if (line->object != 0) line->id = said.id;
}

}  // namespace

absl::Status GenerateMix(const GenerateOptions& options, LineWriter::Sink sink) {
  Mix mix(options, sink);
  return mix.Run();
}

}  // namespace pagepulse
