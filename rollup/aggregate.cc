#include "rollup/aggregate.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

#include "rollup/page_calendar.h"
#include "rollup/radix_sort.h"
#include "rollup/series_walker.h"

namespace pagepulse {
namespace {

constexpr int64_t kMinutesPerDay = 1440;
constexpr size_t kPageBytes = 4096;
// Generous for the usual mix; only what is written takes memory.
constexpr size_t kBytesPerDelta = 128;

// The first touch of fresh memory in small pages costs more than all the arithmetic here.
void AdviseHugePages(void* memory, size_t bytes) {
  const auto begin = (reinterpret_cast<uintptr_t>(memory) + kPageBytes - 1) & ~(kPageBytes - 1);
  const auto end = (reinterpret_cast<uintptr_t>(memory) + bytes) & ~(kPageBytes - 1);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

// Room for plain records, not yet written; grows by forgetting them.
template <typename T>
class Scratch {
 public:
  T* Get(size_t n) {
    if (n > capacity_) {
      capacity_ = std::max(n, 2 * capacity_);
      records_.reset();
      records_.reset(static_cast<T*>(::operator new(capacity_ * sizeof(T))));
      AdviseHugePages(records_.get(), capacity_ * sizeof(T));
    }
    return records_.get();
  }

 private:
  struct Delete {
    void operator()(T* records) const { ::operator delete(records); }
  };
  std::unique_ptr<T, Delete> records_;
  size_t capacity_ = 0;
};

// Calls fn(key, run) for each run of equal keys.
template <typename Key, typename Fn>
void ForEachRun(absl::Span<const Delta> deltas, Key key, Fn fn) {
  for (size_t i = 0; i < deltas.size();) {
    size_t end = i + 1;
    while (end < deltas.size() && key(deltas[end]) == key(deltas[i])) ++end;
    fn(key(deltas[i]), deltas.subspan(i, end - i));
    i = end;
  }
}

int64_t MinutesFrom(int64_t horizon) {
  return std::max<int64_t>(horizon, 0) / kMinutesPerDay * kMinutesPerDay;
}

}  // namespace

class Aggregator::Impl {
 public:
  Impl()
      : pages_(Scope::kPage, &partials_.bytes, &page_rows_),
        posts_(Scope::kPost, &partials_.bytes, &post_rows_),
        sources_(Scope::kSource, &partials_.bytes, &source_rows_) {}

  const Partials& Run(absl::Span<const Delta> deltas, const AggregateOptions& options);

 private:
  static uint32_t MinuteOf(const Delta& d) { return d.minute; }
  static uint32_t SourceOf(const Delta& d) { return d.source; }
  static uint32_t PostOf(const Delta& d) { return d.post; }

  void Clear(size_t deltas);
  void AddPage(absl::Span<const Delta> deltas, const AggregateOptions& options);
  template <typename Key>
  absl::Span<const Delta> Sort(absl::Span<const Delta> deltas, Key key);
  void ShareRowsWithSource(uint32_t page, uint32_t source);
  void AppendByPeriod(const std::vector<Partials::Row>& list);

