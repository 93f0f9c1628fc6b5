#include "engine/figures.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace pagepulse {
namespace {

constexpr uint8_t kVersion = 2, kWithoutJobs = 1;

void EncodeEntry(const Figure& figure, std::string* out) {
  const ReportedPoint& point = figure.point;
  PutVarint(out, point.days);
  if (point.days > 0) {
    PutVarint(out, ZigZag(point.day));
    PutVarint(out, ZigZag(point.end_ms));
  }
  PutVarint(out, ZigZag(point.as_of_ms));
  PutVarint(out, static_cast<uint64_t>(point.value));
  PutVarint(out, figure.source);
}

void ReadEntry(Reader* in, Figure* figure) {
  ReportedPoint& point = figure->point;
  point.days = static_cast<uint16_t>(in->Varint());
  if (point.days > 0) {
    point.day = static_cast<int32_t>(UnZigZag(in->Varint()));
    point.end_ms = UnZigZag(in->Varint());
  }
  point.as_of_ms = UnZigZag(in->Varint());
  point.value = static_cast<int64_t>(in->Varint());
  figure->source = static_cast<uint16_t>(in->Varint());
}

Growth GrowthOf(const Figure& figure, int64_t since, int sign) {
  return {figure.point.as_of_ms, figure.source, figure.point.value - since, sign};
}

// Whether it may stand behind these: in their order, and no two of one figure told by one job.
bool MayFollow(const FigureHistory& history, const Figure& figure) {
  for (auto it = history.rbegin(); it != history.rend(); ++it) {
    if (it->point.Order() != figure.point.Order()) return FigureOrder()(*it, figure);
    if (it->job == figure.job) return false;
  }
  return true;
}

using Place = FigureHistory::const_iterator;

// The story of lifetime totals around the tellings [first, last) of one: what stood before it, and
// the one whose growth is counted from it. Totals come first in a history: their days are 0.
struct Neighbours {
  int64_t before = 0;
  const Figure* after = nullptr;  // or none
};
Neighbours NeighboursOf(const FigureHistory& history, Place first, Place last) {
  Neighbours found;
  if (first != history.begin()) found.before = std::prev(first)->point.value;
  if (last != history.end() && last->point.days == 0) found.after = &*last;
  return found;
}

// What a total changes by being there (sign 1), or by being there no longer (-1).
void AppendGrowth(const Figure& figure, const Neighbours& beside, int sign,
                  std::vector<Growth>* growth) {
  if (figure.point.days > 0) return;
  growth->push_back(GrowthOf(figure, beside.before, sign));
  if (beside.after == nullptr) return;
  growth->push_back(GrowthOf(*beside.after, beside.before, -sign));
  growth->push_back(GrowthOf(*beside.after, figure.point.value, sign));
}

// Of tellings of one figure those of earlier groups come first; within one, the one that was not
// told again.
auto Telling(const Figure& figure) { return std::make_pair(figure.sequence, figure.told_again); }

// What a query of that sequence sees: of equal ones the first that was told.
void VisitUpTo(const FigureHistory& there, const FigureHistory& gone, uint64_t sequence,
               absl::FunctionRef<void(const ReportedPoint&)> visit) {
  const Figure* shown = nullptr;
  const auto meet = [&](const Figure& figure) {
    if (figure.sequence > sequence) return;
    const bool equal = shown != nullptr && shown->point.Order() == figure.point.Order();
    if (equal && Telling(*shown) <= Telling(figure)) return;
    if (!equal && shown != nullptr) visit(shown->point);
    shown = &figure;
  };
  auto next = gone.begin();
  const auto meet_gone_until = [&](const Figure* figure) {
    for (; next != gone.end() && (figure == nullptr || !FigureOrder()(*figure, *next)); ++next) {
      if (next->gone > sequence) meet(*next);
    }
  };
  for (const Figure& figure : there) {
    meet_gone_until(&figure);
    meet(figure);
  }
  meet_gone_until(nullptr);
  if (shown != nullptr) visit(shown->point);
}

}  // namespace

