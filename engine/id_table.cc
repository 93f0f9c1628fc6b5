#include "engine/id_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace pagepulse {
namespace {

constexpr size_t kPage = 4096, kHugePage = 2 << 20;
constexpr size_t kMinChunk = 4 * kHugePage;
constexpr size_t kReleaseAtOnce = 1 << 20;

constexpr uint64_t kMinBuckets = 64;
// A table is rebuilt when it is 80 % full. A small one grows fourfold, for what it leaves behind is
// not used again; a large one is then 2/3 full, which is 64 / 7 / (2/3) = 13.7 bytes an id.
constexpr uint64_t kMaxLoadPercent = 80;
constexpr uint64_t kLargeBuckets = (256 << 10) / sizeof(IdTable::Bucket);

constexpr size_t RoundUp(size_t n, size_t step) { return (n + step - 1) / step * step; }

}  // namespace

struct HugeArena::Chunk {
  explicit Chunk(size_t size) : size(size), mapped(size + kHugePage) {
    map = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) throw std::bad_alloc();
    const size_t begin = reinterpret_cast<size_t>(map);
    data = static_cast<char*>(map) + (RoundUp(begin, kHugePage) - begin);
    ::madvise(data, size, MADV_HUGEPAGE);  // advice: it may be refused
  }
  ~Chunk() { ::munmap(map, mapped); }

  size_t size, mapped, used = 0;
  void* map;
  char* data;
};

HugeArena::Block HugeArena::Allocate(size_t bytes) {
  if (open_ == nullptr || open_->size - open_->used < bytes) {
    open_ = std::make_shared<Chunk>(std::max(kMinChunk, RoundUp(bytes, kHugePage)));
  }
  Block block;
  block.chunk_ = open_;
  block.data_ = open_->data + open_->used;
  block.bytes_ = bytes;
  open_->used += bytes;
  return block;
}

HugeArena::Block::~Block() {
  if (bytes_ < kReleaseAtOnce) return;
  const size_t begin = RoundUp(reinterpret_cast<size_t>(data_), kPage);
  const size_t end = reinterpret_cast<size_t>(data_ + bytes_) / kPage * kPage;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

IdTable::IdTable(int skip_bits, HugeArena* arena) : skip_bits_(skip_bits) {
  Resize(kMinBuckets, arena);
}

void IdTable::Resize(uint64_t buckets, HugeArena* arena) {
  block_ = arena->Allocate(buckets * sizeof(Bucket));
  buckets_ = reinterpret_cast<Bucket*>(block_.data());
  count_ = buckets;
  used_ = 0;
  max_used_ = buckets * Bucket::kSlots * kMaxLoadPercent / 100;
}

void IdTable::Rebuild(const LiveTags& live, HugeArena* arena) {
  uint64_t ids = 0;
  for (const Bucket* b = buckets_; b != buckets_ + count_; ++b) {
    for (int i = 0; i < b->used; ++i) ids += live[b->tags[i]];
  }
  uint64_t buckets = std::max(kMinBuckets, ids * 5 / Bucket::kSlots + 1);
  if (buckets > kLargeBuckets) {
    buckets = std::max(kLargeBuckets, ids * 3 / (2 * Bucket::kSlots) + 1);
  }
  // Old memory must outlive the copy.
  const HugeArena::Block old_block = std::move(block_);
  const Bucket* const old = buckets_;
  const uint64_t old_count = count_;
  Resize(buckets, arena);
  for (const Bucket* b = old; b != old + old_count; ++b) {
    for (int i = 0; i < b->used; ++i) {
      if (live[b->tags[i]] != 0) Put(Room(b->ids[i]), b->ids[i], b->tags[i]);
    }
  }
}

}  // namespace pagepulse
