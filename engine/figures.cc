#include "engine/figures.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace pagepulse {
namespace {

constexpr uint8_t kVersion = 1;

bool Before(const Figure& a, const ReportedPoint& b) { return a.point.Order() < b.Order(); }

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

// Lifetime totals come first in a history: days is 0.
bool IsTotal(const FigureHistory& history, FigureHistory::const_iterator it) {
  return it != history.end() && it->point.days == 0;
}

}  // namespace

bool Figures::Contains(const FigureKey& key, const ReportedPoint& point) const {
  const auto history = histories_.find(key);
  if (history == histories_.end()) return false;
  const auto it = std::lower_bound(history->second.begin(), history->second.end(), point, Before);
  return it != history->second.end() && it->point.Order() == point.Order();
}

bool Figures::Insert(const FigureKey& key, const Figure& figure, std::vector<Growth>* growth) {
  MutexLock lock(&mutex_);
  growth->clear();
  FigureHistory& history = histories_[key];
  const auto place = std::lower_bound(history.begin(), history.end(), figure.point, Before);
  if (place != history.end() && place->point.Order() == figure.point.Order()) return false;
  if (figure.point.days == 0) {
    const int64_t before = place == history.begin() ? 0 : std::prev(place)->point.value;
    growth->push_back(GrowthOf(figure, before, 1));
    if (IsTotal(history, place)) {
      growth->push_back(GrowthOf(*place, before, -1));
      growth->push_back(GrowthOf(*place, figure.point.value, 1));
    }
  }
  history.insert(place, figure);
  return true;
}

void Figures::VisitGrowth(uint32_t page,
                          absl::FunctionRef<void(const FigureKey&, const Growth&)> visit) const {
  for (auto it = histories_.lower_bound({.page = page});
       it != histories_.end() && it->first.page == page; ++it) {
    int64_t before = 0;
    for (auto figure = it->second.begin(); IsTotal(it->second, figure); ++figure) {
      visit(it->first, GrowthOf(*figure, before, 1));
      before = figure->point.value;
    }
  }
}

std::string Figures::EncodeHistory(const FigureKey& key) const {
  std::string bytes(1, static_cast<char>(kVersion));
  for (const Figure& figure : histories_.at(key)) EncodeEntry(figure, &bytes);
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
    for (const Figure& figure : it->second) {
      if (figure.sequence <= sequence) visit(it->first.post, figure.point);
    }
  }
}

bool Figures::IsPlatforms(uint32_t page, AuthorityMetric metric) const {
  MutexLock lock(&mutex_);
  return authority(page) & AuthorityBit(metric);
}

absl::StatusOr<FigureHistory> DecodeHistory(std::string_view bytes) {
  const auto broken = absl::DataLossError("a figure's entry is broken");
  FigureHistory history;
  Reader in(bytes);
  if (in.Byte() != kVersion) return broken;
  while (in.remaining() > 0) {
    Figure figure;
    ReadEntry(&in, &figure);
    const bool ordered = history.empty() || history.back().point.Order() < figure.point.Order();
    if (!in.ok() || !ordered) return broken;
    history.push_back(figure);
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