  Partials partials_;
  SeriesWalker::Lists page_rows_, post_rows_, source_rows_;
  SeriesWalker pages_, posts_, sources_;
  PageCalendar calendar_;
  Scratch<Delta> by_page_[2], buffers_[3];
  Scratch<Partials::Row> rows_[2];
  Delta* free_[3];  // buffers_ of a page; the first two are free to sort into
};

void Aggregator::Impl::Clear(size_t deltas) {
  partials_.rows.clear();
  partials_.bytes.clear();
  if (partials_.bytes.capacity() < deltas * kBytesPerDelta) {
    partials_.bytes.reserve(deltas * kBytesPerDelta);
    AdviseHugePages(partials_.bytes.data(), partials_.bytes.capacity());
  }
  for (SeriesWalker::Lists* lists : {&page_rows_, &post_rows_, &source_rows_}) {
    for (std::vector<Partials::Row>& list : *lists) list.clear();
  }
}

template <typename Key>
absl::Span<const Delta> Aggregator::Impl::Sort(absl::Span<const Delta> deltas, Key key) {
  return {RadixSort(deltas.data(), deltas.size(), free_[0], free_[1], key), deltas.size()};
}

// All deltas of a page; pages ascending.
void Aggregator::Impl::AddPage(absl::Span<const Delta> deltas, const AggregateOptions& options) {
  for (size_t i = 0; i < std::size(buffers_); ++i) free_[i] = buffers_[i].Get(deltas.size());
  const absl::Span<const Delta> by_time = Sort(deltas, MinuteOf);
  // What holds the deltas by time must stay; the sorts below are stable and read it.
  std::swap(free_[2], *std::find(free_, free_ + 2, by_time.data()));
  calendar_.Reset(options.zone_of(deltas[0].page), by_time);
  pages_.Walk(calendar_, 0, by_time);
  const absl::Span<const Delta> by_source = Sort(by_time, SourceOf);
  if (by_source.front().source == by_source.back().source) {
    ShareRowsWithSource(deltas[0].page, by_source.front().source);
  } else {
    ForEachRun(by_source, SourceOf, [&](uint32_t source, absl::Span<const Delta> series) {
      sources_.Walk(calendar_, source, series);
    });
  }
  ForEachRun(Sort(by_time, PostOf), PostOf, [&](uint32_t post, absl::Span<const Delta> series) {
    if (post != 0) posts_.Walk(calendar_, post, series);
  });
}

// Most pages have one source, whose rows are then the page's own: the same bytes serve both.
void Aggregator::Impl::ShareRowsWithSource(uint32_t page, uint32_t source) {
  static_assert(ShapeOf(Scope::kPage) == ShapeOf(Scope::kSource));
  for (size_t level = 0; level < page_rows_.size(); ++level) {
    if (level + 1 == static_cast<size_t>(Level::kMinute)) continue;  // of pages alone
    const std::vector<Partials::Row>& rows = page_rows_[level];
    auto begin = rows.end();
    while (begin != rows.begin() && (begin - 1)->key.page == page) --begin;
    for (auto row = begin; row != rows.end(); ++row) {
      source_rows_[level].push_back(*row);
      source_rows_[level].back().key.scope = Scope::kSource;
      source_rows_[level].back().key.member = source;
    }
  }
}

void Aggregator::Impl::AppendByPeriod(const std::vector<Partials::Row>& list) {
  // Pages and members came in ascending order already.
  const Partials::Row* const sorted =
      RadixSort(list.data(), list.size(), rows_[0].Get(list.size()), rows_[1].Get(list.size()),
                [](const Partials::Row& row) { return row.key.period; });
  partials_.rows.insert(partials_.rows.end(), sorted, sorted + list.size());
}

const Partials& Aggregator::Impl::Run(absl::Span<const Delta> deltas,
                                      const AggregateOptions& options) {
  Clear(deltas.size());
  pages_.SetMinutesFrom(MinutesFrom(options.minute_horizon));
  const auto page_of = [](const Delta& d) { return d.page; };
  const absl::Span<const Delta> by_page(
      RadixSort(deltas.data(), deltas.size(), by_page_[0].Get(deltas.size()),
                by_page_[1].Get(deltas.size()), page_of),
      deltas.size());
  ForEachRun(by_page, page_of,
             [&](uint32_t, absl::Span<const Delta> page) { AddPage(page, options); });
  for (const SeriesWalker::Lists* lists : {&page_rows_, &post_rows_, &source_rows_}) {
    for (const std::vector<Partials::Row>& list : *lists) AppendByPeriod(list);
  }
  return partials_;
}

Aggregator::Aggregator() : impl_(std::make_unique<Impl>()) {}
Aggregator::~Aggregator() = default;
const Partials& Aggregator::Run(absl::Span<const Delta> deltas, const AggregateOptions& options) {
  return impl_->Run(deltas, options);
}

Partials Aggregate(absl::Span<const Delta> deltas, const AggregateOptions& options) {
  return Aggregator().Run(deltas, options);
}

}  // namespace pagepulse
