#include "rollup/aggregate.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

#include "rollup/detail.h"
#include "rollup/page_calendar.h"
#include "rollup/radix_sort.h"
#include "rollup/series_walker.h"

namespace pagepulse {
namespace {

constexpr int64_t kMinutesPerDay = 1440;
constexpr size_t kPageBytes = 4096;
// Generous for the usual mix; only what is written takes memory.
constexpr size_t kBytesPerDelta = 64;

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
        sources_(Scope::kSource, &partials_.bytes, &source_rows_),
        details_(Scope::kDetail, &detail_bytes_, &detail_rows_) {}

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
  void ListRows();
  size_t PackDetail(absl::Span<const SeriesRow> rows);

  Partials partials_;
  std::string detail_bytes_;
  SeriesWalker::Lists page_rows_, post_rows_, source_rows_, detail_rows_;
  SeriesWalker pages_, posts_, sources_, details_;
  PageCalendar calendar_;
  Scratch<Delta> by_page_[2], buffers_[4];
  Scratch<SeriesRow> rows_[2];
  Delta* free_[4];  // buffers_ of a page; the first two are free to sort into
};

void Aggregator::Impl::Clear(size_t deltas) {
  partials_.rows.clear();
  for (std::string* bytes : {&partials_.bytes, &detail_bytes_}) {
    bytes->clear();
    if (bytes->capacity() >= deltas * kBytesPerDelta) continue;
    bytes->reserve(deltas * kBytesPerDelta);
    AdviseHugePages(bytes->data(), bytes->capacity());
  }
  for (SeriesWalker::Lists* lists : {&page_rows_, &post_rows_, &source_rows_, &detail_rows_}) {
    for (std::vector<SeriesRow>& list : *lists) list.clear();
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
  const absl::Span<const Delta> by_post = Sort(by_time, PostOf);
  // These, too, must stay while a post's are sorted by source.
  std::swap(free_[3], *std::find(free_, free_ + 2, by_post.data()));
  ForEachRun(by_post, PostOf, [&](uint32_t post, absl::Span<const Delta> series) {
    if (post != 0) posts_.Walk(calendar_, post, series);
    ForEachRun(Sort(series, SourceOf), SourceOf, [&](uint32_t, absl::Span<const Delta> detail) {
      details_.Walk(calendar_, post, detail);
    });
  });
}

// Most pages have one source, whose rows are then the page's own: the same bytes serve both.
void Aggregator::Impl::ShareRowsWithSource(uint32_t page, uint32_t source) {
  static_assert(ShapeOf(Scope::kPage) == ShapeOf(Scope::kSource));
  for (const Level level : {Level::kDay, Level::kMonth}) {
    const std::vector<SeriesRow>& rows = page_rows_[static_cast<size_t>(level) - 1];
    std::vector<SeriesRow>& shared = source_rows_[static_cast<size_t>(level) - 1];
    auto begin = rows.end();
    while (begin != rows.begin() && (begin - 1)->key.page == page) --begin;
    for (auto row = begin; row != rows.end(); ++row) {
      shared.push_back(*row);
      shared.back().key.scope = Scope::kSource;
      shared.back().key.member = source;
    }
  }
}

// Lists all rows in the order of their keys: of each level and scope they came by page and member.
void Aggregator::Impl::ListRows() {
  size_t count = 0;
  SeriesWalker::Lists* const scopes[] = {&page_rows_, &post_rows_, &source_rows_, &detail_rows_};
  for (const auto* lists : scopes) {
    for (const std::vector<SeriesRow>& list : *lists) count += list.size();
  }
  SeriesRow* const rows = rows_[0].Get(count);
  SeriesRow* end = rows;
  for (const Level level : kAllLevels) {
    for (const auto* lists : scopes) {
      const std::vector<SeriesRow>& list = (*lists)[static_cast<size_t>(level) - 1];
      end = std::copy(list.begin(), list.end(), end);
    }
  }
  const absl::Span<const SeriesRow> sorted(
      RadixSort(rows, count, rows_[1].Get(count), rows,  // read by the first pass alone
                [](const SeriesRow& row) { return row.key.period; }),
      count);
  for (size_t i = 0; i < count;) {
    if (sorted[i].key.scope == Scope::kDetail) {
      i += PackDetail(sorted.subspan(i));
    } else {
      partials_.rows.push_back({sorted[i].key, sorted[i].offset, sorted[i].length});
      ++i;
    }
  }
}

// One row of all entries of the first one's page and day. Returns how many those are.
size_t Aggregator::Impl::PackDetail(absl::Span<const SeriesRow> rows) {
  RowKey key = rows[0].key;
  key.member = 0;
  const size_t offset = partials_.bytes.size();
  DetailBuilder builder(&partials_.bytes);
  size_t n = 0;
  for (; n < rows.size(); ++n) {
    const SeriesRow& row = rows[n];
    if (row.key.scope != key.scope || row.key.page != key.page || row.key.period != key.period) {
      break;
    }
    builder.Add(row.key.member, row.source,
                std::string_view(detail_bytes_).substr(row.offset, row.length));
  }
  partials_.rows.push_back({key, offset, partials_.bytes.size() - offset});
  return n;
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
  ListRows();
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
