#include "sketch/distinct_set.h"

#include <algorithm>
#include <cmath>

#include "absl/container/inlined_vector.h"
#include "sketch/set_codec.h"

namespace pagepulse {
namespace {

// The values that widened hashes can leave in a register, apart from 0.
constexpr uint8_t LeastRegister(int precision) {
  return static_cast<uint8_t>((precision - 1) << 2);
}
constexpr uint8_t kGreatestRegister = (kActorBits - 1) << 2 | 3;

absl::Status Broken() { return absl::DataLossError("not an encoded set of people"); }

}  // namespace

double SketchShape::RelativeStandardError() const {
  return std::sqrt(0.6118931496978437 / static_cast<double>(uint64_t{1} << precision));
}

void DistinctSet::AddExact(uint64_t member) {
  const auto at = std::lower_bound(members_.begin(), members_.end(), member);
  if (at != members_.end() && *at == member) return;
  members_.insert(at, member);
  if (members_.size() > shape_.max_exact) Densify();
}

void DistinctSet::AddAll(const uint64_t* hashes, size_t n) {
  // A portion is small enough to sort fast, and large enough to turn the set dense at once.
  while (n > 0 && exact()) {
    const size_t portion = std::min<size_t>(n, shape_.max_exact + size_t{1});
    for (size_t i = 0; i < portion; ++i) members_.push_back(hashes[i] & kMemberMask);
    members_.resize(SortUnique(members_.data(), members_.size()));
    if (members_.size() > shape_.max_exact) Densify();
    hashes += portion;
    n -= portion;
  }
  AddToRegisters(hashes, n);
}

void DistinctSet::Merge(const DistinctSet& other) {
  if (!other.exact()) {
    MergeRegisters(other.registers_.data(), shape_.precision);
  } else if (this != &other) {
    UniteSorted(other.members_.data(), other.members_.size());
  }
}

absl::Status DistinctSet::MergeEncoded(std::string_view bytes, SketchShape shape) {
  const EncodedSet set = ParseEncodedSet(bytes);
  if (set.length == 0 || set.length != bytes.size()) return Broken();
  if (set.dense()) {
    if (set.precision != shape.precision ||
        !ull::AllWithin(set.payload, set.count, LeastRegister(shape.precision),
                        kGreatestRegister)) {
      return Broken();
    }
    MergeRegisters(set.payload, shape.precision);
    return absl::OkStatus();
  }
  if (set.count > shape.max_exact) return Broken();
  absl::InlinedVector<uint64_t, 64> members(set.count);
  for (size_t i = 0; i < set.count; ++i) {
    members[i] = LoadMember(set.payload + i * kMemberBytes);
    if (i > 0 && members[i] <= members[i - 1]) return Broken();
  }
  UniteSorted(members.data(), members.size());
  return absl::OkStatus();
}

void DistinctSet::Clear() {
  members_.clear();
  registers_.clear();
}

double DistinctSet::Estimate() const {
  return exact() ? static_cast<double>(members_.size())
                 : ull::Estimate(registers_.data(), shape_.precision);
}

void DistinctSet::Encode(std::string* out) const {
  const size_t old_size = out->size();
  out->resize(old_size + MaxEncodedSize());
  char* const end = EncodeTo(out->data() + old_size);
  out->resize(static_cast<size_t>(end - out->data()));
}

size_t DistinctSet::MaxEncodedSize() const {
  return kMaxSetHeader + (exact() ? members_.size() * kMemberBytes : registers_.size());
}

char* DistinctSet::EncodeTo(char* out) const {
  return exact() ? EncodeExactSet(members_.data(), members_.size(), out)
                 : EncodeDenseSet(registers_.data(), shape_.precision, out);
}

void DistinctSet::Densify() {
  registers_.assign(size_t{1} << shape_.precision, 0);
  AddToRegisters(members_.data(), members_.size());
  members_.clear();
}

void DistinctSet::AddToRegisters(const uint64_t* hashes, size_t n) {
  uint8_t* const registers = registers_.data();
  const int precision = shape_.precision;
  for (size_t i = 0; i < n; ++i) ull::Add(registers, precision, Widen(hashes[i]));
}

void DistinctSet::UniteSorted(const uint64_t* other, size_t n) {
  if (!exact()) return AddToRegisters(other, n);
  if (n == 1) return Add(*other);
  std::vector<uint64_t> both(members_.size() + n);
  both.resize(static_cast<size_t>(
      std::set_union(members_.begin(), members_.end(), other, other + n, both.begin()) -
      both.begin()));
  members_.swap(both);
  if (members_.size() > shape_.max_exact) Densify();
}

void DistinctSet::MergeRegisters(const uint8_t* other, int precision) {
  if (exact()) Densify();
  if (precision == shape_.precision) {
    ull::Merge(registers_.data(), other, shape_.precision);
  } else {
    ull::MergeFiner(registers_.data(), shape_.precision, other, precision);
  }
}

}  // namespace pagepulse
