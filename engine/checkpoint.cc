#include "engine/checkpoint.h"

#include <bit>

#include "base/coding.h"

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

}  // namespace pagepulse
