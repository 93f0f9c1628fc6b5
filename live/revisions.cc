#include "live/revisions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/string_view.h"

namespace pagepulse {

struct Revisions::Merge {
  std::vector<Row> rows;
  std::vector<std::string> gone;
  bool changed = false;
  // Whether rows that stay keep their order, and new ones come behind them: then a viewer can put
  // every row where it belongs without being told.
  bool in_order = true;
};

Revisions::Merge Revisions::MergeRows(Rendering* next) const {
  absl::flat_hash_map<std::string_view, size_t> places;
  for (size_t i = 0; i < rows_.size(); ++i) places.emplace(rows_[i].text.key, i);
  Merge merge;
  merge.in_order = places.size() == rows_.size();  // rows of one key cannot be told apart
  std::vector<bool> stays(rows_.size(), false);
  size_t next_place = 0;
  bool any_new = false;
  for (Rendering::Row& row : next->rows) {
    const auto place = places.find(row.key);
    if (place == places.end() || stays[place->second]) {
      any_new = merge.changed = true;
      merge.in_order = merge.in_order && place == places.end();
      merge.rows.push_back({std::move(row), current_ + 1});
      continue;
    }
    const Row& old = rows_[place->second];
    stays[place->second] = true;
    merge.in_order = merge.in_order && !any_new && place->second >= next_place;
    next_place = place->second + 1;
    const bool same = old.text.json == row.json;
    merge.changed = merge.changed || !same;
    merge.rows.push_back({std::move(row), same ? old.changed : current_ + 1});
  }
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (!stays[i]) merge.gone.push_back(rows_[i].text.key);
  }
  merge.changed = merge.changed || !merge.gone.empty() || !merge.in_order;
  return merge;
}

bool Revisions::Update(Rendering next) {
  Merge merge = MergeRows(&next);
  const bool moved = next.query != query_;
  const bool changed = current_ == 0 || merge.changed || moved || next.totals != totals_ ||
                       next.lasting_meta != lasting_meta_;
  meta_ = std::move(next.meta);
  whole_.reset();
  if (!changed) return false;
  ways_.clear();
  ++current_;
  if (moved) query_changed_ = current_;
  if (current_ == 1 || !merge.in_order) {
    oldest_ = current_;
    gone_.clear();
  }
  for (std::string& key : merge.gone) gone_.push_back({std::move(key), current_});
  rows_ = std::move(merge.rows);
  query_ = std::move(next.query);
  totals_ = std::move(next.totals);
  lasting_meta_ = std::move(next.lasting_meta);
  Forget();
  return true;
}

// Who lacks more than the answer holds gets the answer.
void Revisions::Forget() {
  constexpr size_t kFew = 100;
  while (gone_.size() > std::max(kFew, rows_.size())) {
    oldest_ = std::max(oldest_, gone_.front().revision);
    gone_.pop_front();
  }
}

bool Revisions::IsSmallerWhole(uint64_t have) const {
  size_t whole = 0, change = 0;
  for (const Row& row : rows_) {
    whole += row.text.json.size();
    if (row.changed > have) change += row.text.json.size();
  }
  for (const Gone& gone : gone_) {
    if (gone.revision > have) change += gone.key.size();
  }
  return whole < change;
}

SharedBytes Revisions::Since(uint64_t have) {
  if (have == current_) return nullptr;
  const bool known = have >= oldest_ && have < current_ && have != 0;
  if (known) {
    if (const auto way = ways_.find(have); way != ways_.end()) return way->second;
    if (!IsSmallerWhole(have)) {
      return ways_.emplace(have, std::make_shared<const std::string>(ChangeEvent(have)))
          .first->second;
    }
  }
  if (whole_ == nullptr) whole_ = std::make_shared<const std::string>(WholeEvent());
  return whole_;
}

std::string Revisions::WholeEvent() const {
  std::string data = "{\"query\":" + query_ + ",\"rows\":[";
  for (const Row& row : rows_) {
    if (&row != &rows_.front()) data += ',';
    data += row.text.json;
  }
  data += "],\"totals\":" + totals_ + ",\"meta\":" + meta_ + '}';
  return Event("result", data);
}

std::string Revisions::ChangeEvent(uint64_t have) const {
  std::string data = "{\"rows\":[";
  for (const Row& row : rows_) {
    if (row.changed <= have) continue;
    if (data.back() != '[') data += ',';
    data += row.text.json;
  }
  data += "],\"removed\":[";
  for (const Gone& gone : gone_) {
    if (gone.revision <= have) continue;
    if (data.back() != '[') data += ',';
    data += gone.key;
  }
  data += "],";
  if (query_changed_ > have) data += "\"query\":" + query_ + ',';
  data += "\"totals\":" + totals_ + ",\"meta\":" + meta_ + '}';
  return Event("change", data);
}

std::string Revisions::Event(std::string_view type, std::string_view data) const {
  return fmt::format("event: {}\nid: {}-{}\ndata: {}\n\n", type, epoch_, current_, data);
}

uint64_t Revisions::Find(std::string_view event_id) const {
  if (!event_id.starts_with(epoch_ + "-")) return 0;
  uint64_t revision = 0;
  const std::string_view digits = event_id.substr(epoch_.size() + 1);
  if (!absl::SimpleAtoi(ToAbsl(digits), &revision) || revision > current_) return 0;
  return revision;
}

}  // namespace pagepulse
