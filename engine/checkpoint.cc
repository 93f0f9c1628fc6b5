#include "engine/checkpoint.h"

#include <algorithm>
#include <bit>

#include "absl/container/flat_hash_set.h"
#include "base/coding.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

// As they lie in memory: 8 bytes each, little-endian.
std::string_view Bytes(const std::vector<uint64_t>& ids) {
  static_assert(std::endian::native == std::endian::little);
  return {reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(uint64_t)};
}

}  // namespace

const Partials& MakePartials(const Stretch& stretch, const Catalog& catalog, int64_t minute_horizon,
                             Aggregator* aggregator) {
  AggregateOptions options;
  options.zone_of = [&catalog](uint32_t page) { return catalog.PageTimeZone(page); };
  options.minute_horizon = minute_horizon;
  return aggregator->Run(stretch.deltas(), options);
}

JournalUpdate MakeJournalUpdate(const Stretch& stretch, const EngineOptions& options,
                                int64_t now_ms) {
  JournalUpdate update;
  for (const auto& [identity, fact] : stretch.facts) {
    if (!fact.changed) continue;
    update.facts.emplace_back(identity, std::string());
    fact.history.Encode(&update.facts.back().second);
  }
  for (const auto& [key, value] : stretch.journal) update.views.emplace_back(key, value);
  for (const auto& [hour, ids] : stretch.ids_by_hour) {
    if (!ids.empty()) update.views.emplace_back(IdsKey(hour, stretch.last_sequence), Bytes(ids));
  }
  for (uint32_t part = 0; part < stretch.told_again.size(); ++part) {
    update.views.emplace_back(ToldAgainKey(stretch.last_sequence, part), stretch.told_again[part]);
  }
  std::string rejected;
  PutLittle64(&rejected, stretch.next_rejected);
  update.entries.emplace_back(std::string(kDeadLetterCountKey), std::move(rejected));
  for (int level = 1; level <= kLevels; ++level) {
    if (options.retention_minutes[level] > 0) {
      update.horizon_minutes[level] = now_ms / 60'000 - options.retention_minutes[level];
    }
  }
  return update;
}

absl::Status RewriteReleasedIds(const Stretch& stretch, const Database& db, JournalUpdate* update) {
  for (const auto& [hour, released] : stretch.released_ids) {
    absl::flat_hash_set<uint64_t> gone;
    uint64_t first = UINT64_MAX, last = 0;
    for (const auto& [sequence, id] : released) {
      gone.insert(id);
      first = std::min(first, sequence);
      last = std::max(last, sequence);
    }
    // The entry of checkpoint N has the ids of log entries up to N and above the one before it.
    bool done = false;
    const auto rewrite = [&](std::string_view key, std::string_view ids) -> absl::Status {
      if (done) return absl::OkStatus();
      done = Reader(key.substr(key.size() - 8)).Big64() >= last;
      std::string left;
      for (Reader in(ids); in.remaining() >= 8;) {
        const uint64_t id = in.Little64();
        if (!gone.contains(id)) PutLittle64(&left, id);
      }
      if (left.size() < ids.size()) update->entries.emplace_back(key, std::move(left));
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(db.ScanEntries(IdsKey(hour, first), IdsKey(hour + 1, 0), rewrite));
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
