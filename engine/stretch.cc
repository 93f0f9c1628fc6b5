#include "engine/stretch.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
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
  delta.previous = head.last.load(std::memory_order_relaxed);
  WidenZone(delta.minute);
  data_[size_++] = delta;
  // A reader that finds this index may follow it through `previous`.
  head.last.store(static_cast<uint32_t>(size_), std::memory_order_release);
  head.length.store(head.length.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
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

const Stretch::Head* Stretch::HeadOf(uint32_t page) const {
  const Head* heads = heads_[page / kHeadsABlock].load(std::memory_order_acquire);
  return heads == nullptr ? nullptr : heads + page % kHeadsABlock;
}

// What was found and not given yet.
class Stretch::Batch {
 public:
  Batch(MinuteRange range, absl::FunctionRef<void(DeltaBatch)> visit)
      : from_(Minute(range.from)), minutes_(Minute(range.to) - from_), visit_(visit) {}

  // Those in the range that are `wanted`. What is in a delta no processor guesses, so nothing
  // branches on it.
  template <typename Wanted>
  void AddAll(absl::Span<const Delta> deltas, Wanted wanted) {
    static_assert(DeltaBuffer::kZoneDeltas % kPiece == 0);
    for (; !deltas.empty(); deltas.remove_prefix(std::min(deltas.size(), kPiece))) {
      if (size_ + kPiece > kMaxDeltaBatch) Give();
      for (const Delta& delta : deltas.subspan(0, kPiece)) {
        found_[size_] = &delta;
        size_ += size_t{InRange(delta)} & size_t{wanted(delta)};
      }
    }
  }
  void Add(const Delta& delta) {
    if (!InRange(delta)) return;
    if (size_ == kMaxDeltaBatch) Give();
    found_[size_++] = &delta;
  }
  void Give() {
    if (size_ > 0) visit_({found_.data(), size_});
    size_ = 0;
  }

 private:
  static constexpr size_t kPiece = kMaxDeltaBatch / 2;

  static uint32_t Minute(int64_t minute) {
    return static_cast<uint32_t>(
        std::clamp<int64_t>(minute, 0, std::numeric_limits<uint32_t>::max()));
  }
  bool InRange(const Delta& delta) const { return delta.minute - from_ < minutes_; }

  const uint32_t from_, minutes_;
  const absl::FunctionRef<void(DeltaBatch)> visit_;
  size_t size_ = 0;
  std::array<const Delta*, kMaxDeltaBatch> found_;
};

bool Stretch::Meets(size_t zone, MinuteRange range) const {
  return zones_[zone].last.load(std::memory_order_relaxed) >= range.from &&
         zones_[zone].first.load(std::memory_order_relaxed) < range.to;
}

size_t Stretch::ChainLength(absl::Span<const uint32_t> pages) const {
  size_t sum = 0;
  for (const uint32_t page : pages) {
    const Head* const head = HeadOf(page);
    if (head != nullptr) sum += head->length.load(std::memory_order_relaxed);
  }
  return sum;
}

void Stretch::FollowChains(size_t published, absl::Span<const uint32_t> pages, Batch* batch) const {
  for (const uint32_t page : pages) {
    const Head* const head = HeadOf(page);
    uint32_t at = head == nullptr ? 0 : head->last.load(std::memory_order_acquire);
    for (; at != 0; at = data_[at - 1].previous) {
      if (at <= published) batch->Add(data_[at - 1]);
    }
  }
}

void Stretch::ReadZones(size_t published, absl::Span<const uint32_t> pages, MinuteRange range,
                        Batch* batch) const {
  // To look a page up costs less than to search the list.
  std::vector<uint64_t> bits(pages.empty() ? 0 : pages.back() / 64 + 1);
  for (const uint32_t page : pages) bits[page / 64] |= uint64_t{1} << page % 64;
  const auto listed = [&](const Delta& delta) {
    const size_t word = delta.page / 64;
    return word < bits.size() && (bits[word] >> delta.page % 64 & 1) != 0;
  };
  for (size_t begin = 0; begin < published; begin += DeltaBuffer::kZoneDeltas) {
    if (!Meets(begin / DeltaBuffer::kZoneDeltas, range)) continue;
    const absl::Span<const Delta> zone(data_ + begin,
                                       std::min(published - begin, DeltaBuffer::kZoneDeltas));
    if (pages.empty()) {
      batch->AddAll(zone, [](const Delta&) { return true; });
    } else {
      batch->AddAll(zone, listed);
    }
  }
}

void Stretch::Visit(size_t published, absl::Span<const uint32_t> pages, MinuteRange range,
                    absl::FunctionRef<void(DeltaBatch)> visit) const {
  // A link of a chain is a cache miss (40 ns), a delta of a zone is loaded ahead.
  constexpr size_t kLinkCost = 8;
  size_t deltas = 0;  // of the zones that are to be read
  for (size_t begin = 0; begin < published; begin += DeltaBuffer::kZoneDeltas) {
    if (Meets(begin / DeltaBuffer::kZoneDeltas, range)) deltas += DeltaBuffer::kZoneDeltas;
  }
  if (deltas == 0 || range.from >= range.to) return;
  Batch batch(range, visit);
  if (!pages.empty() && ChainLength(pages) * kLinkCost < deltas) {
    FollowChains(published, pages, &batch);
  } else {
    ReadZones(published, pages, range, &batch);
  }
  batch.Give();
}

}  // namespace pagepulse
