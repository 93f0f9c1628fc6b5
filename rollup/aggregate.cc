#include "rollup/aggregate.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
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

// Room for n deltas, not yet written.
class DeltaBuffer {
 public:
  explicit DeltaBuffer(size_t n) : deltas_(static_cast<Delta*>(::operator new(n * sizeof(Delta)))) {
    AdviseHugePages(deltas_, n * sizeof(Delta));
  }
  ~DeltaBuffer() { ::operator delete(deltas_); }
  DeltaBuffer(const DeltaBuffer&) = delete;
  DeltaBuffer& operator=(const DeltaBuffer&) = delete;

  Delta* get() const { return deltas_; }

 private:
  Delta* const deltas_;
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

size_t LongestRun(absl::Span<const Delta> by_page) {
  size_t longest = 0;
  ForEachRun(
      by_page, [](const Delta& d) { return d.page; },
      [&](uint32_t, absl::Span<const Delta> run) { longest = std::max(longest, run.size()); });
  return longest;
}

class Aggregator {
 public:
  Aggregator(const AggregateOptions& options, size_t deltas, size_t longest_page);

  // All deltas of a page; pages ascending.
  void AddPage(absl::Span<const Delta> deltas);
  Partials Finish();

 private:
  static uint32_t MinuteOf(const Delta& d) { return d.minute; }
  static uint32_t SourceOf(const Delta& d) { return d.source; }
  static uint32_t PostOf(const Delta& d) { return d.post; }

  template <typename Key>
  absl::Span<const Delta> Sort(absl::Span<const Delta> deltas, Key key);
  void AppendByPeriod(std::vector<Partials::Row>* list);

  const AggregateOptions& options_;
  Partials partials_;
  SeriesWalker::Lists page_rows_, post_rows_, source_rows_;
  SeriesWalker pages_, posts_, sources_;
  PageCalendar calendar_;
  DeltaBuffer buffers_[3];
  Delta* free_[3];  // the buffers; the first two are free to sort into
};

int64_t MinutesFrom(int64_t horizon) {
  return std::max<int64_t>(horizon, 0) / kMinutesPerDay * kMinutesPerDay;
}

Aggregator::Aggregator(const AggregateOptions& options, size_t deltas, size_t longest_page)
    : options_(options),
      pages_(Scope::kPage, MinutesFrom(options.minute_horizon), &partials_.bytes, &page_rows_),
      posts_(Scope::kPost, 0, &partials_.bytes, &post_rows_),
      sources_(Scope::kSource, 0, &partials_.bytes, &source_rows_),
      buffers_{DeltaBuffer(longest_page), DeltaBuffer(longest_page), DeltaBuffer(longest_page)},
      free_{buffers_[0].get(), buffers_[1].get(), buffers_[2].get()} {
  partials_.bytes.reserve(deltas * kBytesPerDelta);
  AdviseHugePages(partials_.bytes.data(), partials_.bytes.capacity());
}

template <typename Key>
absl::Span<const Delta> Aggregator::Sort(absl::Span<const Delta> deltas, Key key) {
  return {RadixSort(deltas.data(), deltas.size(), free_[0], free_[1], key), deltas.size()};
}

void Aggregator::AddPage(absl::Span<const Delta> deltas) {
  const absl::Span<const Delta> by_time = Sort(deltas, MinuteOf);
  // What holds the deltas by time must stay; the sorts below are stable and read it.
  std::swap(free_[2], *std::find(free_, free_ + 2, by_time.data()));
  calendar_.Reset(options_.zone_of(deltas[0].page), by_time);
  pages_.Walk(calendar_, 0, by_time);
  ForEachRun(Sort(by_time, SourceOf), SourceOf,
             [&](uint32_t source, absl::Span<const Delta> series) {
               sources_.Walk(calendar_, source, series);
             });
  ForEachRun(Sort(by_time, PostOf), PostOf, [&](uint32_t post, absl::Span<const Delta> series) {
    if (post != 0) posts_.Walk(calendar_, post, series);
  });
}

void Aggregator::AppendByPeriod(std::vector<Partials::Row>* list) {
  // Pages and members came in ascending order already.
  std::vector<Partials::Row> a(list->size()), b(list->size());
  const Partials::Row* const sorted =
      RadixSort(list->data(), list->size(), a.data(), b.data(),
                [](const Partials::Row& row) { return row.key.period; });
  partials_.rows.insert(partials_.rows.end(), sorted, sorted + list->size());
}

Partials Aggregator::Finish() {
  for (SeriesWalker::Lists* lists : {&page_rows_, &post_rows_, &source_rows_}) {
    for (std::vector<Partials::Row>& list : *lists) AppendByPeriod(&list);
  }
  return std::move(partials_);
}

}  // namespace

Partials Aggregate(absl::Span<const Delta> deltas, const AggregateOptions& options) {
  const auto page_of = [](const Delta& d) { return d.page; };
  const DeltaBuffer a(deltas.size()), b(deltas.size());
  const absl::Span<const Delta> by_page(
      RadixSort(deltas.data(), deltas.size(), a.get(), b.get(), page_of), deltas.size());
  Aggregator aggregator(options, deltas.size(), LongestRun(by_page));
  ForEachRun(by_page, page_of,
             [&](uint32_t, absl::Span<const Delta> page) { aggregator.AddPage(page); });
  return aggregator.Finish();
}

}  // namespace pagepulse
