#include "storage/fact_page.h"

#include <bit>

#include "base/coding.h"

namespace pagepulse {
namespace {

constexpr char kPageVersion = 1;

static_assert(std::endian::native == std::endian::little,
              "arrays are stored as they lie in memory");

template <typename T>
void Append(const std::vector<T>& values, std::string* out) {
  out->append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

}  // namespace

void FactPageBuilder::Add(Hash128 identity, std::string_view history) {
  highs_.push_back(absl::Uint128High64(identity));
  lows_.push_back(absl::Uint128Low64(identity));
  histories_.append(history);
  ends_.push_back(static_cast<uint16_t>(histories_.size()));
}

std::string_view FactPageBuilder::Finish() {
  page_.assign(1, kPageVersion);
  PutLittle16(&page_, static_cast<uint16_t>(ends_.size()));
  Append(highs_, &page_);
  Append(lows_, &page_);
  Append(ends_, &page_);
  page_.append(histories_);
  highs_.clear();
  lows_.clear();
  ends_.clear();
  histories_.clear();
  return page_;
}

absl::StatusOr<FactPage> FactPage::Open(std::string_view bytes) {
  Reader in(bytes);
  const uint8_t version = in.Byte();
  if (in.ok() && version != kPageVersion) {
    return absl::UnimplementedError("a page of facts has an unknown version");
  }
  FactPage page;
  page.size_ = in.Little16();
  page.highs_ = in.Raw(page.size_ * sizeof(uint64_t)).data();
  page.lows_ = in.Raw(page.size_ * sizeof(uint64_t)).data();
  page.ends_ = in.Raw(page.size_ * sizeof(uint16_t)).data();
  if (in.ok()) page.histories_ = in.Raw(in.remaining());
  bool good = in.ok() && page.size_ > 0;
  for (size_t i = 0, end = 0; good && i < page.size_; ++i) {
    const size_t next = Load<uint16_t>(page.ends_, i);
    good = next >= end && next <= page.histories_.size();
    end = next;
  }
  good = good && Load<uint16_t>(page.ends_, page.size_ - 1) == page.histories_.size();
  if (!good) return absl::DataLossError("a page of facts cannot be read");
  return page;
}

std::optional<std::string_view> FactPage::Find(Hash128 identity) const {
  // The first that does not lie below it.
  size_t first = 0;
  for (size_t left = size_; left > 0;) {
    const size_t half = left / 2;
    const bool below = this->identity(first + half) < identity;
    first = below ? first + half + 1 : first;
    left = below ? left - half - 1 : half;
  }
  if (first == size_ || this->identity(first) != identity) return std::nullopt;
  return history(first);
}

}  // namespace pagepulse
