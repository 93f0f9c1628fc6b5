#include "storage/fact_runs.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <thread>

#include "base/coding.h"
#include "base/prefetch.h"
#include "base/status_macros.h"
#include "base/thread_name.h"
#include "base/thread_scheduling.h"
#include "rollup/radix_sort.h"
#include "storage/fact_merge.h"
#include "storage/rocksdb_status.h"

namespace pagepulse {
namespace {

using Runs = FactRuns::Runs;
using Fact = JournalUpdate::Fact;

// Runs of like size, and how many of them are merged at once.
constexpr int kTierBits = 4;
constexpr size_t kTierRuns = size_t{1} << kTierBits;
// Of a store that is written faster than its runs are merged.
constexpr size_t kMostRuns = 128;

// Where the facts lie in the order of their identities: by the first 32 bits, of which hardly any
// two facts have the same, then by the rest.
std::vector<KeyedPlace> SortFacts(absl::Span<const Fact> facts) {
  const size_t n = facts.size();
  std::vector<KeyedPlace> places(n), scratch(n);
  for (size_t i = 0; i < n; ++i) {
    places[i] = {static_cast<uint32_t>(absl::Uint128High64(facts[i].identity) >> 32),
                 static_cast<uint32_t>(i)};
  }
  const KeyedPlace* const sorted =
      RadixSort(places.data(), n, scratch.data(), places.data(), kKeyOf);
  if (sorted == scratch.data()) places.swap(scratch);
  const auto before = [&](const KeyedPlace& a, const KeyedPlace& b) {
    return a.key == b.key && facts[a.index].identity < facts[b.index].identity;
  };
  for (size_t i = 1; i < n; ++i) {
    for (size_t j = i; j > 0 && before(places[j], places[j - 1]); --j) {
      std::swap(places[j], places[j - 1]);
    }
  }
  return places;
}

absl::StatusOr<FactRunWriter::Written> WriteRun(const Rocks& rocks, uint64_t number,
                                                const JournalUpdate& update) {
  FactRunWriter writer(rocks, number, update.facts.size());
  const std::vector<KeyedPlace> places = SortFacts(update.facts);
  for (size_t i = 0; i < places.size(); ++i) {
    PrefetchAhead(i, places.size(),
                  [&](size_t j) { Touch(update.value(update.facts[places[j].index]).data()); });
    const Fact& fact = update.facts[places[i].index];
    RETURN_IF_ERROR(writer.Add(fact.identity, update.value(fact)));
  }
  return writer.Finish();
}

std::string EncodeList(const Runs& runs) {
  std::string list;
  for (const auto& run : runs) PutLittle64(&list, run->number());
  return list;
}

std::vector<std::unique_ptr<FactRunReader>> ReadersOf(const Rocks& rocks, const Runs& runs) {
  std::vector<std::unique_ptr<FactRunReader>> readers;
  for (const auto& run : runs) readers.push_back(std::make_unique<FactRunReader>(rocks, run));
  return readers;
}

}  // namespace

// Merges some runs, by a thread of its own, into files that a checkpoint can take in.
class FactMergeJob {
 public:
  FactMergeJob(const Rocks& rocks, Runs sources, uint64_t number)
      : rocks_(rocks), sources_(std::move(sources)), number_(number), thread_([this] { Run(); }) {}
  ~FactMergeJob() {
    stop_ = true;
    thread_.join();
  }

  const Runs& sources() const { return sources_; }
  bool done() const { return done_.load(std::memory_order_acquire); }
  void Await() const { done_.wait(false, std::memory_order_acquire); }
  // Once done.
  absl::StatusOr<FactRunWriter::Written>& result() { return result_; }

 private:
  void Run() {
    NameThread("pp-merge");
    LeaveCoresToQueries();
    result_ = Merge();
    done_.store(true, std::memory_order_release);
    done_.notify_all();
  }

  absl::StatusOr<FactRunWriter::Written> Merge() {
    uint64_t facts = 0;
    for (const auto& run : sources_) facts += run->facts();
    FactRunWriter writer(rocks_, number_, facts);
    const auto write = [&](Hash128 identity, std::string_view history) {
      if (stop_.load(std::memory_order_relaxed)) return absl::CancelledError();
      return writer.Add(identity, history);
    };
    RETURN_IF_ERROR(MergeFactRuns(ReadersOf(rocks_, sources_), write));
    return writer.Finish();
  }

