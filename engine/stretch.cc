#include "engine/stretch.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace pagepulse {

namespace {

constexpr size_t kDeltaBytes = DeltaBuffer::kMaxDeltas * sizeof(Delta);
constexpr size_t kZoneBytes =
    DeltaBuffer::kMaxDeltas / DeltaBuffer::kZoneDeltas * sizeof(DeltaBuffer::Zone);

}  // namespace

DeltaBuffer::DeltaBuffer() {
  void* p = mmap(nullptr, kDeltaBytes + kZoneBytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  madvise(p, kDeltaBytes, MADV_HUGEPAGE);
  data_ = static_cast<Delta*>(p);
  zones_ = reinterpret_cast<Zone*>(static_cast<char*>(p) + kDeltaBytes);
}

DeltaBuffer::~DeltaBuffer() { munmap(data_, kDeltaBytes + kZoneBytes); }

void DeltaBuffer::Trim(size_t keep) {
  madvise(data_ + keep, (kMaxDeltas - keep) * sizeof(Delta), MADV_DONTNEED);
}

Stretch::Stretch(std::unique_ptr<DeltaBuffer> buffer)
    : buffer_(std::move(buffer)),
      data_(buffer_->data()),
      zones_(buffer_->zones()),
      heads_(std::make_unique<std::atomic<Head*>[]>(kHeadBlocks)) {}

Stretch::~Stretch() {
  for (size_t i = 0; i < kHeadBlocks; ++i) delete[] heads_[i].load();
}

std::unique_ptr<DeltaBuffer> Stretch::ReleaseBuffer() { return std::move(buffer_); }

void Stretch::Append(Delta delta) {
  // Some 500 deltas an event are possible, in theory; past the end lies other memory.
  if (size_ == DeltaBuffer::kMaxDeltas) std::abort();
  std::atomic<Head*>& block = heads_[delta.page / kHeadsABlock];
  Head* heads = block.load(std::memory_order_relaxed);
  if (heads == nullptr) {
    heads = new Head[kHeadsABlock]();
    block.store(heads, std::memory_order_release);
  }
  Head& head = heads[delta.page % kHeadsABlock];
  delta.previous = head.load(std::memory_order_relaxed);
  WidenZone(delta.minute);
  data_[size_++] = delta;
  // A reader that finds this index may follow it through `previous`.
  head.store(static_cast<uint32_t>(size_), std::memory_order_release);
}

// Of the next delta. What readers see of a zone holds at least what is published of it.
void Stretch::WidenZone(uint32_t minute) {
  DeltaBuffer::Zone& zone = zones_[size_ / DeltaBuffer::kZoneDeltas];
  const bool first = size_ % DeltaBuffer::kZoneDeltas == 0;
  if (first || minute < zone.first.load(std::memory_order_relaxed)) {
    zone.first.store(minute, std::memory_order_relaxed);
  }
  if (first || minute > zone.last.load(std::memory_order_relaxed)) {
    zone.last.store(minute, std::memory_order_relaxed);
  }
}

Stretch::Head* Stretch::HeadOf(uint32_t page) const {
  Head* heads = heads_[page / kHeadsABlock].load(std::memory_order_acquire);
  return heads == nullptr ? nullptr : heads + page % kHeadsABlock;
}

void Stretch::Visit(size_t published, absl::Span<const uint32_t> pages, MinuteRange range,
                    absl::FunctionRef<void(const Delta&)> visit) const {
  constexpr size_t kFewPages = 16;  // above it, one pass over all is cheaper than chains
  if (!pages.empty() && pages.size() <= kFewPages) {
    for (uint32_t page : pages) {
      const Head* head = HeadOf(page);
      uint32_t at = head == nullptr ? 0 : head->load(std::memory_order_acquire);
      for (; at != 0; at = data_[at - 1].previous) {
        if (at <= published && range.Contains(data_[at - 1].minute)) visit(data_[at - 1]);
      }
    }
    return;
  }
  for (size_t begin = 0; begin < published; begin += DeltaBuffer::kZoneDeltas) {
    const DeltaBuffer::Zone& zone = zones_[begin / DeltaBuffer::kZoneDeltas];
    if (zone.last.load(std::memory_order_relaxed) < range.from ||
        zone.first.load(std::memory_order_relaxed) >= range.to) {
      continue;
    }
    const size_t end = std::min(published, begin + DeltaBuffer::kZoneDeltas);
    for (const Delta& delta : absl::MakeConstSpan(data_ + begin, data_ + end)) {
      if (!range.Contains(delta.minute)) continue;
      if (pages.empty() || std::binary_search(pages.begin(), pages.end(), delta.page)) visit(delta);
    }
  }
}

}  // namespace pagepulse
