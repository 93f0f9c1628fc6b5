#pragma once

// For the tests of the webhooks' adapters: a delivery in, a batch out, and a recount of facts that
// shares nothing with the engine's.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ingest/adapter.h"
#include "ingest/chunk.h"

namespace pagepulse {

inline const HashKey& TestKey() {
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'k'));
  return key;
}

inline constexpr int64_t kTestNow = 1'900'000'000'000;

inline absl::Status ParseInto(std::string_view json, EventBatch* out, int64_t oldest_ms = 0) {
  ParseContext context;
  context.key = &TestKey();
  context.now_ms = kTestNow;
  context.oldest_ms = oldest_ms;
  return FacebookWebhook().Parse(CopyToChunk(json), Headers(), context, out);
}

inline EventBatch MustParse(std::string_view json) {
  EventBatch batch;
  const absl::Status status = ParseInto(json, &batch);
  EXPECT_TRUE(status.ok()) << status << "\n" << json;
  return batch;
}

// A store that knows nothing but product.md: ids once, facts as the sorted set of what was told.
class NaiveStore {
 public:
  void Take(const EventBatch& batch) {
    for (const Event& e : batch.events) {
      if (e.has_id && !ids_.insert({e.page_hash, e.id_fingerprint}).second) continue;
      const bool engages = e.type == EventType::kReaction || e.type == EventType::kComment ||
                           e.type == EventType::kShare || e.type == EventType::kClick;
      if (engages && e.op == Op::kAdd && e.has_actor) {
        engaged_[std::string(e.page)].insert(e.actor);
      }
      if (e.type == EventType::kView && e.has_actor) reach_[std::string(e.page)].insert(e.actor);
      const bool custom = e.type == EventType::kCustom;
      const Telling telling(
          e.ts_ms, static_cast<int>(e.op), KindOf(e), std::string(e.page),
          std::string(custom ? std::string_view(e.custom_type) : TypeName(e.type)));
      if (e.followed) {
        facts_[{absl::Uint128High64(e.fact), absl::Uint128Low64(e.fact)}].insert(telling);
      } else if (e.op != Op::kEdit) {
        const bool up = e.op == Op::kAdd || e.op == Op::kUnhide;
        loose_[NameOf(telling)] += up ? 1 : -1;
      }
    }
  }

  // "page type kind" -> net; what nets to nothing is left out.
  std::map<std::string, int> Net() const {
    std::map<std::string, int> net = loose_;
    for (const auto& [fact, tellings] : facts_) {
      enum { kAbsent, kPresent, kHidden } state = kAbsent;
      std::string held;
      for (const Telling& telling : tellings) {
        const Op op = static_cast<Op>(std::get<1>(telling));
        if (op == Op::kRemove) state = kAbsent;
        if (op == Op::kHide && state == kPresent) state = kHidden;
        if (op == Op::kUnhide && state == kHidden) state = kPresent;
        if (op == Op::kAdd) state = kPresent;
        if (op == Op::kAdd || (op == Op::kEdit && state != kAbsent)) held = NameOf(telling);
      }
      if (state == kPresent) ++net[held];
    }
    std::erase_if(net, [](const auto& entry) { return entry.second == 0; });
    return net;
  }

  size_t Engaged(const std::string& page) const { return CountOf(engaged_, page); }
  size_t Reach(const std::string& page) const { return CountOf(reach_, page); }

 private:
  using People = std::map<std::string, std::set<uint64_t>>;

  static size_t CountOf(const People& people, const std::string& page) {
    const auto it = people.find(page);
    return it == people.end() ? 0 : it->second.size();
  }

  using Telling = std::tuple<int64_t, int, std::string, std::string, std::string>;

  static std::string KindOf(const Event& e) {
    return e.type == EventType::kReaction ? std::string(ReactionName(e.reaction)) : "";
  }
  static std::string NameOf(const Telling& telling) {
    const std::string& kind = std::get<2>(telling);
    return std::get<3>(telling) + " " + std::get<4>(telling) + (kind.empty() ? "" : " ") + kind;
  }

  std::set<std::pair<uint64_t, uint64_t>> ids_;
  std::map<std::pair<uint64_t, uint64_t>, std::set<Telling>> facts_;
  std::map<std::string, int> loose_;
  People engaged_, reach_;
};

}  // namespace pagepulse