  const Rocks& rocks_;
  const Runs sources_;
  const uint64_t number_;
  absl::StatusOr<FactRunWriter::Written> result_;
  std::atomic<bool> stop_{false}, done_{false};
  std::thread thread_;
};

FactRuns::FactRuns(const Rocks& rocks) : rocks_(rocks) {}
FactRuns::~FactRuns() = default;

absl::StatusOr<std::unique_ptr<FactRuns>> FactRuns::Open(const Rocks& rocks,
                                                         std::string_view list) {
  auto facts = std::unique_ptr<FactRuns>(new FactRuns(rocks));
  Runs runs;
  for (Reader in(list); !in.done();) {
    const uint64_t number = in.Little64();
    if (!in.ok()) return absl::DataLossError("the journal's list of runs of facts cannot be read");
    ASSIGN_OR_RETURN(runs.emplace_back(), FactRun::Load(rocks, number));
    facts->next_number_ = std::max(facts->next_number_, number + 1);
  }
  if (!rocks.read_only()) RETURN_IF_ERROR(facts->DropAllBut(runs));
  {
    MutexLock lock(&facts->mutex_);
    facts->runs_ = std::move(runs);
  }
  // At once: a process may write a single checkpoint, as it ends, and take in what is merged by
  // then.
  if (!rocks.read_only()) facts->BeginMerge();
  return facts;
}

// A process that ended behind a checkpoint may have left runs that it had merged.
absl::Status FactRuns::DropAllBut(const Runs& runs) {
  const std::unique_ptr<rocksdb::Iterator> it(
      rocks_->NewIterator(rocksdb::ReadOptions(), rocks_.family(Family::kFacts)));
  std::vector<uint64_t> left;
  for (it->SeekToFirst(); it->Valid();) {
    const std::optional<uint64_t> number = FactRunOf(it->key().ToStringView());
    if (!number) return absl::DataLossError("a key of the facts cannot be read");
    const bool counts = std::any_of(runs.begin(), runs.end(),
                                    [&](const auto& run) { return run->number() == *number; });
    if (!counts) left.push_back(*number);
    next_number_ = std::max(next_number_, *number + 1);
    it->Seek(FactRunBegin(*number + 1));
  }
  RETURN_IF_ROCKS_ERROR(it->status(), "read facts");
  return Drop(left);
}

absl::Status FactRuns::Drop(absl::Span<const uint64_t> numbers) {
  std::vector<std::pair<std::string, std::string>> ranges;
  for (const uint64_t number : numbers) {
    ranges.emplace_back(FactRunBegin(number), FactRunBegin(number + 1));
  }
  return rocks_.DropFiles(Family::kFacts, ranges);
}

absl::Status FactRuns::Get(absl::Span<const Hash128> identities,
                           std::vector<std::string>* values) const {
  values->assign(identities.size(), "");
  MutexLock lock(&mutex_);
  for (size_t i = 0; i < identities.size(); ++i) {
    for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
      ASSIGN_OR_RETURN(std::optional<std::string> history, (*run)->Get(rocks_, identities[i]));
      if (!history) continue;
      (*values)[i] = *std::move(history);
      break;
    }
  }
  return absl::OkStatus();
}

absl::Status FactRuns::Visit(
    absl::FunctionRef<absl::Status(Hash128, std::string_view)> visit) const {
  std::vector<std::unique_ptr<FactRunReader>> readers;
  {
    MutexLock lock(&mutex_);
    readers = ReadersOf(rocks_, runs_);
  }
  return MergeFactRuns(std::move(readers), visit);
}

absl::StatusOr<FactRuns::Staged> FactRuns::Stage(const JournalUpdate& update) {
  staged_ = runs();
  merged_.clear();
  Staged staged = {{Family::kFacts, {}}, ""};
  const auto add = [&](FactRunWriter::Written written, Runs::iterator at) {
    std::vector<std::string>& paths = staged.files.paths;
    paths.insert(paths.end(), written.files.paths.begin(), written.files.paths.end());
    staged_.insert(at, std::move(written.run));
  };
  if (merge_ != nullptr && staged_.size() >= kMostRuns) merge_->Await();
  if (merge_ != nullptr && merge_->done()) {
    RETURN_IF_ERROR(merge_->result().status());
    // They are still next to each other: since it began, runs were added behind them alone.
    const Runs& sources = merge_->sources();
    const auto first = std::find(staged_.begin(), staged_.end(), sources.front());
    const auto at = staged_.erase(first, first + static_cast<std::ptrdiff_t>(sources.size()));
    for (const auto& run : sources) merged_.push_back(run->number());
    add(*std::move(merge_->result()), at);
    merge_.reset();
  }
  if (!update.facts.empty()) {
    ASSIGN_OR_RETURN(FactRunWriter::Written written, WriteRun(rocks_, next_number_++, update));
    add(std::move(written), staged_.end());
  }
  staged.list = EncodeList(staged_);
  return staged;
}

absl::Status FactRuns::Commit() {
  {
    MutexLock lock(&mutex_);
    runs_ = std::move(staged_);
  }
  RETURN_IF_ERROR(Drop(merged_));
  if (merge_ == nullptr) BeginMerge();
  return absl::OkStatus();
}

void FactRuns::BeginMerge() {
  const Runs runs = this->runs();
  std::vector<uint64_t> facts;
  for (const auto& run : runs) facts.push_back(run->facts());
  const auto [first, last] = ChooseMerge(facts);
  if (first == last) return;
  Runs sources(runs.begin() + static_cast<std::ptrdiff_t>(first),
               runs.begin() + static_cast<std::ptrdiff_t>(last));
  merge_ = std::make_unique<FactMergeJob>(rocks_, std::move(sources), next_number_++);
}

std::pair<size_t, size_t> FactRuns::ChooseMerge(absl::Span<const uint64_t> facts) {
  const auto tier_of = [](uint64_t n) { return static_cast<int>(std::bit_width(n)) / kTierBits; };
  for (int tier = 0; tier <= tier_of(UINT64_MAX); ++tier) {
    // Neighbours up to that tier: more may join the newest, the others have a larger one behind
    // them and so would stay as they are.
    for (size_t first = 0; first < facts.size(); ++first) {
      size_t last = first, of_tier = 0;
      for (; last < facts.size() && tier_of(facts[last]) <= tier; ++last) {
        of_tier += tier_of(facts[last]) == tier;
      }
      const bool due = last < facts.size() ? last > first + 1 : of_tier >= kTierRuns;
      if (due && last == facts.size()) return {last - std::min(last - first, kMostSources), last};
      if (due) return {first, std::min(last, first + kMostSources)};
      first = last;
    }
  }
  return {0, 0};
}

}  // namespace pagepulse
