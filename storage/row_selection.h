#pragma once

// Which keys a RowRange wants, in the order in which a scan meets them.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "rollup/rollup_store.h"
#include "rollup/row_key.h"

namespace pagepulse {

// Views the range's lists.
class RowSelection {
 public:
  explicit RowSelection(const RowRange& range)
      : range_(range), members_(HasMembers(range.scope) ? range.members : kNoMember) {}

  // The first wanted key of all, at or after any key, after a wanted key.
  std::optional<RowKey> First() const { return AtOrAfter(Key(range_.first_period, 0, 0)); }
  std::optional<RowKey> AtOrAfter(RowKey key) const;
  std::optional<RowKey> After(const RowKey& key) const;

  // Whether few rows, if any, lie between `from`, any key, and `to`, the wanted key that follows
  // it.
  bool Near(const RowKey& from, const RowKey& to) const;

  std::string UpperBound() const;  // above every wanted key

 private:
  static constexpr uint32_t kMax = std::numeric_limits<uint32_t>::max();
  static constexpr uint32_t kNoMemberIds[1] = {0};
  static constexpr absl::Span<const uint32_t> kNoMember = absl::MakeConstSpan(kNoMemberIds);

  static bool HasMembers(Scope scope) { return scope == Scope::kPost || scope == Scope::kSource; }

  RowKey Key(uint32_t period, uint32_t page, uint32_t member) const {
    return {range_.scope, range_.level, period, page, member};
  }

  RowRange range_;
  absl::Span<const uint32_t> members_;
};

}  // namespace pagepulse
