#include "storage/row_selection.h"

namespace pagepulse {
namespace {

// This many rows are sooner passed by one by one than with a Seek.
constexpr uint32_t kNearRows = 4;

// The first wanted id at or after `id`; an empty list wants all.
std::optional<uint32_t> WantedId(absl::Span<const uint32_t> ids, uint32_t id) {
  if (ids.empty()) return id;
  const auto it = std::lower_bound(ids.begin(), ids.end(), id);
  if (it == ids.end()) return std::nullopt;
  return *it;
}

}  // namespace

std::optional<RowKey> RowSelection::AtOrAfter(RowKey key) const {
  if (key.period < range_.first_period) key = Key(range_.first_period, 0, 0);
  while (key.period <= range_.last_period) {
    const auto page = WantedId(range_.pages, key.page);
    if (!page) {
      if (key.period == kMax) break;
      key = Key(key.period + 1, 0, 0);
      continue;
    }
    if (*page != key.page) key = Key(key.period, *page, 0);
    const auto member = WantedId(members_, key.member);
    if (member) return Key(key.period, key.page, *member);
    if (key.page != kMax) {
      key = Key(key.period, key.page + 1, 0);
    } else if (key.period != kMax) {
      key = Key(key.period + 1, 0, 0);
    } else {
      break;
    }
  }
  return std::nullopt;
}

std::optional<RowKey> RowSelection::After(const RowKey& key) const {
  if (key.member != kMax) return AtOrAfter(Key(key.period, key.page, key.member + 1));
  if (key.page != kMax) return AtOrAfter(Key(key.period, key.page + 1, 0));
  if (key.period != kMax) return AtOrAfter(Key(key.period + 1, 0, 0));
  return std::nullopt;
}

bool RowSelection::Near(const RowKey& from, const RowKey& to) const {
  if (to.period != from.period) return range_.pages.empty();
  if (to.page == from.page) return to.member - from.member <= kNearRows;
  return range_.scope == Scope::kPage && to.page - from.page <= kNearRows;
}

std::string RowSelection::UpperBound() const {
  const uint32_t page = range_.pages.empty() ? kMax : range_.pages.back();
  const uint32_t member = members_.empty() ? kMax : members_.back();
  return EncodeRowKey(Key(range_.last_period, page, member)) + '\0';
}

}  // namespace pagepulse