Figures::Outcome Figures::Insert(const FigureKey& key, Figure figure, std::vector<Growth>* growth) {
  MutexLock lock(&mutex_);
  growth->clear();
  FigureHistory& history = histories_[key];
  const auto [first, last] = history.equal_range(figure.point);
  for (Place telling = first; telling != last; ++telling) {
    if (telling->job == figure.job) return Outcome::kTwice;
    figure.told_again = true;
  }
  if (!figure.told_again) AppendGrowth(figure, NeighboursOf(history, first, last), 1, growth);
  history.insert(last, figure);
  return figure.told_again ? Outcome::kToldAgain : Outcome::kNew;
}

void Figures::Withdraw(uint32_t job, uint64_t sequence,
                       absl::FunctionRef<void(const Withdrawn&)> visit) {
  MutexLock lock(&mutex_);
  std::vector<Growth> growth;
  for (auto& [key, history] : histories_) {
    for (auto it = history.begin(); it != history.end();) {
      if (it->job != job) {
        ++it;
        continue;
      }
      growth.clear();
      Figure figure = *it;
      // Tellings stand in their order.
      const bool counted = it == history.lower_bound(figure.point);
      it = history.erase(it);
      const auto [first, last] = history.equal_range(figure.point);
      const bool told_by_others = first != last;
      if (counted) {
        const Neighbours beside = NeighboursOf(history, first, last);
        AppendGrowth(figure, beside, -1, &growth);
        if (told_by_others) AppendGrowth(*first, beside, 1, &growth);
      }
      visit({key, counted, told_by_others, growth});
      figure.gone = sequence;
      gone_[key].insert(figure);
    }
  }
}

uint64_t Figures::CountFirst(uint32_t job) const {
  MutexLock lock(&mutex_);
  uint64_t count = 0;
  for (const auto& [key, history] : histories_) {
    count += std::count_if(history.begin(), history.end(), [job](const Figure& figure) {
      return figure.job == job && !figure.told_again;
    });
  }
  return count;
}

void Figures::VisitGrowth(uint32_t page,
                          absl::FunctionRef<void(const FigureKey&, const Growth&)> visit) const {
  for (auto it = histories_.lower_bound({.page = page});
       it != histories_.end() && it->first.page == page; ++it) {
    int64_t before = 0;
    for (const Figure& figure : it->second) {
      if (figure.point.days > 0) break;
      visit(it->first, GrowthOf(figure, before, 1));  // nothing, of one that is told again
      before = figure.point.value;
    }
  }
}

std::string Figures::EncodeHistory(const FigureKey& key) const {
  std::string bytes(1, static_cast<char>(kVersion));
  for (const Figure& figure : histories_.at(key)) {
    EncodeEntry(figure, &bytes);
    PutVarint(&bytes, uint64_t{figure.job} << 1 | figure.told_again);
  }
  return bytes;
}

void Figures::SetAuthority(uint32_t page, AuthoritySet set) {
  MutexLock lock(&mutex_);
  if (page >= authorities_.size()) authorities_.resize(page + size_t{1});
  authorities_[page] = set;
}

absl::Status Figures::Restore(std::string_view key, std::string_view value) {
  Reader name(key.substr(1)), in(value);
  if (key[0] == 'a') {
    const uint32_t page = name.Big32();
    const AuthoritySet set = in.Byte();
    if (!name.done() || !in.done()) return absl::DataLossError("a page's authority is broken");
    SetAuthority(page, set);
    return absl::OkStatus();
  }
  FigureKey at;
  at.page = name.Big32();
  at.metric = static_cast<uint16_t>(name.Byte() << 8);
  at.metric = static_cast<uint16_t>(at.metric | name.Byte());
  at.post = name.Big32();
  if (!name.done()) return absl::DataLossError("the key of a figure's entry is broken");
  ASSIGN_OR_RETURN(FigureHistory history, DecodeHistory(value));
  MutexLock lock(&mutex_);
  histories_[at] = std::move(history);
  return absl::OkStatus();
}

