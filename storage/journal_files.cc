#include "storage/journal_files.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "base/coding.h"
#include "base/prefetch.h"
#include "base/status_macros.h"
#include "rollup/radix_sort.h"
#include "storage/storage_keys.h"

namespace pagepulse {
namespace {

// Less is cheaper to merge with the rest of the journal than to keep apart.
constexpr size_t kManyBytes = 1 << 20;

using Fact = JournalUpdate::Fact;

// Where the facts lie in the order of their keys: by the first 32 bits, of which hardly any two
// facts have the same, then by the rest.
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

// What of the journal lives as long as its neighbours: entries of one kind, ids of one hour.
std::string_view GroupOf(std::string_view key) {
  return key.substr(0, key[0] == kIdsPrefix ? kIdsHourBytes : 1);
}

}  // namespace

absl::StatusOr<StagedFiles> StageFacts(const Rocks& rocks, uint64_t checkpoint,
                                       const JournalUpdate& update) {
  StagedFileWriter writer(rocks, Family::kFacts, StagedFileWriter::Kind::kPut, checkpoint);
  const std::vector<KeyedPlace> places = SortFacts(update.facts);
  std::string key;
  for (size_t i = 0; i < places.size(); ++i) {
    PrefetchAhead(i, places.size(),
                  [&](size_t j) { Touch(update.value(update.facts[places[j].index]).data()); });
    const Fact& fact = update.facts[places[i].index];
    key.clear();
    AppendFactKey(fact.identity, &key);
    RETURN_IF_ERROR(writer.Add(key, update.value(fact)));
  }
  return writer.Finish();
}

absl::StatusOr<StagedFiles> StageJournal(const Rocks& rocks, uint64_t checkpoint,
                                         const JournalUpdate& update, const Horizons& horizons) {
  std::string marker, packed_horizons;
  PutLittle64(&marker, checkpoint);
  for (int i = 1; i <= kLevels; ++i) {
    PutLittle64(&packed_horizons, static_cast<uint64_t>(horizons.minute[i]));
  }
  std::vector<std::pair<std::string_view, std::string_view>> entries = {
      {kMarkerKey, marker}, {kHorizonsKey, packed_horizons}};
  entries.insert(entries.end(), update.entries.begin(), update.entries.end());
  entries.insert(entries.end(), update.views.begin(), update.views.end());
  std::sort(entries.begin(), entries.end());
  StagedFileWriter writer(rocks, Family::kJournal, StagedFileWriter::Kind::kPut, checkpoint);
  for (auto next = entries.begin(); next != entries.end();) {
    const std::string_view group = GroupOf(next->first);
    size_t bytes = 0;
    auto end = next;
    for (; end != entries.end() && GroupOf(end->first) == group; ++end) bytes += end->second.size();
    // Much of what has keys that ascend for ever stays out of the files of what is written over and
    // over.
    const bool ascends = group[0] == kIdsPrefix || group[0] == kToldAgainPrefix;
    const bool apart = ascends && bytes >= kManyBytes;
    if (apart) RETURN_IF_ERROR(writer.Cut());
    for (; next != end; ++next) RETURN_IF_ERROR(writer.Add(next->first, next->second));
    if (apart) RETURN_IF_ERROR(writer.Cut());
  }
  return writer.Finish();
}

}  // namespace pagepulse
