#include "storage/row_selection.h"

#include <utility>

namespace pagepulse {
namespace {

// This many rows are sooner passed by one by one than with a Seek. A detail, which holds all of a
// page's day, is not: to pass it is to merge it.
constexpr uint32_t kNearRows = 4, kNearDetails = 1;

// The first wanted id at or after `id`; an empty list wants all.
std::optional<uint32_t> WantedId(absl::Span<const uint32_t> ids, uint32_t id) {
  if (ids.empty()) return id;
  const auto it = std::lower_bound(ids.begin(), ids.end(), id);
  if (it == ids.end()) return std::nullopt;
  return *it;
}

}  // namespace

std::optional<RowKey> RowSelection::AtOrAfter(RowKey key) const {
  // Rows of other levels and scopes may lie before and behind those of a period.
  const auto order = std::pair(key.level, key.scope) <=> std::pair(range_.level, range_.scope);
  if (order > 0) {
    if (key.period == kMax) return std::nullopt;
    key = Key(key.period + 1, 0, 0);
  } else if (order < 0) {
    key = Key(key.period, 0, 0);
  }
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
  if (from.level != to.level || from.scope != to.scope) return false;
  if (to.period != from.period) return range_.pages.empty() && range_.level < Level::kDay;
  if (to.page == from.page) return to.member - from.member <= kNearRows;
  const uint32_t near = range_.scope == Scope::kDetail ? kNearDetails : kNearRows;
  return !HasMembers(range_.scope) && to.page - from.page <= near;
}

std::string RowSelection::UpperBound() const {
  const uint32_t page = range_.pages.empty() ? kMax : range_.pages.back();
  const uint32_t member = members_.empty() ? kMax : members_.back();
  return EncodeRowKey(Key(range_.last_period, page, member)) + '\0';
}

}  // namespace pagepulse