void Figures::Visit(uint32_t page, uint16_t metric, uint64_t sequence,
                    absl::FunctionRef<void(uint32_t, const ReportedPoint&)> visit) const {
  MutexLock lock(&mutex_);
  for (auto it = histories_.lower_bound({page, metric, 0});
       it != histories_.end() && it->first.page == page && it->first.metric == metric; ++it) {
    static const FigureHistory kNone;
    const auto gone = gone_.find(it->first);
    VisitUpTo(it->second, gone == gone_.end() ? kNone : gone->second, sequence,
              [&](const ReportedPoint& point) { visit(it->first.post, point); });
  }
}

ReportedKinds Figures::Within(uint32_t page, uint16_t metric, uint64_t sequence,
                              const ReportedSpan& span) const {
  MutexLock lock(&mutex_);
  ReportedKinds found;
  for (auto it = histories_.lower_bound({page, metric, 0});
       it != histories_.end() && it->first.page == page && it->first.metric == metric; ++it) {
    const auto& [key, history] = *it;
    // Totals come first in a history, in the order of as_of_ms; the page itself before its posts.
    bool& total = key.post == 0 ? found.page_total : found.post_total;
    for (auto next = history.lower_bound(ReportedPoint{.as_of_ms = span.from_ms});
         !total && next != history.end() && next->point.days == 0 &&
         next->point.as_of_ms < span.to_ms;
         ++next) {
      total = next->sequence <= sequence;
    }
    if (found.post_total) break;
    if (key.post != 0) continue;
    found.days = std::any_of(history.rbegin(), history.rend(), [&](const Figure& figure) {
      const ReportedPoint& point = figure.point;
      return point.days > 0 && point.day >= span.first_day && point.day <= span.last_day &&
             figure.sequence <= sequence;
    });
  }
  return found;
}

bool Figures::IsPlatforms(uint32_t page, AuthorityMetric metric) const {
  MutexLock lock(&mutex_);
  return authority(page) & AuthorityBit(metric);
}

absl::StatusOr<FigureHistory> DecodeHistory(std::string_view bytes) {
  const auto broken = absl::DataLossError("a figure's entry is broken");
  FigureHistory history;
  Reader in(bytes);
  const uint8_t version = in.Byte();
  if (version != kVersion && version != kWithoutJobs) return broken;
  while (in.remaining() > 0) {
    Figure figure;
    ReadEntry(&in, &figure);
    const uint64_t teller = version == kVersion ? in.Varint() : 0;
    figure.job = static_cast<uint32_t>(teller >> 1);
    figure.told_again = teller & 1;
    if (!in.ok() || !MayFollow(history, figure)) return broken;
    history.insert(history.end(), figure);
  }
  return history;
}

void EncodeFigure(const FigureKey& key, const Figure& figure, std::string* out) {
  PutVarint(out, key.page);
  PutVarint(out, key.metric);
  PutVarint(out, key.post);
  EncodeEntry(figure, out);
}

void ReadFigure(Reader* in, FigureKey* key, Figure* figure) {
  key->page = static_cast<uint32_t>(in->Varint());
  key->metric = static_cast<uint16_t>(in->Varint());
  key->post = static_cast<uint32_t>(in->Varint());
  ReadEntry(in, figure);
}

void EncodeAuthority(uint32_t page, AuthoritySet set, std::string* out) {
  PutVarint(out, page);
  out->push_back(static_cast<char>(set));
}

absl::Status DecodeAuthority(std::string_view bytes, uint32_t* page, AuthoritySet* set) {
  Reader in(bytes);
  *page = static_cast<uint32_t>(in.Varint());
  *set = in.Byte();
  return in.done() ? absl::OkStatus() : absl::DataLossError("a page's authority is broken");
}

std::string FigureJournalKey(const FigureKey& key) {
  std::string out = "f";
  PutBig32(&out, key.page);
  out.push_back(static_cast<char>(key.metric >> 8));
  out.push_back(static_cast<char>(key.metric & 0xff));
  PutBig32(&out, key.post);
  return out;
}

std::string AuthorityJournalKey(uint32_t page) {
  std::string out = "a";
  PutBig32(&out, page);
  return out;
}

}  // namespace pagepulse
