#include "storage/journal_files.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/coding.h"
#include "base/status_macros.h"
#include "storage/storage_keys.h"

namespace pagepulse {
namespace {

// Less is cheaper to merge with the rest of the journal than to keep apart.
constexpr size_t kManyBytes = 1 << 20;

// What of the journal lives as long as its neighbours: entries of one kind, ids of one hour.
std::string_view GroupOf(std::string_view key) {
  return key.substr(0, key[0] == kIdsPrefix ? kIdsHourBytes : 1);
}

}  // namespace

absl::StatusOr<StagedFiles> StageJournal(const Rocks& rocks, uint64_t checkpoint,
                                         const JournalUpdate& update, const Horizons& horizons,
                                         std::string_view fact_runs) {
  std::string marker, packed_horizons;
  PutLittle64(&marker, checkpoint);
  for (int i = 1; i <= kLevels; ++i) {
    PutLittle64(&packed_horizons, static_cast<uint64_t>(horizons.minute[i]));
  }
  std::vector<std::pair<std::string_view, std::string_view>> entries = {
      {kMarkerKey, marker}, {kHorizonsKey, packed_horizons}};
  if (!fact_runs.empty()) entries.emplace_back(kFactRunsKey, fact_runs);
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
