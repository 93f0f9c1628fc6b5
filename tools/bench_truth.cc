#include "tools/bench_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <tuple>

#include "absl/hash/hash.h"
#include "base/string_view.h"
#include "generate/day_curve.h"

namespace pagepulse {
namespace {

constexpr uint8_t kViewsColumn = 0, kClicksColumn = 1, kFirstFactColumn = 2;

size_t DayIndex(int64_t ts_ms) {
  return static_cast<size_t>((ts_ms + kZoneMs) / kDayMs - (kFirstDay - 1));
}

}  // namespace

TruthCounter::Page& TruthCounter::PageOf(std::string_view name) {
  const auto [it, inserted] = page_ids_.try_emplace(ToAbsl(name), pages_.size());
  if (inserted) pages_.push_back({std::string(name), {}, {}});
  return pages_[it->second];
}

void TruthCounter::Add(const Line& line) {
  Page& page = PageOf(line.page);
  const size_t day = DayIndex(line.ts_ms);
  if (page.days.size() <= day) page.days.resize(day + 1);
  if (line.type == EventType::kView || line.type == EventType::kClick) {
    const bool view = line.type == EventType::kView;
    ++page.days[day][view ? kViewsColumn : kClicksColumn];
    if (view && line.actor != 0) {
      if (page.viewers.size() <= line.actor) page.viewers.resize(line.actor + 1);
      page.viewers[line.actor] = true;
    }
    return;
  }
  Said said = {};
  said.ts_ms = line.ts_ms;
  said.page = static_cast<uint32_t>(&page - pages_.data());
  said.op = line.op;
  said.metric = static_cast<uint8_t>(kFirstFactColumn + (line.type == EventType::kReaction  ? 0
                                                         : line.type == EventType::kComment ? 1
                                                                                            : 2));
  // A reaction is its person's on its post; a comment or share has a name of its own.
  if (line.type == EventType::kReaction) {
    said.kind = line.reaction;
    said.fact_high = absl::HashOf(said.page, ToAbsl(line.post));
    said.fact_low = line.actor;
  } else {
    said.fact_high = uint64_t{said.metric} << 32 | said.page;
    said.fact_low = line.object != 0 ? line.object : line.id << 1 | 1;
  }
  said_.push_back(said);
}

void TruthCounter::WalkFact(const Said* begin, const Said* end) {
  bool there = false, hidden = false;
  for (const Said* said = begin; said != end; ++said) {
    const bool shown = there && !hidden;
    switch (said->op) {
      case Op::kAdd:
        there = true;
        hidden = false;
        break;
      case Op::kEdit:  // another kind: one out, one in
        break;
      case Op::kHide:
        hidden = there;
        break;
      case Op::kUnhide:
        hidden = false;
        break;
      case Op::kRemove:
        there = hidden = false;
        break;
    }
    pages_[said->page].days[DayIndex(said->ts_ms)][said->metric] += (there && !hidden) - shown;
  }
}

Truth TruthCounter::Finish() {
  const auto order = [](const Said& s) {
    return std::tie(s.fact_high, s.fact_low, s.ts_ms, s.op, s.kind);
  };
  std::sort(said_.begin(), said_.end(),
            [&](const Said& a, const Said& b) { return order(a) < order(b); });
  for (size_t i = 0; i < said_.size();) {
    size_t end = i;
    while (end < said_.size() && said_[end].fact_high == said_[i].fact_high &&
           said_[end].fact_low == said_[i].fact_low) {
      ++end;
    }
    WalkFact(said_.data() + i, said_.data() + end);
    i = end;
  }
  Truth truth;
  for (const Page& page : pages_) {
    for (size_t day = 0; day < page.days.size(); ++day) {
      if (page.days[day] == Truth::Sums()) continue;
      truth.sums[{page.name, kFirstDay - 1 + static_cast<int32_t>(day)}] = page.days[day];
    }
    truth.reach[page.name] = std::count(page.viewers.begin(), page.viewers.end(), true);
  }
  return truth;
}

absl::Status Truth::Write(const std::string& path) const {
  std::ofstream out(path);
  for (const auto& [place, row] : sums) {
    out << place.first << ' ' << place.second;
    for (const int64_t value : row) out << ' ' << value;
    out << '\n';
  }
  for (const auto& [page, people] : reach) out << page << " reach " << people << '\n';
  out.close();
  return out ? absl::OkStatus() : absl::DataLossError(fmt::format("cannot write {}", path));
}

absl::StatusOr<Truth> Truth::Read(const std::string& path) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError(fmt::format("cannot read {}", path));
  Truth truth;
  std::string page, what;
  while (in >> page >> what) {
    if (what == "reach") {
      in >> truth.reach[page];
    } else {
      for (int64_t& value : truth.sums[{page, std::stoi(what)}]) in >> value;
    }
  }
  return truth;
}

}  // namespace pagepulse
