#include "engine/checkpoint.h"

#include <algorithm>
#include <bit>

#include "absl/container/flat_hash_set.h"
#include "base/coding.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

// What is written, copied and read as one stays in a core's cache.
constexpr size_t kIdsAPart = 8192;

// As they lie in memory: 8 bytes each, little-endian.
std::string_view Bytes(absl::Span<const uint64_t> ids) {
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
  update.facts.reserve(stretch.facts.size());
  for (const Fact& fact : stretch.facts) {
    if (!fact.changed) continue;
    const size_t offset = update.fact_bytes.size();
    fact.history.Encode(&update.fact_bytes);
    update.facts.push_back({fact.identity, offset, update.fact_bytes.size() - offset});
  }
  for (const auto& [key, value] : stretch.journal) update.views.emplace_back(key, value);
  for (const auto& [hour, ids] : stretch.ids_by_hour) {
    uint32_t part = 0;
    for (absl::Span<const uint64_t> rest = ids; !rest.empty();) {
      const auto some = rest.subspan(0, kIdsAPart);
      rest.remove_prefix(some.size());
      update.views.emplace_back(IdsKey(hour, stretch.last_sequence, part++), Bytes(some));
    }
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
    // Entries of checkpoint N have the ids of log entries up to N and above the one before it.
    uint64_t until = UINT64_MAX;
    const auto rewrite = [&](std::string_view key, std::string_view ids) -> absl::Status {
      const uint64_t checkpoint = Reader(key.substr(IdsKey(0, 0, 0).size() - 12)).Big64();
      if (checkpoint > until) return absl::OkStatus();
      if (checkpoint >= last) until = checkpoint;
      std::string left;
      for (Reader in(ids); in.remaining() >= 8;) {
        const uint64_t id = in.Little64();
        if (!gone.contains(id)) PutLittle64(&left, id);
      }
      if (left.size() < ids.size()) update->entries.emplace_back(key, std::move(left));
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(db.ScanEntries(IdsKey(hour, first, 0), IdsKey(hour + 1, 0, 0), rewrite));
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
