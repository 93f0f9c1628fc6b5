#pragma once

// Text that was read and not yet taken. What is taken is the very block that was read into, so
// that bytes are moved once: from the file to where they are parsed.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "ingest/chunk.h"

namespace pagepulse {

class StepBuffer {
 public:
  StepBuffer() = default;
  explicit StepBuffer(std::string_view text) {
    text.copy(Room(text.size()), text.size());
    Wrote(text.size());
  }

  bool empty() const { return begin_ == end_; }
  std::string_view text() const { return {block_.get() + begin_, end_ - begin_}; }

  // Where up to n more bytes go; then Wrote says how many there are. Invalidates text().
  char* Room(size_t n) {
    if (end_ + n > capacity_) {
      const size_t needed = end_ - begin_ + n;
      Move(needed <= capacity_ ? capacity_ : std::max(needed, 2 * capacity_));
    }
    return block_.get() + end_;
  }
  void Wrote(size_t n) { end_ += n; }

  void Drop(size_t n) { begin_ += n; }
  // The first n bytes, as a chunk's block with its padding.
  std::unique_ptr<char[]> Take(size_t n) {
    if (begin_ > 0) Move(capacity_);
    std::unique_ptr<char[]> taken = std::move(block_);
    const std::string_view rest(taken.get() + n, end_ - n);
    capacity_ = std::max(rest.size(), std::min(capacity_, kKeptCapacity));
    block_ = Allocate(capacity_);
    rest.copy(block_.get(), rest.size());
    end_ = rest.size();
    std::memset(taken.get() + n, 0, kPadding);
    return taken;
  }

 private:
  static constexpr size_t kKeptCapacity = 4 << 20;  // what a huge document needed goes again

  static std::unique_ptr<char[]> Allocate(size_t capacity) {
    return std::make_unique_for_overwrite<char[]>(capacity + kPadding);
  }
  void Move(size_t capacity) {
    std::unique_ptr<char[]> block = Allocate(capacity);
    const std::string_view kept = text();
    kept.copy(block.get(), kept.size());
    block_ = std::move(block);
    capacity_ = capacity;
    begin_ = 0;
    end_ = kept.size();
  }

  std::unique_ptr<char[]> block_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace pagepulse
