#pragma once

// How many different people: exact while the set is small, an UltraLogLog (Ertl 2023) above that.
//
// The state is a function of the set of hashes alone: any order, repetition or grouping of Add and
// Merge ends in the same bytes. Idempotent; hashes are HashKey::Actor values (40 bits).
// Not thread-safe; const members may be called together.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "sketch/ultraloglog.h"

namespace pagepulse {

// 2^precision registers; a set is exact up to max_exact members. One setting for each kind of
// series, so that everything that may be merged has one shape.
struct SketchShape {
  int precision;
  uint32_t max_exact;
  double RelativeStandardError() const;  // of the estimate; FGRA: sqrt(0.6119 / 2^precision)
  bool operator==(const SketchShape&) const = default;
};
inline constexpr SketchShape kPageShape{12, 256};  // pages and their sources
inline constexpr SketchShape kPostShape{10, 64};

class DistinctSet {
 public:
  explicit DistinctSet(SketchShape shape) : shape_(shape) {}

  void Add(uint64_t actor_hash) {
    if (exact()) return AddExact(actor_hash & kMemberMask);
    ull::Add(registers_.data(), shape_.precision, Widen(actor_hash & kMemberMask));
  }
  void AddAll(const uint64_t* hashes, size_t n);  // any order, repeats allowed
  void Merge(const DistinctSet& other);           // of the same shape
  // Merges what Encode wrote. DATA_LOSS on bytes that Encode cannot have written; *this is then
  // unspecified but valid.
  absl::Status MergeEncoded(std::string_view bytes) { return MergeEncoded(bytes, shape_); }
  // The same of a set of another shape: of a higher precision, which is exact for longer.
  absl::Status MergeEncoded(std::string_view bytes, SketchShape shape);
  void Clear();  // keeps the memory

  SketchShape shape() const { return shape_; }
  bool empty() const { return members_.empty() && registers_.empty(); }
  bool exact() const { return registers_.empty(); }
  // Ascending, while exact().
  absl::Span<const uint64_t> members() const { return members_; }
  double Estimate() const;              // the exact number while exact()
  void Encode(std::string* out) const;  // appends; layout in docs/storage_format.md

  // Encode into memory of the caller's, at least MaxEncodedSize() bytes; returns the end.
  size_t MaxEncodedSize() const;
  char* EncodeTo(char* out) const;

 private:
  static constexpr uint64_t kMemberMask = (uint64_t{1} << kActorBits) - 1;
  // The 64 bits that a register is made from. The bit below the 40 ends the run of zeros, so a set
  // that turns dense has the registers it would have had from the start.
  static constexpr uint64_t Widen(uint64_t member) {
    return member << (64 - kActorBits) | uint64_t{1} << (63 - kActorBits);
  }

  void AddExact(uint64_t member);
  void Densify();
  void AddToRegisters(const uint64_t* hashes, size_t n);
  void UniteSorted(const uint64_t* other, size_t n);  // strictly ascending
  void MergeRegisters(const uint8_t* other, int precision);

  SketchShape shape_;
  std::vector<uint64_t> members_;   // sorted, while exact
  std::vector<uint8_t> registers_;  // 2^precision, once more than max_exact were seen
};

}  // namespace pagepulse
