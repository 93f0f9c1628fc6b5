#include "rollup/aggregate.h"

#include <sys/mman.h>

#include <algorithm>
#include <memory>
#include <new>

#include "base/prefetch.h"
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

// A run is often a little longer than the one before: to move then would touch as much memory
// again.
size_t WithRoom(size_t n) { return n + n / 4; }

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
  T* data() { return records_.get(); }
  T* Get(size_t n) {
    if (n > capacity_) {
      capacity_ = WithRoom(n);
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
template <typename Record, typename Key, typename Fn>
void ForEachRun(absl::Span<const Record> records, Key key, Fn fn) {
  for (size_t i = 0; i < records.size();) {
    size_t end = i + 1;
    while (end < records.size() && key(records[end]) == key(records[i])) ++end;
    fn(key(records[i]), records.subspan(i, end - i));
    i = end;
  }
}

struct PostAndSource {
  uint32_t post, source;
};

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
        details_(Scope::kDetail, &entry_bytes_, &entry_rows_) {}

  const Partials& Run(absl::Span<const Delta> deltas, const AggregateOptions& options);

 private:
  static uint32_t PeriodOf(const SeriesRow& r) { return r.key.period; }

  void Clear(size_t deltas);
  absl::Span<const KeyedPlace> SortByPage(absl::Span<const Delta> deltas);
  void AddPage(absl::Span<const Delta> deltas, absl::Span<const KeyedPlace> places,
               const AggregateOptions& options);
  absl::Span<const KeyedPlace> Gather(absl::Span<const Delta> deltas,
                                      absl::Span<const KeyedPlace> places);
  template <typename Key>
  absl::Span<const KeyedPlace> SortBy(Key key, absl::Span<const KeyedPlace> places, size_t buffer);
  void AddSources(uint32_t page, absl::Span<const KeyedPlace> by_source);
  void AddPosts(uint32_t page, absl::Span<const KeyedPlace> by_post);
  void AddDetails(uint32_t page, absl::Span<const KeyedPlace> by_post_and_source);
  void ShareRowsWithSource(uint32_t page, uint32_t source);
  void PackDetails();
  void ListRows();

  Partials partials_;
  SeriesWalker::Lists page_rows_, post_rows_, source_rows_;
  std::vector<SeriesRow> packed_rows_;  // of details, by page
  SeriesWalker::Lists entry_rows_;      // of a page's details, and their bytes
  std::string entry_bytes_;
  SeriesWalker pages_, posts_, sources_, details_;
  PageCalendar calendar_;
  Scratch<KeyedPlace> all_places_[2];  // of all deltas, by page
  // Of a page: its deltas as they came, and places among them.
  Scratch<Change> changes_;
  Scratch<PostAndSource> members_;
  Scratch<KeyedPlace> places_[6];
  Scratch<SeriesRow> rows_[2];
};

void Aggregator::Impl::Clear(size_t deltas) {
  partials_.rows.clear();
  partials_.bytes.clear();
  if (partials_.bytes.capacity() < deltas * kBytesPerDelta) {
    partials_.bytes.reserve(WithRoom(deltas) * kBytesPerDelta);
    AdviseHugePages(partials_.bytes.data(), partials_.bytes.capacity());
  }
  packed_rows_.clear();
  for (SeriesWalker::Lists* lists : {&page_rows_, &post_rows_, &source_rows_}) {
    for (std::vector<SeriesRow>& list : *lists) list.clear();
  }
}

absl::Span<const KeyedPlace> Aggregator::Impl::SortByPage(absl::Span<const Delta> deltas) {
  const size_t n = deltas.size();
  KeyedPlace* const places = all_places_[0].Get(n);
  for (size_t i = 0; i < n; ++i) places[i] = {deltas[i].page, static_cast<uint32_t>(i)};
  return {RadixSort(places, n, all_places_[1].Get(n), places, kKeyOf), n};
}

// Takes a page's deltas together; returns where they lie in order of time. They come nearly in
// order: what is late is sorted apart and then merged into the rest, from the end on, so that what
// lies before it stays where it is.
absl::Span<const KeyedPlace> Aggregator::Impl::Gather(absl::Span<const Delta> deltas,
                                                      absl::Span<const KeyedPlace> places) {
  const size_t n = places.size();
  Change* const changes = changes_.Get(n);
  PostAndSource* const members = members_.Get(n);
  KeyedPlace* const in_time = places_[0].Get(n);
  KeyedPlace* const late = places_[1].Get(n);
  size_t in_order = 0, late_ones = 0;
  uint32_t last = 0;
  for (size_t i = 0; i < n; ++i) {
    PrefetchAhead(i, n, [&](size_t j) { Touch(&deltas[places[j].index]); });
    const Delta& delta = deltas[places[i].index];
    changes[i] = Change(delta);
    members[i] = {delta.post, delta.source};
    const KeyedPlace place = {delta.minute, static_cast<uint32_t>(i)};
    if (delta.minute >= last) {
      in_time[in_order++] = place;
      last = delta.minute;
    } else {
      late[late_ones++] = place;
    }
  }
  const KeyedPlace* const sorted =
      RadixSort(late, late_ones, places_[2].Get(late_ones), late, kKeyOf);
  for (KeyedPlace* to = in_time + n; late_ones > 0;) {
    if (in_order > 0 && in_time[in_order - 1].key > sorted[late_ones - 1].key) {
      *--to = in_time[--in_order];
    } else {
      *--to = sorted[--late_ones];
    }
  }
  return {in_time, n};
}

// The places, which stay as they are, in the order of another key of what lies there; in one of two
// buffers of that number.
template <typename Key>
absl::Span<const KeyedPlace> Aggregator::Impl::SortBy(Key key, absl::Span<const KeyedPlace> places,
                                                      size_t buffer) {
  const size_t n = places.size();
  const PostAndSource* const members = members_.Get(n);
  KeyedPlace* const keyed = places_[2 * buffer].Get(n);
  for (size_t i = 0; i < n; ++i) keyed[i] = {key(members[places[i].index]), places[i].index};
  return {RadixSort(keyed, n, places_[2 * buffer + 1].Get(n), keyed, kKeyOf), n};
}

// All deltas of a page; pages ascending.
void Aggregator::Impl::AddPage(absl::Span<const Delta> deltas, absl::Span<const KeyedPlace> places,
                               const AggregateOptions& options) {
  const auto source_of = [](const PostAndSource& member) { return member.source; };
  const auto post_of = [](const PostAndSource& member) { return member.post; };
  const uint32_t page = places[0].key;
  const absl::Span<const KeyedPlace> by_time = Gather(deltas, places);
  calendar_.Reset(options.zone_of(page), changes_.data(), by_time);
  pages_.Walk(calendar_, {page, 0, 0, by_time}, changes_.data());

  const absl::Span<const KeyedPlace> by_source = SortBy(source_of, by_time, 1);
  const absl::Span<const KeyedPlace> by_post_and_source = SortBy(post_of, by_source, 2);
  if (by_source.front().key == by_source.back().key) {
    ShareRowsWithSource(page, by_source.front().key);
    AddPosts(page, by_post_and_source);
  } else {
    AddSources(page, by_source);
    AddPosts(page, SortBy(post_of, by_time, 1));  // by_source is done with
  }
  AddDetails(page, by_post_and_source);
}

void Aggregator::Impl::AddSources(uint32_t page, absl::Span<const KeyedPlace> by_source) {
  ForEachRun(by_source, kKeyOf, [&](uint32_t source, absl::Span<const KeyedPlace> by_time) {
    sources_.Walk(calendar_, {page, source, source, by_time}, changes_.data());
  });
}

void Aggregator::Impl::AddPosts(uint32_t page, absl::Span<const KeyedPlace> by_post) {
  ForEachRun(by_post, kKeyOf, [&](uint32_t post, absl::Span<const KeyedPlace> by_time) {
    if (post != 0) posts_.Walk(calendar_, {page, post, 0, by_time}, changes_.data());
  });
}

void Aggregator::Impl::AddDetails(uint32_t page, absl::Span<const KeyedPlace> by_post_and_source) {
  const PostAndSource* const members = members_.data();
  const auto source_at = [&](const KeyedPlace& place) { return members[place.index].source; };
  ForEachRun(
      by_post_and_source, kKeyOf, [&](uint32_t post, absl::Span<const KeyedPlace> by_source) {
        ForEachRun(by_source, source_at,
                   [&](uint32_t source, absl::Span<const KeyedPlace> by_time) {
                     details_.Walk(calendar_, {page, post, source, by_time}, changes_.data());
                   });
      });
  PackDetails();
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

// A page's entries, by post and source, into one row for each day.
void Aggregator::Impl::PackDetails() {
  std::vector<SeriesRow>& entries = entry_rows_[static_cast<size_t>(Level::kQuarter) - 1];
  const absl::Span<const SeriesRow> by_day(
      RadixSort(entries.data(), entries.size(), rows_[0].Get(entries.size()),
                rows_[1].Get(entries.size()), PeriodOf),
      entries.size());
  ForEachRun(by_day, PeriodOf, [&](uint32_t, absl::Span<const SeriesRow> day) {
    SeriesRow row{.key = day[0].key, .offset = partials_.bytes.size()};
    row.key.member = 0;
    DetailBuilder builder(&partials_.bytes);
    for (const SeriesRow& entry : day) {
      builder.Add(entry.key.member, entry.source,
                  std::string_view(entry_bytes_).substr(entry.offset, entry.length));
    }
    row.length = static_cast<uint32_t>(partials_.bytes.size() - row.offset);
    packed_rows_.push_back(row);
  });
  entries.clear();
  entry_bytes_.clear();
}

// Lists all rows in the order of their keys: of each level and scope they came by page and member.
void Aggregator::Impl::ListRows() {
  size_t count = packed_rows_.size();
  SeriesWalker::Lists* const scopes[] = {&page_rows_, &post_rows_, &source_rows_};
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
    if (level == Level::kQuarter) end = std::copy(packed_rows_.begin(), packed_rows_.end(), end);
  }
  // The rows themselves are read by the first pass alone.
  const SeriesRow* const sorted = RadixSort(rows, count, rows_[1].Get(count), rows, PeriodOf);
  for (size_t i = 0; i < count; ++i) {
    partials_.rows.push_back({sorted[i].key, sorted[i].offset, sorted[i].length});
  }
}

const Partials& Aggregator::Impl::Run(absl::Span<const Delta> deltas,
                                      const AggregateOptions& options) {
  Clear(deltas.size());
  pages_.SetMinutesFrom(MinutesFrom(options.minute_horizon));
  ForEachRun(SortByPage(deltas), kKeyOf, [&](uint32_t, absl::Span<const KeyedPlace> places) {
    AddPage(deltas, places, options);
  });
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
