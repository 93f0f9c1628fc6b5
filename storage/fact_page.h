#pragma once

// A page of facts: some hundred identities, ascending, each with its history. Facts are stored in
// pages because what RocksDB does for a record costs as much as for a page. Layout:
// docs/storage_format.md, "Facts".

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"

namespace pagepulse {

class FactPageBuilder {
 public:
  static constexpr size_t kMaxHistoryBytes = 32 << 10;

  // Ascending identities; histories of at most kMaxHistoryBytes. Not when full().
  void Add(Hash128 identity, std::string_view history);
  bool full() const { return bytes() >= kBytes; }
  bool empty() const { return ends_.empty(); }
  Hash128 first() const { return absl::MakeUint128(highs_.front(), lows_.front()); }
  // The page of what was added, and starts anew; valid until the next Finish. Not when empty().
  std::string_view Finish();

 private:
  static constexpr size_t kBytes = 8 << 10;

  size_t bytes() const { return ends_.size() * (16 + 2) + histories_.size(); }

  std::vector<uint64_t> highs_, lows_;
  std::vector<uint16_t> ends_;
  std::string histories_, page_;
};

// Reads a page in place: the bytes must outlive it.
class FactPage {
 public:
  FactPage() = default;
  // DATA_LOSS: it does not decode. UNIMPLEMENTED: an unknown version.
  static absl::StatusOr<FactPage> Open(std::string_view bytes);

  size_t size() const { return size_; }
  Hash128 identity(size_t i) const { return absl::MakeUint128(high(i), Load<uint64_t>(lows_, i)); }
  std::string_view history(size_t i) const {
    const size_t begin = i == 0 ? 0 : Load<uint16_t>(ends_, i - 1);
    return histories_.substr(begin, Load<uint16_t>(ends_, i) - begin);
  }
  std::optional<std::string_view> Find(Hash128 identity) const;

 private:
  template <typename T>
  static T Load(const char* array, size_t i) {  // the arrays lie where they happen to
    T value;
    std::memcpy(&value, array + i * sizeof value, sizeof value);
    return value;
  }
  uint64_t high(size_t i) const { return Load<uint64_t>(highs_, i); }

  size_t size_ = 0;
  const char *highs_ = nullptr, *lows_ = nullptr, *ends_ = nullptr;
  std::string_view histories_;
};

}  // namespace pagepulse
